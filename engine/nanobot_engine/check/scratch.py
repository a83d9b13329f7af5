"""A copy of a workspace to run code in: before a change, and after it."""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check.result_cache import ResultCache, answer_key, program_stamp
from nanobot_engine.edit.beneath import checked_parts
from nanobot_engine.errors import EngineError

SIZE_BYTES_MAX: Final = 1 << 30
FILES_MAX: Final = 200_000
FREE_BYTES_MIN: Final = 16 << 20

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

    def __init__(
        self,
        folder: Path,
        sha256_by_path: Mapping[str, str],
        cancelled: Callable[[], bool] = lambda: False,
        cache: ResultCache | None = None,
    ) -> None:
        self.folder = folder
        self.cancelled = cancelled
        """Polled by what runs in the copy."""
        self.lacks: set[str] = set()
        """What the kernel did not offer to confine what ran here; see `launcher`."""
        self._cache = cache
        self._answers: dict[str, Any] = {}
        # With the bits of the mode that let a file run.
        self._sha256_by_path = dict(sha256_by_path)
        self.home = folder / _HOME
        self.home.mkdir()
        self._written_s = int(time.time())

    def write(self, data_by_path: Mapping[str, bytes | None]) -> None:
        """Give files of the copy other texts; None removes one.

        Raises:
            ScratchError: The disk is full, or something else keeps them from being written.
        """
        # Caches of checkers believe a file whose second and size are the same.
        self._written_s += 1
        try:
            self._write(data_by_path)
        except OSError as error:
            raise ScratchError(f"the scratch copy can not be written: {error.strerror}") from error

    def check_space(self) -> None:
        """See that what ran in the copy had room to write.

        Raises:
            ScratchError: The disk is full.
        """
        if shutil.disk_usage(self.folder).free < FREE_BYTES_MIN:
            raise ScratchError("the disk of the scratch copy is full")

    def _write(self, data_by_path: Mapping[str, bytes | None]) -> None:
        for path, data in data_by_path.items():
            target = self.folder.joinpath(*checked_parts(path))
            if data is None:
                self._sha256_by_path.pop(path, None)
                target.unlink(missing_ok=True)
                self._remove_empty(target.parent)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                bits = self._sha256_by_path.get(path, " 0").rpartition(" ")[2]
                self._sha256_by_path[path] = f"{hashlib.sha256(data).hexdigest()} {bits}"
                os.utime(target, (self._written_s, self._written_s))

    def answered(
        self, what: Sequence[object], programs: Sequence[Path], find: Callable[[], Any]
    ) -> Any:
        """Return an answer about the copy as it is, kept from before or found now.

        Args:
            what: What it depends on besides the files and programs; of what JSON has.
            programs: What runs.
            find: Finds it, made of what JSON has. What it raises is not kept.
        """
        content = hashlib.sha256(repr(sorted(self._sha256_by_path.items())).encode()).hexdigest()
        key = answer_key(what, content, program_stamp(programs))
        if key not in self._answers:
            kept = self._cache.get(key) if self._cache is not None else None
            self._answers[key] = find() if kept is None else kept
            if kept is None and self._cache is not None:
                self._cache.put(key, self._answers[key])
        return self._answers[key]

    def _remove_empty(self, folder: Path) -> None:
        # Python would import an empty folder as a package.
        while folder != self.folder:
            if folder.is_dir():
                if any(folder.iterdir()):
                    return
                folder.rmdir()
            folder = folder.parent


@contextmanager
def scratch_of_files(data_by_path: Mapping[str, bytes]) -> Iterator[ScratchWorkspace]:
    """Write files to a folder of its own.

    Args:
        data_by_path: By workspace-relative path.

    Raises:
        ScratchError: It can not be written.
    """
    with _folder() as folder:
        try:
            scratch = ScratchWorkspace(folder, {})
            scratch.write(data_by_path)
        except OSError as error:
            raise ScratchError(f"{folder}: can not be written: {error.strerror}") from error
        yield scratch


@contextmanager
def scratch_workspace(
    root: Path,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    cache: ResultCache | None = None,
) -> Iterator[ScratchWorkspace]:
    """Copy the regular files of a workspace to a folder of its own.

    Args:
        root: The workspace.
        cancelled: Polled while code runs in the copy; a true answer ends it.
        cache: Keeps what is found out about the copy.

    Raises:
        ScratchError: It is too large, or can not be read or written.
    """
    with _folder() as folder:
        try:
            scratch = ScratchWorkspace(folder, _copy(root, folder), cancelled, cache)
        except OSError as error:
            raise ScratchError(f"{root}: can not be copied: {error.strerror}") from error
        yield scratch


@contextmanager
def _folder() -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="nanobot-scratch-"))
    except OSError as error:
        raise ScratchError(f"no scratch folder: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(root: Path, folder: Path) -> dict[str, str]:
    """Copy, and return the hash and the executable bits of every file by its path."""
    sha256_by_path: dict[str, str] = {}
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
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read()
            (target / name).write_bytes(data)
            mode = stat.S_IMODE(status.st_mode)
            (target / name).chmod(mode | stat.S_IRUSR | stat.S_IWUSR)
            digest = f"{hashlib.sha256(data).hexdigest()} {mode & 0o111}"
            sha256_by_path[path.relative_to(root).as_posix()] = digest
    return sha256_by_path
