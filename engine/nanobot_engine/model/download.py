"""Fetch one file of known size and sha256 over HTTP, whatever the line does.

The name, the size and the hash come from the catalogue, never from a server. A fetch
continues what an earlier one left, and ends with exactly the right bytes or an error.
"""

import errno
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3

from nanobot_engine.model.errors import (
    ChecksumError,
    DiskSpaceError,
    DownloadCancelledError,
    DownloadError,
)
from nanobot_engine.model.hardware import disk_free_bytes

log = logging.getLogger(__name__)

Cancelled = Callable[[], bool]

_CHUNK_BYTES: Final = 1 << 17
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OK, _PARTIAL, _RANGE_REFUSED, _TOO_MANY = 200, 206, 416, 429
_SERVER_ERROR: Final = 500
_PAUSE_SLICE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How to reach servers and when to give up."""

    timeout_s: float
    """Longest silence of a server."""
    verify: bool | str
    """False, True, or the path of a certificate bundle."""
    proxy: str | None
    """For http and https; None leaves it to the environment."""
    failures_max: int
    """Attempts in a row that bring nothing new."""
    backoff_s: float
    """Pause after the first failure; doubles up to `backoff_max_s`."""
    backoff_max_s: float
    bytes_per_s_min: int
    """A slower connection is dropped and tried again."""
    slow_window_s: float
    """Over which the speed is taken."""


DEFAULT_NETWORK_OPTIONS: Final = NetworkOptions(
    timeout_s=30.0,
    verify=True,
    proxy=None,
    failures_max=6,
    backoff_s=0.25,
    backoff_max_s=8.0,
    bytes_per_s_min=1_024,
    slow_window_s=30.0,
)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What is fetched, and the bytes it must have."""

    name: str
    """For messages."""
    url: str
    size_bytes: int
    sha256: str


class _AttemptError(Exception):
    """This attempt failed, another may not."""


class _SlowError(_AttemptError):
    """The connection is too slow to count what it brought as progress."""


class PartFile:
    """A file that grows until it is right, hashed while it is written.

    Invariant: `sha256` is the hash of the first `size_bytes` bytes, which is the
    position of the next write. The caller holds the lock on it.
    """

    def __init__(self, path: Path, *, needed_bytes: int) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        self.path = path
        self._needed_bytes = needed_bytes
        self._file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
        os.fchmod(self._file.fileno(), 0o600)  # A leftover may have other rights.
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def adopt(self, size_bytes: int) -> None:
        """Keep the first `size_bytes` of what an earlier run left, and drop the rest."""
        self.restart(keep_bytes=size_bytes)
        while self.size_bytes < size_bytes:
            chunk = self._file.read(min(1 << 20, size_bytes - self.size_bytes))
            self._digest.update(chunk)
            self.size_bytes += len(chunk)

    def found_bytes(self) -> int:
        """Return the size on disk, which may be more than was adopted."""
        return os.fstat(self._file.fileno()).st_size

    def restart(self, keep_bytes: int = 0) -> None:
        """Go back to the beginning."""
        self._file.truncate(keep_bytes)
        self._file.seek(0)
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            DiskSpaceError: The disk is full. What fitted stays for the next try.
        """
        rest = memoryview(chunk)
        while rest:
            try:
                count = self._file.write(rest)
            except OSError as error:
                if error.errno not in _DISK_FULL:
                    raise
                raise self._no_space() from error
            self._digest.update(rest[:count])
            self.size_bytes += count
            rest = rest[count:]

    def publish(self, name: str, sha256: str, final: Path) -> None:
        """Check the hash and give the file its final name, durably.

        Raises:
            ChecksumError: Wrong bytes; the file was removed.
            DiskSpaceError: The disk turned out to be full.
        """
        actual = self._digest.hexdigest()
        if actual != sha256:
            self.path.unlink(missing_ok=True)
            raise ChecksumError(name, sha256, actual)
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno not in _DISK_FULL:
                raise
            raise self._no_space() from error
        self.path.replace(final)
        sync_folder(final.parent)

    def _no_space(self) -> DiskSpaceError:
        return DiskSpaceError(
            self.path, self._needed_bytes - self.size_bytes, disk_free_bytes(self.path.parent)
        )


class Fetcher:
    """Fetches files. Safe to share between threads: a connection belongs to one call."""

    def __init__(self, options: NetworkOptions) -> None:
        self._options = options

    def fetch(
        self,
        remote: RemoteFile,
        part: PartFile,
        *,
        on_bytes: Callable[[int], None],
        cancelled: Cancelled,
    ) -> None:
        """Complete `part`; the caller publishes it, which checks the hash.

        Args:
            remote: What to fetch.
            part: Continued where an earlier run stopped.
            on_bytes: Gets the bytes had so far; goes down when a server makes us restart.
            cancelled: Asked at least every `_PAUSE_SLICE_S` or chunk.

        Raises:
            DownloadError: The server refuses, or brings nothing new time after time.
            DownloadCancelledError: `cancelled` returned True.
            DiskSpaceError: The disk is full.
        """
        found = part.found_bytes()
        part.adopt(found if found <= remote.size_bytes else 0)
        on_bytes(part.size_bytes)
        failures, furthest = 0, part.size_bytes
        with self.session() as session:
            attempt = _Attempt(
                session,
                options=self._options,
                remote=remote,
                part=part,
                on_bytes=on_bytes,
                cancelled=cancelled,
            )
            while part.size_bytes < remote.size_bytes:
                stop_if(cancelled, remote.name)
                try:
                    attempt.run()
                except (
                    _AttemptError,
                    requests.RequestException,
                    urllib3.exceptions.HTTPError,
                ) as e:
                    # A server that sends less than this again and again gets us nowhere.
                    moved = part.size_bytes >= furthest + 1_024 and not isinstance(e, _SlowError)
                    failures = 1 if moved else failures + 1
                    furthest = max(furthest, part.size_bytes)
                    if failures >= self._options.failures_max or _is_final(e):
                        reason = f"{shown(remote.url)}: {_words(e)} ({failures} failures in a row)"
                        raise DownloadError(remote.name, reason) from e
                    log.info("fetch interrupted: file=%s reason=%s", remote.name, _words(e))
                    self._pause(failures, cancelled, remote.name)

    def session(self) -> requests.Session:
        """Return a session that follows the options; the caller closes it."""
        session = requests.Session()
        session.max_redirects = 5
        # A body must arrive as the bytes that were hashed, not re-encoded.
        session.headers["Accept-Encoding"] = "identity"
        session.verify = self._options.verify
        if self._options.proxy is not None:
            session.proxies = {"http": self._options.proxy, "https": self._options.proxy}
        return session

    def _pause(self, failures: int, cancelled: Cancelled, name: str) -> None:
        pause_s = min(self._options.backoff_s * 2 ** (failures - 1), self._options.backoff_max_s)
        end = time.monotonic() + pause_s
        while (left := end - time.monotonic()) > 0:
            stop_if(cancelled, name)
            time.sleep(min(left, _PAUSE_SLICE_S))


class _Attempt:
    """One connection after another; remembers which version of the file was begun."""

    def __init__(
        self,
        session: requests.Session,
        *,
        options: NetworkOptions,
        remote: RemoteFile,
        part: PartFile,
        on_bytes: Callable[[int], None],
        cancelled: Cancelled,
    ) -> None:
        self._session = session
        self._options = options
        self._remote = remote
        self._part = part
        self._on_bytes = on_bytes
        self._cancelled = cancelled
        self._etag: str | None = None

    def run(self) -> None:
        """Ask for the rest of the file and write what comes."""
        headers = {}
        if self._part.size_bytes:
            headers["Range"] = f"bytes={self._part.size_bytes}-"
            if self._etag is not None:
                headers["If-Range"] = self._etag
        with self._session.get(
            self._remote.url,
            headers=headers,
            stream=True,
            timeout=(self._options.timeout_s, self._options.timeout_s),
        ) as response:
            self._check(response)
            self._receive(response)

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status == _RANGE_REFUSED:
            self._part.restart()
            msg = "the server has not the rest of the file"
            raise _AttemptError(msg)
        if status == _TOO_MANY or status >= _SERVER_ERROR:
            msg = f"the server answered {status}"
            raise _AttemptError(msg)
        if status not in {_OK, _PARTIAL}:
            reason = f"{shown(self._remote.url)}: the server answered {status}"
            raise DownloadError(self._remote.name, reason)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            reason = f"{shown(self._remote.url)}: the server sent the file re-encoded"
            raise DownloadError(self._remote.name, reason)
        if status == _OK:  # The range was ignored, or the file changed.
            self._part.restart()
            length = response.headers.get("Content-Length", str(self._remote.size_bytes))
            if length != str(self._remote.size_bytes):
                size = f"{length} bytes instead of {self._remote.size_bytes}"
                raise DownloadError(self._remote.name, f"{shown(self._remote.url)}: {size}")
        else:
            self._check_range(response.headers.get("Content-Range", ""))
        etag = response.headers.get("ETag", "")
        self._etag = etag if etag.startswith('"') else None  # Weak ones do not name bytes.

    def _check_range(self, text: str) -> None:
        match = _CONTENT_RANGE.fullmatch(text)
        wanted = (str(self._part.size_bytes), {str(self._remote.size_bytes), "*"})
        if match is None or match[1] != wanted[0] or match[3] not in wanted[1]:
            self._part.restart()
            msg = f"the server sent the range {text!r}, asked from {wanted[0]}"
            raise _AttemptError(msg)

    def _receive(self, response: requests.Response) -> None:
        window_start, window_bytes = time.monotonic(), 0
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            stop_if(self._cancelled, self._remote.name)
            if self._part.size_bytes + len(chunk) > self._remote.size_bytes:
                self._part.restart()
                reason = f"{shown(self._remote.url)}: longer than {self._remote.size_bytes} bytes"
                raise DownloadError(self._remote.name, reason)
            self._part.write(chunk)
            self._on_bytes(self._part.size_bytes)
            window_bytes += len(chunk)
            elapsed_s = time.monotonic() - window_start
            if elapsed_s >= self._options.slow_window_s:
                if window_bytes < self._options.bytes_per_s_min * elapsed_s:
                    msg = f"only {window_bytes / elapsed_s:.0f} bytes/s"
                    raise _SlowError(msg)
                window_start, window_bytes = time.monotonic(), 0
        if self._part.size_bytes < self._remote.size_bytes:
            msg = f"the connection ended after {self._part.size_bytes} bytes"
            raise _AttemptError(msg)


@contextmanager
def locked(path: Path, cancelled: Cancelled, name: str) -> Generator[None]:
    """Hold an exclusive lock between OS processes; it dies with its holder.

    Raises:
        DownloadCancelledError: `cancelled` returned True while waiting.
    """
    import fcntl  # noqa: PLC0415 - not on Windows, where only this function needs a twin

    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(path, flags, 0o600)
    try:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                stop_if(cancelled, name)
                time.sleep(_PAUSE_SLICE_S)
        yield
    finally:
        os.close(fd)


def stop_if(cancelled: Cancelled, name: str) -> None:
    """Raise DownloadCancelledError if the caller asked to stop."""
    if cancelled():
        raise DownloadCancelledError(name)


def require_disk_space(folder: Path, needed_bytes: int) -> None:
    """Raise DiskSpaceError if `folder` cannot take `needed_bytes` more."""
    free = disk_free_bytes(folder)
    if needed_bytes > free:
        raise DiskSpaceError(folder, needed_bytes, free)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def shown(url: str) -> str:
    """Return `url` without the user name and password it may carry."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _is_final(error: Exception) -> bool:
    return isinstance(
        error,
        requests.TooManyRedirects
        | requests.exceptions.SSLError
        | requests.exceptions.InvalidURL
        | requests.exceptions.InvalidSchema
        | requests.exceptions.MissingSchema,
    )


def _words(error: Exception) -> str:
    if isinstance(error, _AttemptError):
        return str(error)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server is silent"
    if isinstance(error, requests.TooManyRedirects):
        return "too many redirects"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "the connection failed"
    return type(error).__name__
