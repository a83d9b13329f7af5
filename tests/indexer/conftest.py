from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexOptions, LiveIndex
from support.live_workspace import FilesWriter, Opener


@pytest.fixture(scope="session")
def options() -> IndexOptions:
    # Busy cores must not turn a healthy parse into a timeout.
    return replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)


@pytest.fixture
def write_files(tmp_path: Path) -> FilesWriter:
    root = tmp_path / "workspace"

    def write(content_by_path: Mapping[str, str | bytes]) -> Path:
        root.mkdir(exist_ok=True)
        for path, content in content_by_path.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def opened(options: IndexOptions) -> Iterator[Opener]:
    made: list[LiveIndex] = []

    def open_live(root: Path) -> LiveIndex:
        live = LiveIndex(root, options)
        made.append(live)
        return live

    yield open_live
    for live in made:
        live.close()
