"""Where the index of a workspace lies, and making that place.

    <root>/.nanobot/              0700, ignored by git
    ├── .gitignore                *
    ├── index.lock                held by the writer
    └── index/                    0700
        ├── CACHEDIR.TAG          backup tools skip the folder
        ├── manifest.json         names the files of the generation
        ├── 000003.volume         segment 3: text
        ├── 000003-1.tables       … and everything derived from it, revision 1
        ├── 000007.memo           what the walk of generation 7 saw
        └── 000007-skipped.json   what generation 7 left out, and why

A workspace is not trusted: when any of these is a symbolic link, nothing is written.
"""

import os
import stat
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IndexWriteError

MANIFEST_NAME: Final = "manifest.json"
VOLUME_SUFFIX: Final = ".volume"
TABLES_SUFFIX: Final = ".tables"
MEMO_SUFFIX: Final = ".memo"
SKIPPED_SUFFIX: Final = "-skipped.json"

# https://bford.info/cachedir/ fixes the first line.
_CACHE_TAG: Final = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# Written by nanobot; can be deleted.\n"
)
_NEW_FILE_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def state_folder(root: Path) -> Path:
    """Return the folder of nanobot's own files in a workspace."""
    return root / ".nanobot"


def index_folder(root: Path) -> Path:
    """Return the folder of the index. It may not exist."""
    return state_folder(root) / "index"


def lock_path(root: Path) -> Path:
    """Return the file that the writer locks."""
    return state_folder(root) / "index.lock"


def volume_name(number: int) -> str:
    """Return the file name of the text of a segment."""
    return f"{number:06d}{VOLUME_SUFFIX}"


def tables_name(number: int, revision: int) -> str:
    """Return the file name of one revision of the tables of a segment."""
    return f"{number:06d}-{revision}{TABLES_SUFFIX}"


def memo_name(generation: int) -> str:
    """Return the file name of what the walk of a generation saw."""
    return f"{generation:06d}{MEMO_SUFFIX}"


def skipped_name(generation: int) -> str:
    """Return the file name of the list of skipped files of a generation."""
    return f"{generation:06d}{SKIPPED_SUFFIX}"


def make_index_folder(root: Path) -> Path:
    """Create what is missing and return the folder of the index.

    Raises:
        IndexWriteError: No permission, no space, or something else has the name.
    """
    state, index = state_folder(root), index_folder(root)
    for folder in (state, index):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            mode = folder.lstat().st_mode
            if not stat.S_ISDIR(mode):
                raise IndexWriteError(folder, "is a symbolic link")
            if stat.S_IMODE(mode) != 0o700:
                folder.chmod(0o700)
        except FileExistsError as error:
            raise IndexWriteError(folder, "is not a folder") from error
        except OSError as error:
            raise IndexWriteError(folder, error.strerror or str(error)) from error
    _write_once(state / ".gitignore", b"*\n")
    _write_once(index / "CACHEDIR.TAG", _CACHE_TAG)
    return index


def _write_once(path: Path, content: bytes) -> None:
    """Write a small file unless there is one. One that is empty was cut off by a power cut."""
    try:
        fd = os.open(path, _NEW_FILE_FLAGS, 0o600)
    except FileExistsError:
        if not _is_empty_file(path):
            return
        fd = _opened_again(path)
    except OSError as error:
        raise IndexWriteError(path, error.strerror or str(error)) from error
    try:
        # A few bytes: written whole or not at all.
        os.write(fd, content)
    except OSError as error:
        raise IndexWriteError(path, error.strerror or str(error)) from error
    finally:
        os.close(fd)


def _is_empty_file(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


def _opened_again(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise IndexWriteError(path, error.strerror or str(error)) from error
