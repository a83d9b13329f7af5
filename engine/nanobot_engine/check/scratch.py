"""A copy of a workspace to run code in: before a change, and after it."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanobot_engine.edit.beneath import checked_parts
from nanobot_engine.errors import EngineError

SIZE_BYTES_MAX: Final = 1 << 30
FILES_MAX: Final = 200_000

# What is large, private, or belongs to another place than this copy.
_LEFT_OUT: Final = frozenset(
    {
        ".git", ".hg", ".svn", ".nanobot", ".venv", "venv", ".tox", ".nox", "node_modules",
        "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".env",
    }
)  # fmt: skip
_HOME: Final = ".scratch-home"


class ScratchError(EngineError):
    """A workspace can not be copied: say why the check did not run."""


class ScratchWorkspace:
    """The copy. Its folder is removed at the end of the `with` block."""

    def __init__(self, folder: Path, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.folder = folder
        self.cancelled = cancelled
        """Polled by what runs in the copy."""
        self.home = folder / _HOME
        self.home.mkdir()
        self._written_s = int(time.time())

    def write(self, data_by_path: Mapping[str, bytes | None]) -> None:
        """Give files of the copy other texts; None removes one."""
        # Caches of checkers believe a file whose second and size are the same.
        self._written_s += 1
        for path, data in data_by_path.items():
            target = self.folder.joinpath(*checked_parts(path))
            if data is None:
                target.unlink(missing_ok=True)
                self._remove_empty(target.parent)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                os.utime(target, (self._written_s, self._written_s))

    def _remove_empty(self, folder: Path) -> None:
        # Python would import an empty folder as a package.
        while folder != self.folder:
            if folder.is_dir():
                if any(folder.iterdir()):
                    return
                folder.rmdir()
            folder = folder.parent


@contextmanager
def scratch_workspace(
    root: Path, *, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[ScratchWorkspace]:
    """Copy the regular files of a workspace to a folder of its own.

    Args:
        root: The workspace.
        cancelled: Polled while code runs in the copy; a true answer ends it.

    Raises:
        ScratchError: It is too large, or can not be read or written.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="nanobot-scratch-"))
    except OSError as error:
        raise ScratchError(f"no scratch folder: {error.strerror}") from error
    try:
        try:
            _copy(root, folder)
            scratch = ScratchWorkspace(folder, cancelled)
        except OSError as error:
            raise ScratchError(f"{root}: can not be copied: {error.strerror}") from error
        yield scratch
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(root: Path, folder: Path) -> None:
    left_bytes, left_files = SIZE_BYTES_MAX, FILES_MAX
    for current, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in _LEFT_OUT and not Path(current, name).is_symlink()
        ]
        target = folder / Path(current).relative_to(root)
        target.mkdir(exist_ok=True)
        for name in names:
            path = Path(current, name)
            status = path.lstat()
            # Links may lead out of the workspace; pipes and devices are nothing to copy.
            if name in _LEFT_OUT or not stat.S_ISREG(status.st_mode):
                continue
            left_bytes -= status.st_size
            left_files -= 1
            if left_bytes < 0 or left_files < 0:
                raise ScratchError(f"{root}: is too large for a scratch copy")
            shutil.copyfile(path, target / name, follow_symlinks=False)
            (target / name).chmod(stat.S_IMODE(status.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
