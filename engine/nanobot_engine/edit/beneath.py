"""Open files beneath a root folder without following a single link.

Every read and write of this part resolves its path here. The kernel does it in
one call where it can (`openat2`, Linux 5.6 and later); elsewhere the path is
walked component by component with `O_NOFOLLOW`. Both ways a component that is,
or is being swapped for, a symbolic link is an error and never a detour.

It does not decide which files may be written: see `protected` and `apply`.
"""

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanobot_engine.edit.errors import (
    PathRefusedError,
    SourceMissingError,
    SourceUnreadableError,
)

# The same number on every Linux architecture but alpha, which glibc's own table
# does not run Python 3.11 on.
_SYS_OPENAT2: Final = 437
_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_NO_SYMLINKS: Final = 0x04
_RESOLVE_BENEATH: Final = 0x08

# `openat2` gives EAGAIN when a rename anywhere raced with the resolution.
_RACE_RETRIES_MAX: Final = 64

_READ_CHUNK_SIZE_BYTES: Final = 1 << 20


class _OpenHow(ctypes.Structure):
    """`struct open_how` of `openat2(2)`."""

    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def checked_parts(path: str) -> tuple[str, ...]:
    """Split a workspace-relative path into its components.

    Raises:
        PathRefusedError: The path is empty, absolute, contains NUL, or has an
            empty, `.` or `..` component.
    """
    if "\0" in path:
        raise PathRefusedError(path, "contains a NUL character")
    parts = tuple(path.split("/"))
    if any(part in {"", ".", ".."} for part in parts):
        raise PathRefusedError(path, "is not a plain path beneath the workspace")
    return parts


@contextmanager
def open_folder(root: Path, parts: tuple[str, ...] = ()) -> Iterator[int]:
    """Hold a descriptor of the folder `parts` beneath `root`.

    The root itself may be a link: the user named it. Nothing below may.

    Raises:
        OSError: As the kernel says it; ELOOP or ENOTDIR for a link on the way.
    """
    root_fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not parts:
            yield root_fd
            return
        folder_fd = open_beneath(root_fd, parts, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield folder_fd
        finally:
            os.close(folder_fd)
    finally:
        os.close(root_fd)


def open_beneath(root_fd: int, parts: tuple[str, ...], flags: int) -> int:
    """Open an existing file or folder beneath `root_fd`; the caller closes it.

    Args:
        root_fd: Descriptor of the folder that must not be left.
        parts: Non-empty, from `checked_parts`.
        flags: As of `os.open`, without `O_CREAT`.

    Raises:
        OSError: As the kernel says it; ELOOP or ENOTDIR for a link on the way.
    """
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = _openat2(root_fd, "/".join(parts), flags)
    if descriptor is None:
        descriptor = _open_by_walking(root_fd, parts, flags)
    return descriptor


def read_beneath(root: Path, path: str, *, size_bytes_max: int) -> tuple[bytes, os.stat_result]:
    """Read one regular file beneath `root`.

    Returns:
        The bytes, and what `fstat` said of the descriptor they were read from.

    Raises:
        PathRefusedError: `path` is not a plain path beneath the workspace.
        SourceMissingError: Nothing stands there.
        SourceUnreadableError: A link on the way, not a regular file, larger than
            `size_bytes_max`, or refused by the file system.
    """
    parts = checked_parts(path)
    try:
        with open_folder(root) as root_fd:
            # O_NONBLOCK: opening a FIFO must not wait for a writer.
            descriptor = open_beneath(root_fd, parts, os.O_RDONLY | os.O_NONBLOCK)
            try:
                return _read_regular(descriptor, path, size_bytes_max=size_bytes_max)
            finally:
                os.close(descriptor)
    except FileNotFoundError as error:
        raise SourceMissingError(path, _reason(error)) from error
    except OSError as error:
        raise SourceUnreadableError(path, _reason(error)) from error


def _read_regular(
    descriptor: int, path: str, *, size_bytes_max: int
) -> tuple[bytes, os.stat_result]:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SourceUnreadableError(path, "is not a regular file")
    chunks: list[bytes] = []
    size_bytes = 0
    # The size of `fstat` is not believed: the file may grow while it is read.
    while chunk := os.read(descriptor, _READ_CHUNK_SIZE_BYTES):
        size_bytes += len(chunk)
        if size_bytes > size_bytes_max:
            raise SourceUnreadableError(path, f"is larger than {size_bytes_max} bytes")
        chunks.append(chunk)
    return b"".join(chunks), status


def _reason(error: OSError) -> str:
    if error.errno in {errno.ELOOP, errno.EXDEV}:
        return "is a symbolic link or lies behind one"
    return os.strerror(error.errno) if error.errno else str(error)


def _openat2(root_fd: int, path: str, flags: int) -> int | None:
    """Let the kernel resolve; None where it has no `openat2`."""
    if not _Openat2.is_available:
        return None
    how = _OpenHow(flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    raw_path = os.fsencode(path)
    number = errno.EAGAIN
    for _ in range(_RACE_RETRIES_MAX):
        descriptor = int(
            _Openat2.syscall(
                ctypes.c_long(_SYS_OPENAT2),
                ctypes.c_int(root_fd),
                ctypes.c_char_p(raw_path),
                ctypes.byref(how),
                ctypes.c_size_t(ctypes.sizeof(how)),
            )
        )
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        if number not in {errno.EAGAIN, errno.EINTR}:
            break
    if number in {errno.ENOSYS, errno.EPERM, errno.EINVAL}:
        # An old kernel, or a container whose filter does not know the call. The
        # walk then says whether EPERM was meant for this file.
        return None
    raise OSError(number, os.strerror(number), path)


def _open_by_walking(root_fd: int, parts: tuple[str, ...], flags: int) -> int:
    folder_fd = os.dup(root_fd)
    try:
        for part in parts[:-1]:
            next_fd = os.open(
                part,
                os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC,
                dir_fd=folder_fd,
            )
            os.close(folder_fd)
            folder_fd = next_fd
        return os.open(parts[-1], flags, dir_fd=folder_fd)
    finally:
        os.close(folder_fd)


class _Openat2:
    """The one system call that Python's standard library does not wrap."""

    is_available: bool = sys.platform == "linux"
    if is_available:
        syscall = ctypes.CDLL(None, use_errno=True).syscall
        syscall.restype = ctypes.c_long
