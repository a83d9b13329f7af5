"""A file on its way: written in any order, hashed in the right one, never twice.

tiny.draft      as long as the file will be, so a full disk is said at once
tiny.progress   how far each region is; what a killed run leaves to the next

progress:  magic (8) | key (32) | size of origin (4) | origin (1004) | bytes in place (8 each)
"""

import errno
import hashlib
import json
import logging
import os
import struct
import threading
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_engine.model.errors import ChecksumError, DiskSpaceError
from nanobot_engine.model.hardware.hardware import disk_free_bytes

log = logging.getLogger(__name__)

DRAFTS_FOLDER: Final = ".download"
"""In the models folder: what is on its way."""

_MAGIC: Final = b"NBDRAFT1"
_HEAD: Final = struct.Struct("<8s32sI1004s")
_COUNT: Final = struct.Struct("<Q")
_READ_BYTES: Final = 1 << 20
_HASHED_AT_ONCE_BYTES: Final = 64 << 20
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ALLOCATION: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class DraftFile:
    """A file that is filled region by region, each from its beginning.

    Invariant: what is counted as in place was written once and is not written again,
    unless it turns out to be wrong.

    The caller holds the lock on it. Threads may share it: one puts into a region at a
    time, one hashes.
    """

    def __init__(self, path: Path, *, regions: Sequence[int], identity: str) -> None:
        """Open a draft, or continue one.

        Args:
            path: Ends in `.draft`; its folder exists.
            regions: Their sizes in bytes, in order; the file is all of them.
            identity: What the file is. A draft of something else is begun again.

        Raises:
            DiskSpaceError: There is no room for the whole file.
        """
        self.path = path
        self._bounds = (0, *accumulate(regions))
        self._key = hashlib.sha256(json.dumps([identity, *regions]).encode()).digest()
        self._counts = [0] * len(regions)
        self._written = [0] * len(regions)  # Per region: each has one writer.
        self._digest = hashlib.sha256()
        self._hashed = 0
        self._lock = threading.Lock()
        self._origin: dict[str, str] = {}
        self._fd = _opened(path)
        try:
            self._progress_fd = _opened(progress_path(path))
            try:
                self._continue()
                self._allocate()
            except BaseException:
                os.close(self._progress_fd)
                raise
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)
        os.close(self._progress_fd)

    @property
    def bounds(self) -> tuple[int, ...]:
        """Where each region begins, and the end of the last one."""
        return self._bounds

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return self._bounds[-1]

    @property
    def done_bytes(self) -> int:
        """What is in place."""
        return sum(self._counts)

    @property
    def written_bytes(self) -> int:
        """What was put on the disk through this object."""
        return sum(self._written)

    @property
    def is_hashed(self) -> bool:
        """Whether every byte is in place and was hashed."""
        return self._hashed == self.size_bytes

    @property
    def origin(self) -> dict[str, str]:
        """Where the bytes in place are from, as `set_origin` was told."""
        return self._origin

    def set_origin(self, origin: dict[str, str]) -> None:
        """Note where the bytes are from, for a later run."""
        self._origin = origin
        text = json.dumps(origin).encode()
        if len(text) <= 1004:
            os.pwrite(self._progress_fd, _HEAD.pack(_MAGIC, self._key, len(text), text), 0)

    def missing(self) -> list[int]:
        """Return the indexes of the regions that are not whole, in order."""
        return [
            index
            for index, (start, end) in enumerate(pairwise(self._bounds))
            if self._counts[index] < end - start
        ]

    def gap(self, region: int) -> tuple[int, int]:
        """Return where the rest of a region begins, and where it ends (exclusive)."""
        return self._bounds[region] + self._counts[region], self._bounds[region + 1]

    def put(self, offset: int, chunk: bytes | memoryview) -> int:
        """Write what is not in place yet.

        Args:
            offset: Not behind what is in place of its region: regions have no holes.
            chunk: May reach into the next regions.

        Returns:
            How many bytes were new.

        Raises:
            DiskSpaceError: The disk is full. What fitted stays for the next try.
        """
        rest, new_bytes = memoryview(chunk), 0
        region = self._region(offset)
        while rest:
            place, end = self.gap(region)
            assert offset <= place, "a region is filled from its beginning"
            old, whole = min(len(rest), place - offset), min(len(rest), end - offset)
            self._write(region, rest[old:whole])
            new_bytes += whole - old
            offset, rest, region = offset + whole, rest[whole:], region + 1
        return new_bytes

    def reset(self, region: int | None = None) -> None:
        """Forget the bytes of one region, or of all: they were not the right ones."""
        for index in range(len(self._counts)) if region is None else (region,):
            self._count(index, 0)
        if region is None:
            self.set_origin({})
        with self._lock:
            if region is None or self._hashed > self._bounds[region]:
                self._digest, self._hashed = hashlib.sha256(), 0

    def hash_on(self) -> None:
        """Hash what follows without a hole on what was hashed, for a moment at most.

        The bytes were just written, so they are read from memory; only those that an
        earlier run left come from the disk.
        """
        with self._lock:
            end = self._hashed_to()
            stop = min(end, self._hashed + _HASHED_AT_ONCE_BYTES)
            while self._hashed < stop:
                chunk = os.pread(self._fd, min(_READ_BYTES, stop - self._hashed), self._hashed)
                if not chunk:  # Somebody cut the file: what is gone must come again.
                    break
                self._digest.update(chunk)
                self._hashed += len(chunk)

    def publish(self, name: str, sha256: str | None, final: Path) -> str:
        """Check the hash and give the file its final name, durably.

        Args:
            name: For messages.
            sha256: What it must be; None where nobody knows yet.
            final: In the same file system.

        Returns:
            The sha256 in hex.

        Raises:
            ChecksumError: Wrong bytes; the draft was removed.
            DiskSpaceError: The disk turned out to be full.
        """
        while not self.is_hashed:
            before = self._hashed
            self.hash_on()
            if self._hashed == before:
                break
        actual = self._digest.hexdigest()
        if not self.is_hashed or (sha256 is not None and actual != sha256):
            self.remove()
            raise ChecksumError(name, sha256 or "of the whole file", actual)
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno not in _DISK_FULL:
                raise
            raise self._no_space() from error
        self.path.replace(final)
        progress_path(self.path).unlink(missing_ok=True)
        sync_folder(final.parent)
        return actual

    def remove(self) -> None:
        """Take the draft away; it stays open."""
        progress_path(self.path).unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _region(self, offset: int) -> int:
        return next(i for i in range(len(self._counts)) if offset < self._bounds[i + 1])

    def _hashed_to(self) -> int:
        for (start, end), count in zip(pairwise(self._bounds), self._counts, strict=True):
            if count < end - start:
                return start + count
        return self.size_bytes

    def _continue(self) -> None:
        head_and_counts = os.pread(
            self._progress_fd, _HEAD.size + _COUNT.size * len(self._counts), 0
        )
        length = os.fstat(self._fd).st_size
        if len(head_and_counts) == _HEAD.size + _COUNT.size * len(self._counts):
            magic, key, size, origin = _HEAD.unpack_from(head_and_counts)
            if (magic, key) == (_MAGIC, self._key):
                self._origin = _parsed(origin[:size])
                found = _COUNT.iter_unpack(head_and_counts[_HEAD.size :])
                for index, (count,) in enumerate(found):
                    start, end = self._bounds[index], self._bounds[index + 1]
                    # Never more than what there is.
                    self._counts[index] = max(0, min(count, end - start, length - start))
                return
        # A leftover of another file, or of another version.
        os.ftruncate(self._progress_fd, 0)
        self.set_origin({})
        empty = _COUNT.pack(0) * len(self._counts)
        os.pwrite(self._progress_fd, empty, _HEAD.size)

    def _allocate(self) -> None:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._fd, 0, self.size_bytes)
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise self._no_space() from error
            if error.errno not in _NO_ALLOCATION:
                raise
        # Also where a file system can not allocate: reading never meets an early end.
        os.ftruncate(self._fd, self.size_bytes)

    def _write(self, region: int, data: memoryview) -> None:
        while data:
            place, _ = self.gap(region)
            try:
                count = os.pwrite(self._fd, data, place)
                self._written[region] += count
                self._count(region, self._counts[region] + count)
            except OSError as error:
                if error.errno not in _DISK_FULL:
                    raise
                raise self._no_space() from error
            data = data[count:]

    def _count(self, region: int, count: int) -> None:
        # Behind the bytes themselves: who is killed in between reads them again.
        os.pwrite(self._progress_fd, _COUNT.pack(count), _HEAD.size + _COUNT.size * region)
        self._counts[region] = count

    def _no_space(self) -> DiskSpaceError:
        folder = self.path.parent
        return DiskSpaceError(folder, self.size_bytes - self.done_bytes, disk_free_bytes(folder))


def regions_of(size_bytes: int, block_bytes: int) -> tuple[int, ...]:
    """Divide a file into regions of `block_bytes`, the last one shorter."""
    whole, rest = divmod(size_bytes, block_bytes)
    return (block_bytes,) * whole + ((rest,) if rest else ())


def progress_path(draft: Path) -> Path:
    """Return where the progress of a draft is."""
    return draft.with_suffix(".progress")


def progress_of(draft: Path) -> int:
    """Return how many bytes of a draft are in place, by what another process wrote down."""
    try:
        content = progress_path(draft).read_bytes()
    except OSError:
        return 0
    counts = content[_HEAD.size :]
    whole = counts[: len(counts) - len(counts) % _COUNT.size]
    return sum(count for (count,) in _COUNT.iter_unpack(whole))


def require_disk_space(draft: Path, size_bytes: int) -> None:
    """Raise DiskSpaceError if a draft of `size_bytes` does not fit where it is, or would be."""
    try:
        had_bytes = draft.stat().st_blocks * 512
    except FileNotFoundError:
        had_bytes = 0
    folder = draft.parent
    needed_bytes, free_bytes = size_bytes - had_bytes, disk_free_bytes(folder)
    if needed_bytes > free_bytes:
        raise DiskSpaceError(folder, needed_bytes, free_bytes)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(path, flags, 0o600)
    os.fchmod(fd, 0o600)  # A leftover may have other rights.
    return fd


def _parsed(origin: bytes) -> dict[str, str]:
    try:
        found = json.loads(origin)
    except ValueError:  # A run that was killed while it wrote it.
        return {}
    is_map = isinstance(found, dict) and all(isinstance(one, str) for one in found.values())
    return dict(found) if is_map else {}
