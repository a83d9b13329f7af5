"""Ingest a workspace: walk, read, parse, publish.

One writer at a time. A reader always finds a whole generation: everything is
searchable after the first publish, definitions follow. An ingest that is
cancelled, killed or runs out of disk loses only what it had not published.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import (
    IndexMissingError,
    IndexUnreadableError,
    IndexWriteError,
    VolumeError,
)
from nanobot_indexer.index import Index, open_index
from nanobot_indexer.ingestion.progress import IngestProgress, IngestStage, ProgressTeller
from nanobot_indexer.ingestion.run import IngestRun, Outcome, unreadable_root
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.volume.folder import lock_path, make_index_folder
from nanobot_indexer.volume.lock import IndexLock
from nanobot_indexer.workspace.skip import Skipped

__all__ = ["IngestProgress", "IngestReport", "IngestStage", "ingest"]

# Folders that stay open while their files are read, new segments, and some to spare.
_DESCRIPTORS_MIN: Final = 40
# Two pipes and its messages, and what it takes to start one.
_DESCRIPTORS_PER_WORKER: Final = 8


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did."""

    generation: int
    file_count: int
    definition_count: int
    text_bytes: int
    skipped: tuple[Skipped, ...]
    """Every file that was left out, or kept without definitions, and why."""
    seconds: float
    unchanged: bool
    """No file differs from the generation that was there."""


def ingest(
    root: Path,
    *,
    options: IndexOptions,
    progress: Callable[[IngestProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    lock_timeout_s: float = 10.0,
    pool: ParsePool | None = None,
) -> IngestReport:
    """Bring the index of a workspace up to date.

    Args:
        root: The workspace. Only `.nanobot` below it is written.
        options: Limits.
        progress: Called on this thread, at the start and the end of a stage and a few
            times a second between.
        cancelled: Asked on this thread, several times a second.
        lock_timeout_s: How long to wait for another writer.
        pool: Parse workers to use; they stay. None starts some when they are needed.

    Raises:
        WorkspaceUnreadableError: The root is no folder that can be listed.
        IndexLockedError: Another writer is at work.
        IndexUnreadableError: The process is out of descriptors or memory. What was
            published is intact.
        IndexWriteError: The disk refused. What was published is intact.
        IngestCancelledError: `cancelled` said so. What was published is intact.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        root_fd = stack.enter_context(opened_root(root))
        folder = make_index_folder(root)
        stack.enter_context(IndexLock(lock_path(root), timeout_s=lock_timeout_s))
        if pool is None:
            pool = stack.enter_context(ParsePool(options))
        run = IngestRun(
            root,
            root_fd,
            folder,
            options=options,
            pool=pool,
            teller=ProgressTeller(progress),
            cancelled=cancelled,
        )
        outcome = _executed(root, root_fd, run, options)
    manifest = outcome.manifest
    return IngestReport(
        manifest.generation,
        manifest.file_count,
        manifest.definition_count,
        manifest.text_bytes,
        outcome.skipped,
        time.monotonic() - started,
        outcome.is_unchanged,
    )


def _executed(root: Path, root_fd: int, run: IngestRun, options: IndexOptions) -> Outcome:
    previous = _previous_index(root)
    if previous is not None:
        with previous, suppress(VolumeError):
            # An open index holds two descriptors per segment.
            _require_descriptors(root, root_fd, options)
            return run.execute(previous)
    # There was none, or damage showed when a table was first used. A cache is made again.
    _require_descriptors(root, root_fd, options)
    try:
        return run.execute(None)
    except VolumeError as error:
        # What was written a moment ago is not there, or not what was written.
        raise IndexWriteError(error.path, error.reason) from error


def _previous_index(root: Path) -> Index | None:
    """Return the current generation, or None when there is none that can be used."""
    try:
        return open_index(root)
    except (IndexMissingError, VolumeError):
        return None


def _require_descriptors(root: Path, root_fd: int, options: IndexOptions) -> None:
    """Find out now whether the process may open enough files.

    A file or an ignore file that can not be opened for that reason would be left out
    as if it were unreadable, and the user would wonder where it is.

    Raises:
        IndexUnreadableError: It may not.
    """
    fds: list[int] = []
    try:
        for _ in range(_DESCRIPTORS_MIN + _DESCRIPTORS_PER_WORKER * options.parse_workers):
            fds.append(os.dup(root_fd))  # noqa: PERF401 - those that were opened are closed.
    except OSError as error:
        raise IndexUnreadableError(root, error.strerror or str(error)) from error
    finally:
        for fd in fds:
            os.close(fd)


@contextmanager
def opened_root(root: Path) -> Iterator[int]:
    """Open the root of a workspace.

    Raises:
        WorkspaceUnreadableError: It is no folder that can be listed.
    """
    # The root itself may be a link: it is what the user named.
    try:
        fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise unreadable_root(root, error) from error
    try:
        yield fd
    finally:
        os.close(fd)
