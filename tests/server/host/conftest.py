"""A terminal in a workspace, with nothing of the machine's user in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    yield opened
    opened.close()
