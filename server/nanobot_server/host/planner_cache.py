"""What was parsed of the files for one plan, kept for the next one as long as they are the same.

Not safe to share between threads: one plan at a time.
"""

import gc
import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, Protocol

from nanobot_engine.intent import Planner
from nanobot_engine.process.refactor_plan import WorkspaceFiles
from nanobot_engine.python import (
    PythonFile,
    PythonProject,
    ReferenceFinder,
    References,
    Symbol,
)
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from nanobot_indexer import Index

KEPT_BYTES_MAX: Final = 8 * 1024 * 1024
"""So much Python text may be kept parsed: that takes some fifty times as much memory, until
the worker leaves."""

_PYTHON_SUFFIXES: Final = (".py", ".pyi")


class Watch(Protocol):
    """Whoever wants a plan. What it raises ends the plan."""

    def note_read(self, path: str) -> None:
        """The text of a file is read; also of one that was read before."""

    def note_parsed(self, path: str) -> None:
        """A Python file is looked at for what its names mean; also of one that was before."""


class PlannerCache:
    """The planner of one state of the files, or none."""

    def __init__(self) -> None:
        self._key = ""
        self._kept: tuple[_Files, _Codebase, Planner] | None = None

    def planner(self, index: Index, overlay: Mapping[str, str], watch: Watch) -> Planner:
        """Return a planner of these files.

        Args:
            index: Stays open as long as the planner is used.
            overlay: Text of unsaved buffers by path.
            watch: Hears of everything that takes a while.
        """
        data = WorkspaceFiles(index, overlay)
        key = _key(index, overlay)
        if self._kept is None or key != self._key:
            self.forget()
            files = _Files(data, watch)
            codebase = _Codebase(files)
            planner = Planner(codebase, tuple(REFACTORINGS.values()))
            self._key, self._kept = key, (files, codebase, planner)
            return planner
        files, _, planner = self._kept
        files.data, files.watch = data, watch
        return planner

    def close(self) -> None:
        """Let go of the index, and of everything when that is too much to be kept."""
        if self._kept is None:
            return
        files, codebase, _ = self._kept
        files.data = {}
        if codebase.watched.parsed_bytes > KEPT_BYTES_MAX:
            self.forget()
        else:
            # The collector need not look through it: that takes longer than what it frees.
            gc.freeze()

    def forget(self) -> None:
        """Keep nothing. A plan that was broken off may have left something half done."""
        self._key, self._kept = "", None
        gc.unfreeze()


class _Files(Mapping[str, bytes]):
    """The files of a codebase that outlives the index they are read from."""

    def __init__(self, data: Mapping[str, bytes], watch: Watch) -> None:
        self.data = data
        self.watch = watch

    def __getitem__(self, path: str) -> bytes:
        self.watch.note_read(path)
        return self.data[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


class _PythonFiles(Mapping[str, bytes]):
    """The Python files among them."""

    def __init__(self, files: _Files) -> None:
        self.files = files
        self._paths = dict.fromkeys(path for path in files if path.endswith(_PYTHON_SUFFIXES))

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return self.files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class _Codebase(Codebase):
    """One whose search for references can be ended, and remembers what it found."""

    def __init__(self, files: _Files) -> None:
        super().__init__(files)
        self.watched = _Project(_PythonFiles(files))
        self.project = self.watched

    @cached_property
    def references(self) -> ReferenceFinder:
        return _Finder(self.project)


class _Project(PythonProject):
    """Says which file is looked at, and how much was parsed."""

    def __init__(self, data: _PythonFiles) -> None:
        super().__init__(data)
        self.parsed_bytes = 0
        self._texts = data
        self._seen: set[str] = set()

    def file(self, path: str) -> PythonFile | None:
        self._texts.files.watch.note_parsed(path)
        file = super().file(path)
        if path not in self._seen:
            self._seen.add(path)
            self.parsed_bytes += 0 if file is None else len(file.source.data)
        return file


class _Finder(ReferenceFinder):
    """Looks for the references of a symbol once: each time that a question is asked."""

    def __init__(self, project: PythonProject) -> None:
        super().__init__(project)
        self._found: dict[tuple[str, int, str], References] = {}

    def find(self, symbol: Symbol) -> References:
        # A scope lives as long as its file, and that as long as the project.
        key = (symbol.file.path, id(symbol.scope), symbol.name)
        if key not in self._found:
            self._found[key] = super().find(symbol)
        return self._found[key]


def _key(index: Index, overlay: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for entry in index.files:
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode(errors="surrogatepass"))
    for path, text in sorted(overlay.items()):
        digest.update(f"\0{path}\0{text}".encode(errors="surrogatepass"))
    return digest.hexdigest()
