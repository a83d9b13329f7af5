"""A copy of a workspace to run code in: before a change, and after it.

What ran in the copy may have left anything there: other files, other texts, links that lead
out. So nothing is written through a link, and before the next program runs the copy is made
again what it should be.
"""

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check.confined import FREE_BYTES_MIN
from nanobot_engine.check.result_cache import ResultCache, answer_key, program_stamp
from nanobot_engine.check.scratch_folder import remove_tree, scratch_folder
from nanobot_engine.edit import EditError
from nanobot_engine.edit.beneath import checked_parts, open_folder, read_beneath
from nanobot_engine.errors import EngineError

SIZE_BYTES_MAX: Final = 1 << 30
FILES_MAX: Final = 200_000

# What is large, private, or belongs to another place than this copy.
LEFT_OUT: Final = frozenset(
    {
        ".git", ".hg", ".svn", ".nanobot", ".venv", "venv", ".tox", ".nox", "node_modules",
        "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".env",
    }
)  # fmt: skip
_HOME: Final = ".scratch-home"
# What programs keep there between two runs, each in a folder of its own.
_KEPT_IN_HOME: Final = frozenset({"mypy", "builds"})
_RESULT_BYTES_MAX: Final = 64 << 20


class ScratchError(EngineError):
    """A workspace can not be copied: say why the check did not run."""


@dataclass(slots=True)
class _Content:
    """What the copy should be."""

    root: Path | None
    """Where the texts are that nobody wrote since; None where all were written."""
    entry_by_path: dict[str, "_Entry"] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file."""

    sha256: str
    mode: int
    seen: tuple[int, int, int]
    """What changes when anybody writes it or puts another in its place."""
    data: bytes | None = None
    """Its text where that is not the one of the workspace."""


class ScratchWorkspace:
    """The copy. Its folder is removed at the end of the `with` block."""

    def __init__(
        self,
        folder: Path,
        content: _Content,
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
        self._content = content
        self.home = folder / _HOME
        self.home.mkdir()
        self._written_s = int(time.time())
        self._is_dirty = False

    @property
    def root(self) -> Path | None:
        """The workspace; None where the files were given."""
        return self._content.root

    def write(self, data_by_path: Mapping[str, bytes | None]) -> None:
        """Give files of the copy other texts; None removes one.

        Raises:
            ScratchError: The disk is full, or something else keeps them from being written.
        """
        self._restore_once()
        # Caches of checkers believe a file whose second and size are the same.
        self._written_s += 1
        try:
            for path, data in data_by_path.items():
                checked_parts(path)
                if data is None:
                    self._content.entry_by_path.pop(path, None)
                    self._remove(path)
                else:
                    self._put(path, data)
        except OSError as error:
            raise ScratchError(f"the scratch copy can not be written: {error.strerror}") from error

    def write_home(self, name: str, data: bytes) -> Path:
        """Give a file in `home` a text, whatever a program left in its place.

        Returns:
            Its path.

        Raises:
            ScratchError: The disk is full, or something else keeps it from being written.
        """
        try:
            self._write_file(f"{_HOME}/{name}", data, 0o600)
        except OSError as error:
            raise ScratchError(f"the scratch copy can not be written: {error.strerror}") from error
        return self.home / name

    def read_home(self, name: str) -> bytes:
        """Return a file that a program wrote to `home`; nothing where there is none.

        Links are not followed, and nothing is read that is no file or very large.
        """
        try:
            return read_beneath(self.folder, f"{_HOME}/{name}", size_bytes_max=_RESULT_BYTES_MAX)[0]
        except EditError:
            return b""

    def link(self, name: str) -> None:
        """Show a folder of the workspace that is not copied, until the copy is restored.

        What runs here can not write to it, as to nothing outside of the copy.

        Args:
            name: Of a folder at the top.

        Raises:
            ScratchError: It can not be written.
        """
        root = self.root
        if root is None or not (root / name).is_dir() or (self.folder / name).exists():
            return
        try:
            (self.folder / name).symlink_to((root / name).resolve())
        except OSError as error:
            raise ScratchError(f"the scratch copy can not be written: {error.strerror}") from error

    def installed(self, name: str) -> list[Path]:
        """Return what of a folder that `link` shows tells that its content changed."""
        root = self.root
        return [] if root is None else [root / name, root / name / ".package-lock.json"]

    def check_space(self) -> None:
        """See that what ran in the copy had room to write.

        Raises:
            ScratchError: The disk is full.
        """
        if shutil.disk_usage(self.folder).free < FREE_BYTES_MIN:
            raise ScratchError("the disk of the scratch copy is full")

    def restore(self) -> None:
        """Make the copy what it should be, after what ran in it.

        Only caches of checkers are kept, and where a file stands untouched it stays.

        Raises:
            ScratchError: A file changed in the workspace meanwhile, or can not be written.
        """
        try:
            left = self._remove_strange()
            for name in sorted(self._content.folders):
                self._make_folder(tuple(name.split("/")))
            for path in sorted(left):
                self._put_back(path)
        except OSError as error:
            raise ScratchError(f"the scratch copy can not be written: {error.strerror}") from error

    def _restore_once(self) -> None:
        if self._is_dirty:
            self.restore()
            self._is_dirty = False

    def _remove_strange(self) -> set[str]:
        """Remove what should not be here; return the files that are not as they should be."""
        content = self._content
        missing = set(content.entry_by_path)
        waiting = [""]
        while waiting:
            above = waiting.pop()
            with suppress(PermissionError):
                (self.folder / above).chmod(stat.S_IRWXU)
            for one in list(os.scandir(self.folder / above)):
                path = f"{above}/{one.name}" if above else one.name
                entry = content.entry_by_path.get(path)
                is_folder = one.is_dir(follow_symlinks=False)
                if is_folder and (path in content.folders or path == _HOME):
                    waiting.append(path)
                elif is_folder and above == _HOME and one.name in _KEPT_IN_HOME:
                    continue
                elif is_folder:
                    remove_tree(Path(one.path))
                elif entry is not None and _seen(one.stat(follow_symlinks=False)) == entry.seen:
                    missing.discard(path)
                else:
                    Path(one.path).unlink()
        self.home.mkdir(exist_ok=True)
        return missing

    def _put_back(self, path: str) -> None:
        entry = self._content.entry_by_path[path]
        data = entry.data
        if data is None:
            assert self._content.root is not None, "all texts were written"
            try:
                data, _ = read_beneath(self._content.root, path, size_bytes_max=SIZE_BYTES_MAX)
            except EditError as error:
                raise ScratchError(str(error)) from error
            if hashlib.sha256(data).hexdigest() != entry.sha256:
                raise ScratchError(f"{path}: changed while checks ran; run them again")
        seen = self._write_file(path, data, entry.mode)
        self._content.entry_by_path[path] = replace(entry, seen=seen)

    def _put(self, path: str, data: bytes) -> None:
        known = self._content.entry_by_path.get(path)
        mode = known.mode if known is not None else 0o644
        folders = path.split("/")[:-1]
        self._content.folders.update(
            "/".join(folders[: count + 1]) for count in range(len(folders))
        )
        seen = self._write_file(path, data, mode)
        sha256 = hashlib.sha256(data).hexdigest()
        self._content.entry_by_path[path] = _Entry(sha256, mode, seen, data)

    def _write_file(self, path: str, data: bytes, mode: int) -> tuple[int, int, int]:
        """Make a file anew, so that neither a link nor a hard link is written through."""
        *folders, name = path.split("/")
        self._make_folder(tuple(folders))
        with open_folder(self.folder, tuple(folders)) as folder_fd:
            _clear(folder_fd, name, self.folder / path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, 0o600, dir_fd=folder_fd)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, mode)
                os.utime(descriptor, (self._written_s, self._written_s))
                return _seen(os.fstat(descriptor))

    def _make_folder(self, parts: tuple[str, ...]) -> None:
        for count, name in enumerate(parts):
            with open_folder(self.folder, parts[:count]) as folder_fd:
                path = self.folder.joinpath(*parts[: count + 1])
                if path.is_symlink() or not path.is_dir():
                    _clear(folder_fd, name, path)
                    os.mkdir(name, dir_fd=folder_fd)

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty then: Python would import them."""
        *folders, name = path.split("/")
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            open_folder(self.folder, tuple(folders)) as folder_fd,
        ):
            _clear(folder_fd, name, self.folder / path)
        while folders:
            name = folders.pop()
            try:
                with open_folder(self.folder, tuple(folders)) as folder_fd:
                    os.rmdir(name, dir_fd=folder_fd)
            except FileNotFoundError:
                pass
            except OSError:
                return  # Something is left in it.
            self._content.folders.discard("/".join([*folders, name]))

    def answered(
        self, what: Sequence[object], programs: Sequence[Path], find: Callable[[], Any]
    ) -> Any:
        """Return an answer about the copy as it is, kept from before or found now.

        Args:
            what: What it depends on besides the files and programs; of what JSON has.
            programs: What runs.
            find: Finds it, made of what JSON has. What it raises is not kept.
        """
        key = answer_key(what, self._digest(), program_stamp(programs))
        if key not in self._answers:
            kept = self._cache.get(key) if self._cache is not None else None
            if kept is None:
                self._restore_once()
                self._is_dirty = True
                kept = find()
                if self._cache is not None:
                    self._cache.put(key, kept)
            self._answers[key] = kept
        return self._answers[key]

    def _digest(self) -> str:
        """Return what stands for all files of the copy, with the bits that let them run."""
        entries = sorted(self._content.entry_by_path.items())
        stands = [(path, f"{one.sha256} {one.mode & 0o111}") for path, one in entries]
        return hashlib.sha256(repr(stands).encode()).hexdigest()


def _seen(status: os.stat_result) -> tuple[int, int, int]:
    # Nobody can set the time of the last change of a file's state.
    return status.st_ino, status.st_size, status.st_ctime_ns


def _clear(folder_fd: int, name: str, path: Path) -> None:
    """Remove what stands in the place of a file or folder, if anything does."""
    try:
        os.unlink(name, dir_fd=folder_fd)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):
        remove_tree(path)


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
            scratch = ScratchWorkspace(folder, _Content(None))
        except OSError as error:
            raise ScratchError(f"{folder}: can not be written: {error.strerror}") from error
        scratch.write(data_by_path)
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
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(scratch_folder())
        except OSError as error:
            raise ScratchError(f"no scratch folder: {error.strerror}") from error
        yield folder


def _copy(root: Path, folder: Path) -> _Content:
    """Copy all files."""
    content = _Content(root)
    left_bytes, left_files = SIZE_BYTES_MAX, FILES_MAX
    for current, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in LEFT_OUT and not Path(current, name).is_symlink()
        ]
        above = Path(current).relative_to(root)
        target = folder / above
        target.mkdir(exist_ok=True)
        if above.parts:
            content.folders.add(above.as_posix())
        for name in names:
            path = Path(current, name)
            status = path.lstat()
            # Links may lead out of the workspace; pipes and devices are nothing to copy.
            if name in LEFT_OUT or not stat.S_ISREG(status.st_mode):
                continue
            left_bytes -= status.st_size
            left_files -= 1
            if left_bytes < 0 or left_files < 0:
                raise ScratchError(f"{root}: is too large for a scratch copy")
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read()
            mode = stat.S_IMODE(status.st_mode) | stat.S_IRUSR | stat.S_IWUSR
            with (target / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                seen = _seen(os.fstat(file.fileno()))
            sha256 = hashlib.sha256(data).hexdigest()
            content.entry_by_path[(above / name).as_posix()] = _Entry(sha256, mode, seen)
    return content
