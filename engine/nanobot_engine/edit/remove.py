"""Remove a file beneath a root when it is the expected one, and folders that it leaves empty."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from nanobot_engine.edit.beneath import checked_parts, open_beneath, open_folder
from nanobot_engine.edit.errors import BaseChangedError, WriteError
from nanobot_engine.edit.write import check_base, error_text

_BYTECODE_FOLDER: Final = "__pycache__"


def remove_file_beneath(root: Path, path: str, *, expected_sha256: str) -> None:
    """Remove one file durably, and the folders around it that hold nothing else.

    The hash is compared directly before; a program that writes in the microseconds
    between the two loses its version.

    Args:
        root: The workspace folder.
        path: Relative to `root`, `/`-separated; the caller asked `protected`.
        expected_sha256: Lower-case hex of what must stand there now.

    Raises:
        PathRefusedError: `path` is absolute or climbs.
        BaseChangedError: Other bytes, another kind of file, or none.
        HardLinkError: The file has more than one name.
        WriteError: The file system refused, or the file is read-only. Unless the
            message says that the file was removed, it was not.
    """
    parts = checked_parts(path)
    is_removed = False
    try:
        with open_folder(root, parts[:-1]) as folder_fd:
            check_base(folder_fd, parts[-1], path, expected_sha256)
            os.unlink(parts[-1], dir_fd=folder_fd)
            is_removed = True
            os.fsync(folder_fd)
    except FileNotFoundError as error:
        raise BaseChangedError(path, "is gone") from error
    except OSError as error:
        end = "the file was removed, but may be back after a power cut"
        reason = f"{error_text(error)}; {end if is_removed else 'nothing was removed'}"
        raise WriteError(path, reason) from error
    remove_emptied_folders(root, path)


def remove_emptied_folders(root: Path, path: str) -> None:
    """Remove the folders around a file that is gone, as long as they are empty.

    A folder that only holds the bytecode of that file counts as empty: Python would
    still import it as a package. Does nothing about what it can not remove.

    Args:
        root: The workspace folder, which stays.
        path: The file that is gone.
    """
    parts = checked_parts(path)
    with suppress(OSError):
        if path.endswith(".py"):
            _remove_bytecode(root, parts)
        for end in range(len(parts) - 1, 0, -1):
            # Gone is empty enough: a crash may have come between two of them.
            with suppress(FileNotFoundError), open_folder(root, parts[: end - 1]) as parent_fd:
                # Fails for a folder with anything in it, and for a link.
                os.rmdir(parts[end - 1], dir_fd=parent_fd)
                os.fsync(parent_fd)


def _remove_bytecode(root: Path, parts: tuple[str, ...]) -> None:
    prefix = parts[-1].removesuffix("py")
    with suppress(FileNotFoundError), open_folder(root, parts[:-1]) as folder_fd:
        cache_fd = open_beneath(folder_fd, (_BYTECODE_FOLDER,), os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in os.listdir(cache_fd):  # noqa: PTH208 - a descriptor is no path
                is_its = name.startswith(prefix) and name.endswith(".pyc")
                if is_its and stat.S_ISREG(os.lstat(name, dir_fd=cache_fd).st_mode):
                    os.unlink(name, dir_fd=cache_fd)
        finally:
            os.close(cache_fd)
        with suppress(OSError):
            os.rmdir(_BYTECODE_FOLDER, dir_fd=folder_fd)
