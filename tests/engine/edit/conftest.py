"""A journal in memory, and a workspace to write in."""

from pathlib import Path

import pytest

from engine.edit.memory_journal import MemoryJournal


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder
