"""Create a file beneath a root where nothing stands, or leave everything as it was.

The bytes go to a temporary file first. It gets its name by a hard link, which fails
where a file appeared meanwhile: nothing is overwritten, and a reader never sees half
a file.

    folders made ─> temporary file + fsync ─> link ─> temporary name removed ─> fsync folder
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from nanobot_engine.edit.beneath import checked_parts, open_beneath, open_folder
from nanobot_engine.edit.errors import BaseChangedError, WriteError
from nanobot_engine.edit.remove import remove_emptied_folders
from nanobot_engine.edit.write import (
    checked_status,
    copy_attributes,
    error_text,
    open_temporary,
    write_all,
)

_MODE_FILE: Final = 0o666
_MODE_FOLDER: Final = 0o777
"""Before the user's umask, as for every new file and folder."""


def create_file_beneath(
    root: Path, path: str, new_bytes: bytes, *, mode: int | None = None, like: str | None = None
) -> None:
    """Create one file durably, and the folders on the way to it.

    Args:
        root: The workspace folder.
        path: Relative to `root`, `/`-separated; the caller asked `protected`.
        new_bytes: The whole content.
        mode: Permission bits; without, as the user's umask says.
        like: A file whose owner, mode and extended attributes it gets instead.

    Raises:
        PathRefusedError: `path` is absolute or climbs.
        BaseChangedError: Something stands there, or on the way, or `like` is gone.
        WriteError: The file system refused. Unless the message says that the file
            was written, it was not.
    """
    parts = checked_parts(path)
    try:
        with open_folder(root) as root_fd:
            folder_fd = _made_folder(root_fd, parts[:-1])
            try:
                _create(root_fd, folder_fd, parts[-1], path, new_bytes, mode=mode, like=like)
            finally:
                os.close(folder_fd)
    except FileExistsError as error:
        raise BaseChangedError(path, "is there already") from error
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV}:
            raise BaseChangedError(path, "lies behind a file or a link") from error
        remove_emptied_folders(root, path)
        raise WriteError(path, f"{error_text(error)}; nothing was written") from error


def _made_folder(root_fd: int, parts: tuple[str, ...]) -> int:
    """Open the folder `parts`, making what is missing; the caller closes it."""
    folder_fd = os.dup(root_fd)
    try:
        for part in parts:
            try:
                os.mkdir(part, _MODE_FOLDER, dir_fd=folder_fd)
            except FileExistsError:
                pass
            else:
                os.fsync(folder_fd)
            next_fd = open_beneath(folder_fd, (part,), os.O_RDONLY | os.O_DIRECTORY)
            os.close(folder_fd)
            folder_fd = next_fd
    except BaseException:
        os.close(folder_fd)
        raise
    return folder_fd


def _create(
    root_fd: int,
    folder_fd: int,
    name: str,
    path: str,
    new_bytes: bytes,
    *,
    mode: int | None,
    like: str | None,
) -> None:
    temporary_name, temporary_fd = open_temporary(folder_fd, name, mode=_MODE_FILE)
    try:
        write_all(temporary_fd, new_bytes)
        if like is not None:
            _copy_from(root_fd, like, temporary_fd)
        elif mode is not None:
            os.fchmod(temporary_fd, mode)
        os.fsync(temporary_fd)
        os.link(temporary_name, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    finally:
        os.close(temporary_fd)
        with suppress(FileNotFoundError):
            os.unlink(temporary_name, dir_fd=folder_fd)
    try:
        os.fsync(folder_fd)
    except OSError as error:
        reason = f"{error_text(error)}; the file was written, but may be gone after a power cut"
        raise WriteError(path, reason) from error


def _copy_from(root_fd: int, like: str, to_fd: int) -> None:
    from_fd = open_beneath(root_fd, checked_parts(like), os.O_RDONLY | os.O_NONBLOCK)
    try:
        copy_attributes(from_fd, to_fd, checked_status(from_fd, like))
    finally:
        os.close(from_fd)
