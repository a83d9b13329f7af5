"""Fetch one file of known size over HTTP, whatever the line does.

The name, the size and the hash come from the catalogue, never from a server. A fetch
continues what an earlier one left, and ends with as many bytes as the file has or an
error; who publishes the draft checks the hash.

    one connection asks for the first block
      the server serves ranges ──> more connections, a block each
      it does not              ──> the same connection takes all of the file
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import Final

import requests

from nanobot_engine.model.errors import DownloadError
from nanobot_engine.model.source.draft_file import DraftFile
from nanobot_engine.model.source.file_lock import Cancelled, stop_if
from nanobot_engine.model.source.network import (
    NetworkOptions,
    RemoteFile,
    opened,
    session_for,
    shown,
)
from nanobot_engine.model.source.response_check import (
    RETRIED,
    AttemptError,
    RangeError,
    SlowError,
    body_place,
    is_final,
    strong_etag,
    words_of,
)

log = logging.getLogger(__name__)

CHUNK_BYTES: Final = 1 << 17
"""Read from a connection at a time: what a killed fetch reads again, per connection."""
_POLL_S: Final = 0.1
# A server that sends less than this again and again gets us nowhere.
_PROGRESS_BYTES: Final = 1_024
_RANGE_STRIKES_MAX: Final = 2


def fetch(
    remote: RemoteFile,
    draft: DraftFile,
    options: NetworkOptions,
    *,
    on_bytes: Callable[[int], None],
    cancelled: Cancelled,
) -> None:
    """Complete `draft`; the caller publishes it, which checks the hash.

    Args:
        remote: What to fetch; as long as `draft`.
        draft: Continued where an earlier run stopped.
        options: How patiently, and with how many connections.
        on_bytes: Gets the bytes had so far; goes down when a server makes us restart.
            Called from this thread, like `cancelled`.
        cancelled: Asked every tenth of a second.

    Raises:
        DownloadError: The server refuses, or brings nothing new time after time.
        DownloadCancelledError: `cancelled` returned True.
        DiskSpaceError: The disk is full.
    """
    patience = Patience(options, remote)
    while draft.missing():
        transfer = _Transfer(remote, draft, options, patience)
        try:
            transfer.run(on_bytes, cancelled)
        except _ChangedError as error:
            # Bytes of two versions would never have the right hash.
            draft.reset()
            patience.failed(error, done_bytes=0)
    on_bytes(draft.done_bytes)


class Patience:
    """Counts what fails in a row, and says when it was enough. Safe to share between threads."""

    def __init__(self, options: NetworkOptions, remote: RemoteFile) -> None:
        self._options = options
        self._remote = remote
        self._lock = threading.Lock()
        self._failures = 0
        self._furthest = 0
        self._counted_at = 0.0

    def failed(self, error: Exception, *, done_bytes: int, began: float | None = None) -> float:
        """Count a failure.

        Args:
            error: One of `RETRIED`.
            done_bytes: How far the file is now.
            began: When the attempt did, by the monotonic clock. Connections that break
                together are one failure. None counts it in any case.

        Returns:
            For how many seconds to pause.

        Raises:
            DownloadError: It was enough.
        """
        with self._lock:
            moved = done_bytes >= self._furthest + _PROGRESS_BYTES
            self._furthest = max(self._furthest, done_bytes)
            if moved and not isinstance(error, SlowError):
                self._failures = 0
            if began is None or began >= self._counted_at:
                self._failures += 1
                self._counted_at = time.monotonic()
            if self._failures >= self._options.failures_max or is_final(error):
                times = f"{self._failures} failures in a row"
                reason = f"{shown(self._remote.url)}: {words_of(error)} ({times})"
                raise DownloadError(self._remote.name, reason) from error
            log.info("fetch interrupted: file=%s reason=%s", self._remote.name, words_of(error))
            pause_s = self._options.backoff_s * 2.0 ** max(0, self._failures - 1)
            return min(pause_s, self._options.backoff_max_s)


def stream(
    remote: RemoteFile,
    options: NetworkOptions,
    *,
    sink: Callable[[bytes], None],
    stop: threading.Event,
) -> None:
    """Bring the bytes of a file one after the other, each once; nothing is written.

    Args:
        remote: What to fetch.
        options: How patiently.
        sink: Gets them in order. What it raises ends the stream.
        stop: Set it to end soon, with whatever was had.

    Raises:
        DownloadError: The server refuses, or brings nothing new time after time.
    """
    patience = Patience(options, remote)
    place, strikes = 0, 0
    with session_for(options) as session:
        while place < remote.size_bytes and not stop.is_set():
            # A server that does no ranges sends again what is passed over here.
            headers = {"Range": f"bytes={place}-"} if place and strikes < _RANGE_STRIKES_MAX else {}
            try:
                for chunk in _chunks(session, remote, options, headers=headers, place=place):
                    if stop.is_set():
                        return
                    sink(chunk)
                    place += len(chunk)
                if place < remote.size_bytes:
                    msg = f"the connection ended after {place} bytes"
                    raise AttemptError(msg)
            except RETRIED as error:
                strikes += isinstance(error, RangeError)
                stop.wait(patience.failed(error, done_bytes=place))


def _chunks(
    session: requests.Session,
    remote: RemoteFile,
    options: NetworkOptions,
    *,
    headers: Mapping[str, str],
    place: int,
) -> Generator[bytes]:
    """Yield what one connection brings from `place` on."""
    with opened(session, remote, headers=headers, timeout_s=options.timeout_s) as response:
        start, end = body_place(response, remote, place, remote.size_bytes)
        speed = SpeedCheck(options)
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
            speed.took(len(chunk))
            start += len(chunk)
            if start > end:
                reason = f"{shown(remote.url)}: longer than {remote.size_bytes} bytes"
                raise DownloadError(remote.name, reason)
            new = (
                chunk[len(chunk) - max(0, start - place) :] if start - len(chunk) < place else chunk
            )
            if new:
                yield new
                place = start


class _ChangedError(AttemptError):
    """The server has another version of the file than the one that was begun."""


class _Transfer:
    """Connections that bring one version of one file.

    Invariant: a region has one connection at a time, and a connection that takes all of
    the file is the only one.
    """

    def __init__(
        self, remote: RemoteFile, draft: DraftFile, options: NetworkOptions, patience: Patience
    ) -> None:
        self._remote = remote
        self._draft = draft
        self._options = options
        self._patience = patience
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._claimed: set[int] = set()
        self._takes_all = False
        self._serves_ranges = False
        self._strikes = 0
        self._responses: set[requests.Response] = set()

    def run(self, on_bytes: Callable[[int], None], cancelled: Cancelled) -> None:
        """Work until every byte is in place. Hashes meanwhile, in this thread."""
        with ThreadPoolExecutor(self._options.connections, thread_name_prefix="fetch") as pool:
            working: set[Future[None]] = {pool.submit(self._work)}
            try:
                while working:
                    done, working = wait(working, _POLL_S, FIRST_COMPLETED)
                    self._draft.hash_on()
                    on_bytes(self._draft.done_bytes)
                    stop_if(cancelled, self._remote.name)
                    for future in done:
                        future.result()
                    for _ in range(self._wanted(len(working)) if not done else 0):
                        working.add(pool.submit(self._work))
            finally:
                self._end()  # Whatever ended us ends the connections too.

    def _wanted(self, working: int) -> int:
        with self._lock:
            if not self._serves_ranges or self._takes_all or self._strikes:
                return 0
            free = len(self._draft.missing()) - len(self._claimed)
            return max(0, min(self._options.connections - working, free))

    def _end(self) -> None:
        self._stop.set()
        with self._lock:
            for response in self._responses:
                # A silent server would keep its reader for long; one that is done needs no end.
                with suppress(OSError, RuntimeError, ValueError):
                    response.raw.shutdown()

    def _work(self) -> None:
        with session_for(self._options) as session:
            while (claim := self._claim()) is not None:
                began = time.monotonic()
                try:
                    self._attempt(session, claim)
                except _ChangedError:
                    raise
                except RETRIED as error:
                    if self._stop.is_set():
                        return
                    if isinstance(error, RangeError):
                        with self._lock:
                            self._strikes += 1
                    done_bytes = self._draft.done_bytes
                    pause_s = self._patience.failed(error, done_bytes=done_bytes, began=began)
                    self._stop.wait(pause_s)
                finally:
                    self._release(claim)

    def _claim(self) -> int | None:
        """Return the region to fetch, or None when there is nothing left to do here."""
        with self._lock:
            if self._stop.is_set() or self._takes_all:
                return None
            alone = not self._serves_ranges or self._strikes >= _RANGE_STRIKES_MAX
            if alone and self._claimed:
                return None  # The one that is at work goes on alone.
            for region in self._draft.missing():
                if region not in self._claimed:
                    self._claimed.add(region)
                    return region
            return None

    def _release(self, region: int) -> None:
        with self._lock:
            self._claimed.discard(region)
            self._takes_all = False

    def _attempt(self, session: requests.Session, region: int) -> None:
        first, end = self._draft.gap(region)
        with self._lock:
            is_ranged = self._strikes < _RANGE_STRIKES_MAX
            self._strikes = self._strikes if is_ranged else 0
        headers = {}
        if is_ranged and (first, end) != (0, self._remote.size_bytes):
            headers["Range"] = f"bytes={first}-{end - 1}"
            etag = self._etag()
            if etag:
                headers["If-Range"] = etag
        with (
            opened(
                session, self._remote, headers=headers, timeout_s=self._options.timeout_s
            ) as response,
            self._stoppable(response),
        ):
            start, end = body_place(response, self._remote, first, end)
            is_all = (start, end) == (0, self._remote.size_bytes)
            self._check_version(response, is_all=is_all)
            if is_all:
                self._take_all()
            else:
                with self._lock:
                    self._serves_ranges = True
            self._receive(response, start, end, is_all=is_all)

    def _etag(self) -> str:
        origin = self._draft.origin
        return origin.get("etag", "") if origin.get("url") == self._remote.url else ""

    def _check_version(self, response: requests.Response, *, is_all: bool) -> None:
        etag, known = strong_etag(response), self._etag()
        if etag and known and etag != known:
            with self._lock:
                others = len(self._claimed) > 1
            if others or not is_all:
                self._stop.set()
                msg = "the file on the server has changed"
                raise _ChangedError(msg)
            self._draft.reset()
        if etag and etag != self._etag():
            with self._lock:
                self._draft.set_origin({"url": self._remote.url, "etag": etag})

    def _take_all(self) -> None:
        with self._lock:
            if len(self._claimed) > 1:
                msg = "the server sends all of the file for a part of it"
                raise RangeError(msg)
            self._takes_all = True

    def _receive(self, response: requests.Response, place: int, end: int, *, is_all: bool) -> None:
        speed = SpeedCheck(self._options)
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
            if self._stop.is_set():
                return
            if place + len(chunk) > end:
                if not is_all:
                    msg = "the server sent more than it said"
                    raise RangeError(msg)
                self._draft.reset()
                reason = f"{shown(self._remote.url)}: longer than {end} bytes"
                raise DownloadError(self._remote.name, reason)
            self._draft.put(place, chunk)
            place += len(chunk)
            speed.took(len(chunk))
        if place < end and not self._stop.is_set():
            msg = f"the connection ended after {place} bytes"
            raise AttemptError(msg)

    @contextmanager
    def _stoppable(self, response: requests.Response) -> Generator[None]:
        with self._lock:
            self._responses.add(response)
        try:
            yield
        finally:
            with self._lock:
                self._responses.discard(response)


class SpeedCheck:
    """Drops a connection that brings next to nothing."""

    def __init__(self, options: NetworkOptions) -> None:
        self._options = options
        self._began = time.monotonic()
        self._bytes = 0

    def took(self, count: int) -> None:
        """Count what came.

        Raises:
            SlowError: Too little in the last window.
        """
        self._bytes += count
        elapsed_s = time.monotonic() - self._began
        if elapsed_s < self._options.slow_window_s:
            return
        if self._bytes < self._options.bytes_per_s_min * elapsed_s:
            msg = f"only {self._bytes / elapsed_s:.0f} bytes/s"
            raise SlowError(msg)
        self._began, self._bytes = time.monotonic(), 0
