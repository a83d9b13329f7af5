"""What was parsed of the files for one plan, kept for the next one as long as they are the same.

Not safe to share between threads: one plan at a time.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from nanobot_engine.intent import Planner
from nanobot_engine.process.refactor_plan import WorkspaceFiles
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from nanobot_indexer import Index

KEPT_BYTES_MAX: Final = 8 * 1024 * 1024
"""Python text of the largest workspace that is kept: what is known of it takes some fifty
times as much."""

_PYTHON_SUFFIXES: Final = (".py", ".pyi")


class PlannerCache:
    """The planner of one state of the files, or none."""

    def __init__(self) -> None:
        self._key = ""
        self._files = _Files()
        self._planner: Planner | None = None

    def planner(
        self, index: Index, overlay: Mapping[str, str], *, on_read: Callable[[str], None]
    ) -> Planner:
        """Return a planner of these files.

        Args:
            index: Stays open as long as the planner is used.
            overlay: Text of unsaved buffers by path.
            on_read: Called with the path of each Python file before it is read, often
                more than once; what it raises ends the plan.
        """
        files = WorkspaceFiles(index, overlay)
        key = _key(index, overlay)
        if self._planner is None or key != self._key:
            self.forget()
            self._key = key
            self._files.open(files, on_read)
            self._planner = Planner(Codebase(self._files), tuple(REFACTORINGS.values()))
        else:
            self._files.open(files, on_read)
        return self._planner

    def close(self, index: Index) -> None:
        """Let go of the index, and of a workspace that is too large to be kept."""
        size = sum(e.size_bytes for e in index.files if e.path.endswith(_PYTHON_SUFFIXES))
        self._files.close()
        if size > KEPT_BYTES_MAX:
            self.forget()

    def forget(self) -> None:
        """Keep nothing. A plan that was broken off may have left something half done."""
        self._key, self._planner, self._files = "", None, _Files()


class _Files(Mapping[str, bytes]):
    """The files of a codebase that outlives the index they are read from."""

    def __init__(self) -> None:
        self._files: Mapping[str, bytes] = {}
        self._on_read: Callable[[str], None] = _ignored

    def open(self, files: Mapping[str, bytes], on_read: Callable[[str], None]) -> None:
        """Read from here from now on."""
        self._files, self._on_read = files, on_read

    def close(self) -> None:
        """Let go of what is read from."""
        self._files, self._on_read = {}, _ignored

    def __getitem__(self, path: str) -> bytes:
        self._on_read(path)
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _key(index: Index, overlay: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for entry in index.files:
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode(errors="surrogatepass"))
    for path, text in sorted(overlay.items()):
        digest.update(f"\0{path}\0{text}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _ignored(_path: str) -> None:
    pass
