import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexOptions, ParsePool

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def options() -> IndexOptions:
    # Busy cores must not turn a healthy parse into a timeout.
    return replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)


@pytest.fixture(scope="module")
def pool(options: IndexOptions) -> Iterator[ParsePool]:
    with ParsePool(options) as workers:
        yield workers


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of trials sync for nothing."""
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="nanobot-", dir=place) as folder:
        yield Path(folder)
