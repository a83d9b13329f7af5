"""The write gateway: replace a file beneath a root, or leave it as it was.

The new bytes go to a temporary file next to the target, are synced, and take the
target's place in one `rename`, so that a reader sees the old or the new file and
a crash leaves one of them. No component of the path may be a link, at any moment:
every step works on the descriptor of the target's folder.

    open folder ─> temporary file + fsync ─> target still the base? ─> rename ─> fsync folder
                         │                           │
                         └──── any failure ──────────┴──> temporary file removed

`create` and `remove` are its other two gates, with the same rules.
"""

import errno
import hashlib
import os
import re
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from nanobot_engine.edit.beneath import checked_parts, open_beneath, open_folder
from nanobot_engine.edit.errors import BaseChangedError, HardLinkError, WriteError

# A file larger than this is no source file that anybody edits.
FILE_SIZE_BYTES_MAX: Final = 64 << 20

_READ_CHUNK_SIZE_BYTES: Final = 1 << 20
_TEMPORARY_NAME: Final = re.compile(r"\.nanobot-[0-9a-f]{16}-[0-9a-f]{8}\.tmp")


def write_file_beneath(root: Path, path: str, new_bytes: bytes, *, expected_sha256: str) -> None:
    """Replace the bytes of one existing file durably and at once.

    Permission bits, and owner and extended attributes where the system allows
    it, are those of the old file.

    The hash is compared directly before the rename. A program that writes in the
    microseconds between the two loses its version: POSIX has no rename on condition.

    Args:
        root: The workspace folder.
        path: Relative to `root`, `/`-separated; the caller asked `protected`.
        new_bytes: The whole new content.
        expected_sha256: Lower-case hex of what must stand there now.

    Raises:
        PathRefusedError: `path` is absolute or climbs.
        BaseChangedError: Other bytes, another kind of file, or none.
        HardLinkError: The file has more than one name.
        WriteError: The file system refused, or the file is read-only. Unless the
            message says that the file was replaced, it was not.
    """
    parts = checked_parts(path)
    try:
        with open_folder(root, parts[:-1]) as folder_fd:
            _replace(folder_fd, parts[-1], path, new_bytes, expected_sha256)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV}:
            raise BaseChangedError(path, "is gone or lies behind a link now") from error
        raise WriteError(path, f"{error_text(error)}; nothing was written") from error


def check_writable(root: Path, path: str, *, expected_sha256: str) -> None:
    """Check what `write_file_beneath` would check before it writes.

    Raises:
        PathRefusedError, BaseChangedError, HardLinkError, WriteError: As it would.
    """
    parts = checked_parts(path)
    try:
        with open_folder(root, parts[:-1]) as folder_fd:
            check_base(folder_fd, parts[-1], path, expected_sha256)
    except OSError as error:
        raise WriteError(path, f"{error_text(error)}; nothing was written") from error


def remove_temporary_files(root: Path, path: str) -> int:
    """Remove what a killed `write_file_beneath` of this path left behind.

    Returns:
        How many files were removed. A folder that is gone has none.

    Raises:
        PathRefusedError: `path` is absolute or climbs.
    """
    parts = checked_parts(path)
    prefix = _temporary_prefix(parts[-1])
    removed = 0
    with suppress(OSError), open_folder(root, parts[:-1]) as folder_fd:
        for name in os.listdir(folder_fd):  # noqa: PTH208 - a descriptor is no path
            if name.startswith(prefix) and _TEMPORARY_NAME.fullmatch(name):
                os.unlink(name, dir_fd=folder_fd)
                removed += 1
    return removed


def _replace(folder_fd: int, name: str, path: str, new_bytes: bytes, expected_sha256: str) -> None:
    target_fd = open_target(folder_fd, name, path)
    try:
        status = checked_status(target_fd, path)
        temporary_name, temporary_fd = open_temporary(folder_fd, name, mode=0o600)
        is_renamed = False
        try:
            write_all(temporary_fd, new_bytes)
            copy_attributes(target_fd, temporary_fd, status)
            os.fsync(temporary_fd)
            check_base(folder_fd, name, path, expected_sha256)
            os.rename(temporary_name, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
            is_renamed = True
        finally:
            os.close(temporary_fd)
            if not is_renamed:
                with suppress(FileNotFoundError):
                    os.unlink(temporary_name, dir_fd=folder_fd)
    finally:
        os.close(target_fd)
    try:
        os.fsync(folder_fd)
    except OSError as error:
        reason = (
            f"{error_text(error)}; the file was replaced, but may be the old one after a power cut"
        )
        raise WriteError(path, reason) from error


def open_temporary(folder_fd: int, name: str, *, mode: int) -> tuple[str, int]:
    """Make an empty file next to `name` that `remove_temporary_files` would find.

    Returns:
        Its name and a descriptor to write to, which the caller closes.
    """
    temporary_name = f"{_temporary_prefix(name)}{secrets.token_hex(4)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return temporary_name, os.open(temporary_name, flags, mode, dir_fd=folder_fd)


def open_target(folder_fd: int, name: str, path: str) -> int:
    """Open what stands at `name` for reading; the caller closes it.

    Raises:
        BaseChangedError: Nothing, or a link.
    """
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        return open_beneath(folder_fd, (name,), os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENXIO}:
            raise BaseChangedError(path, "is gone or a link now") from error
        raise


def checked_status(target_fd: int, path: str) -> os.stat_result:
    """Return the status of a file that may be replaced or removed.

    Raises:
        BaseChangedError: It is no regular file.
        HardLinkError: It has more than one name.
        WriteError: It is read-only.
    """
    status = os.fstat(target_fd)
    if not stat.S_ISREG(status.st_mode):
        raise BaseChangedError(path, "is not a regular file any more")
    if status.st_nlink > 1:
        raise HardLinkError(path, status.st_nlink)
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        # A rename would succeed all the same, but somebody said no on purpose.
        raise WriteError(path, "is read-only; nothing was written, make it writable first")
    return status


def check_base(folder_fd: int, name: str, path: str, expected_sha256: str) -> None:
    """Read the target again, by name: another file may have taken its place.

    Raises:
        BaseChangedError, HardLinkError, WriteError: It is not the expected file, or
            must not be replaced.
    """
    target_fd = open_target(folder_fd, name, path)
    try:
        status = checked_status(target_fd, path)
        if status.st_size > FILE_SIZE_BYTES_MAX:
            raise BaseChangedError(path, f"has {status.st_size} bytes now")
        digest = hashlib.sha256()
        while chunk := os.read(target_fd, _READ_CHUNK_SIZE_BYTES):
            digest.update(chunk)
    finally:
        os.close(target_fd)
    if digest.hexdigest() != expected_sha256:
        raise BaseChangedError(path)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte."""
    # A write may be short, e.g. when the disk is nearly full.
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def copy_attributes(from_fd: int, to_fd: int, status: os.stat_result) -> None:
    """Give a file the owner, extended attributes and mode of another, as far as allowed."""
    own = os.fstat(to_fd)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        # Only root may give files away; a group one is in may be kept.
        try:
            os.fchown(to_fd, status.st_uid, status.st_gid)
        except PermissionError:
            with suppress(PermissionError):
                os.fchown(to_fd, -1, status.st_gid)
    # Before the mode, which an access list may change; after the owner, which
    # clears bits of it.
    _copy_extended_attributes(from_fd, to_fd)
    os.fchmod(to_fd, stat.S_IMODE(status.st_mode))


def _copy_extended_attributes(from_fd: int, to_fd: int) -> None:
    if sys.platform != "linux":
        return
    # A file system without them, or a namespace only root may write: the file is
    # worth more without its labels than not written.
    with suppress(OSError):
        for name in os.listxattr(from_fd):
            with suppress(OSError):
                os.setxattr(to_fd, name, os.getxattr(from_fd, name))


def _temporary_prefix(name: str) -> str:
    # A hash: the name itself may already be as long as the file system allows.
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".nanobot-{digest[:16]}-"


def error_text(error: OSError) -> str:
    """Return what the system says of an error."""
    return os.strerror(error.errno) if error.errno else str(error)
