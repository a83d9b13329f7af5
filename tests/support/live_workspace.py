"""A small workspace for tests of the live index, and what searches find in it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from nanobot_indexer import Index, LiveIndex

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]
Opener = Callable[[Path], LiveIndex]

FILES = {
    "app/main.py": "def start_engine():\n    return 1\n",
    "app/other.py": "class Wheel:\n    def turn(self):\n        return 'round'\n",
    "notes.txt": "remember the milk\n",
}


def paths_of(index: Index, query: str) -> list[str]:
    return [hit.path for hit in index.search(query, limit=10)]


def defined(index: Index, name: str) -> list[str]:
    return [hit.definition.path for hit in index.symbols.definition(name, limit=10).hits]
