"""The files a refactoring works on, with what is known about their names."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from nanobot_engine.check import ToolAccess
from nanobot_engine.python import PythonProject, ReferenceFinder

_PYTHON_SUFFIXES = (".py", ".pyi")


class Codebase:
    """All text files of one moment. Not safe to share between threads."""

    def __init__(
        self,
        data_by_path: Mapping[str, bytes],
        *,
        server_root: Path | None = None,
        tools: ToolAccess | None = None,
    ) -> None:
        """Take the files.

        Args:
            data_by_path: By workspace-relative path; the mapping may read lazily.
            server_root: The workspace, where the user allows that language servers read a
                copy of it; None where he does not.
            tools: Which checkers may be asked about the files; none without it.
        """
        self.tools = tools
        self.data_by_path = data_by_path
        self.server_root = server_root
        self.project = PythonProject(
            _Subset(data_by_path, [p for p in data_by_path if p.endswith(_PYTHON_SUFFIXES)])
        )

    @cached_property
    def references(self) -> ReferenceFinder:
        """Who refers to what."""
        return ReferenceFinder(self.project)


class _Subset(Mapping[str, bytes]):
    """Some of the files, still read lazily."""

    def __init__(self, data: Mapping[str, bytes], paths: list[str]) -> None:
        self._data = data
        self._paths = dict.fromkeys(paths)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return self._data[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
