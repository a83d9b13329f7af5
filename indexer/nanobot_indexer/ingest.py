"""Ingest a workspace: walk, read, parse, write, publish.

One writer at a time. The old generation stays until the new one is complete, so
an ingest that is cancelled, killed or runs out of disk loses only its own work.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import (
    IndexMissingError,
    IngestCancelledError,
    VolumeError,
    WorkspaceUnreadableError,
)
from nanobot_indexer.index import Index, open_index
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.definition import DefinitionRange, ParseStatus
from nanobot_indexer.syntax.language import Language, language_of
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorkerError
from nanobot_indexer.syntax.version import SYNTAX_VERSION
from nanobot_indexer.volume.folder import lock_path, make_index_folder
from nanobot_indexer.volume.generation import (
    GenerationWriter,
    highest_generation,
    remove_files_except,
)
from nanobot_indexer.volume.lock import IndexLock
from nanobot_indexer.volume.manifest import Manifest, files_of, options_of_manifest
from nanobot_indexer.workspace.skip import Skipped
from nanobot_indexer.workspace.source import Source, SourceReader
from nanobot_indexer.workspace.walk import Listing, list_workspace

# Texts waiting for a parse worker are in memory; this many keep it busy.
_TEXTS_WAITING_PER_WORKER: Final = 4
_CANCEL_CHECK_S: Final = 0.1
_PROGRESS_INTERVAL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is."""

    files_done: int
    files_total: int
    bytes_done: int
    path: str
    """The file read last; empty at the start and at the end."""


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
    """Nothing changed since the generation that was there, so it was kept."""


def ingest(
    root: Path,
    *,
    options: IndexOptions,
    progress: Callable[[IngestProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    lock_timeout_s: float = 10.0,
) -> IngestReport:
    """Bring the index of a workspace up to date.

    Args:
        root: The workspace. Only `.nanobot` below it is written.
        options: Limits.
        progress: Called on this thread, at the start, at the end and a few times a
            second between.
        cancelled: Asked on this thread, several times a second.
        lock_timeout_s: How long to wait for another writer.

    Raises:
        WorkspaceUnreadableError: The root is no folder that can be listed.
        IndexLockedError: Another writer is at work.
        IndexWriteError: The disk refused. The old generation is intact.
        IngestCancelledError: `cancelled` said so. The old generation is intact.
    """
    started = time.monotonic()
    with _opened_root(root) as root_fd:
        folder = make_index_folder(root)
        with IndexLock(lock_path(root), timeout_s=lock_timeout_s):
            previous = _previous_index(root)
            try:
                ingestion = _Ingestion(
                    root,
                    root_fd,
                    options=options,
                    progress=progress,
                    cancelled=cancelled,
                    previous=previous,
                )
                manifest, skipped, is_unchanged = ingestion.run(folder)
            finally:
                if previous is not None:
                    previous.close()
    return IngestReport(
        manifest.generation,
        manifest.file_count,
        manifest.definition_count,
        manifest.text_bytes,
        skipped,
        time.monotonic() - started,
        is_unchanged,
    )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file whose text is written and whose syntax is not known yet."""

    index: int
    path: str
    future: Future[Parsed | ParseWorkerError]


class _Ingestion:
    """One run of `ingest`, holding the lock."""

    def __init__(
        self,
        root: Path,
        root_fd: int,
        *,
        options: IndexOptions,
        progress: Callable[[IngestProgress], None] | None,
        cancelled: Callable[[], bool] | None,
        previous: Index | None,
    ) -> None:
        self._root = root
        self._root_fd = root_fd
        self._options = options
        self._progress = progress
        self._cancelled = cancelled
        self._previous = previous
        self._known = _Known(previous)
        self._skipped: list[Skipped] = []
        self._waiting: deque[_Waiting] = deque()
        self._next_progress = 0.0

    def run(self, folder: Path) -> tuple[Manifest, tuple[Skipped, ...], bool]:
        """Return the manifest, what was skipped, and whether nothing changed."""
        try:
            listing = list_workspace(
                self._root_fd, files_max=self._options.files_max, check=self._check
            )
        except OSError as error:
            raise WorkspaceUnreadableError(self._root, error.strerror or str(error)) from error
        previous = self._previous
        if previous is not None and self._is_current(previous.manifest, listing):
            remove_files_except(folder, files_of(previous.manifest))
            return previous.manifest, previous.skipped, True
        kept = frozenset() if previous is None else files_of(previous.manifest)
        remove_files_except(folder, kept)
        generation = highest_generation(folder) + 1
        self._skipped.extend(listing.skipped)
        with (
            GenerationWriter(folder, generation=generation) as writer,
            ParsePool(self._options) as pool,
            SourceReader(self._root_fd, self._options) as reader,
        ):
            self._write_files(listing, writer, pool, reader)
            self._check()
            skipped = tuple(sorted(self._skipped, key=lambda one: one.path))
            manifest = writer.publish(
                skipped,
                workspace_digest=listing.digest,
                syntax_version=SYNTAX_VERSION,
                options=options_of_manifest(self._options),
            )
        return manifest, skipped, False

    def _is_current(self, manifest: Manifest, listing: Listing) -> bool:
        return (
            bool(listing.digest)
            and manifest.workspace_digest == listing.digest
            and manifest.syntax_version == SYNTAX_VERSION
            and manifest.options == options_of_manifest(self._options)
        )

    def _write_files(
        self, listing: Listing, writer: GenerationWriter, pool: ParsePool, reader: SourceReader
    ) -> None:
        waiting_max = _TEXTS_WAITING_PER_WORKER * self._options.parse_workers
        total = len(listing.files)
        bytes_done = 0
        self._report(IngestProgress(0, total, 0, ""), is_due=True)
        for number, found in enumerate(listing.files):
            self._check()
            source = reader.read(found)
            if isinstance(source, Skipped):
                self._skipped.append(source)
            else:
                if not writer.has_room_for(len(source.text)):
                    self._settle(writer, waiting_max=0)
                    writer.seal_segment()
                self._write(source, writer, pool)
                self._settle(writer, waiting_max=waiting_max)
                bytes_done += len(source.text)
            self._report(IngestProgress(number + 1, total, bytes_done, found.path), is_due=False)
        self._settle(writer, waiting_max=0)
        self._report(IngestProgress(total, total, bytes_done, ""), is_due=True)

    def _write(self, source: Source, writer: GenerationWriter, pool: ParsePool) -> None:
        language = language_of(source.path, source.text)
        index = writer.add(source, language)
        if language is Language.TEXT:
            return
        if not source.text:
            writer.set_definitions(index, (), ParseStatus.PARSED)
            return
        known = self._known.syntax_of(source.sha256.hex(), language)
        if known is None:
            future = pool.submit(source.text, language)
            self._waiting.append(_Waiting(index, source.path, future))
        else:
            writer.set_definitions(index, *known)

    def _settle(self, writer: GenerationWriter, *, waiting_max: int) -> None:
        """Take over finished parses, and wait until few enough are left."""
        while self._waiting and (
            len(self._waiting) > waiting_max or self._waiting[0].future.done()
        ):
            waiting = self._waiting[0]
            try:
                outcome = waiting.future.result(timeout=_CANCEL_CHECK_S)
            except FutureTimeoutError:
                self._check()
                continue
            self._waiting.popleft()
            if isinstance(outcome, Parsed):
                status = ParseStatus.PARTIAL if outcome.has_errors else ParseStatus.PARSED
                writer.set_definitions(waiting.index, outcome.definitions, status)
            else:
                writer.set_definitions(waiting.index, (), ParseStatus.FAILED)
                self._skipped.append(Skipped(waiting.path, outcome.reason, outcome.detail))

    def _report(self, progress: IngestProgress, *, is_due: bool) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        if is_due or now >= self._next_progress:
            self._next_progress = now + _PROGRESS_INTERVAL_S
            self._progress(progress)

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise IngestCancelledError(self._root)


class _Known:
    """Syntax of the previous generation, by content: equal bytes parse equally."""

    def __init__(self, previous: Index | None) -> None:
        self._previous = previous
        self._path_by_content: dict[tuple[str, Language], str] = {}
        if previous is None or previous.manifest.syntax_version != SYNTAX_VERSION:
            return
        for entry in previous.files:
            # A failure may have been the machine's fault, so it is tried again.
            if entry.parse_status in {ParseStatus.PARSED, ParseStatus.PARTIAL}:
                self._path_by_content[entry.sha256, entry.language] = entry.path

    def syntax_of(
        self, sha256: str, language: Language
    ) -> tuple[tuple[DefinitionRange, ...], ParseStatus] | None:
        """Return the definitions of a content, or None when it has to be parsed."""
        path = self._path_by_content.get((sha256, language))
        if path is None or self._previous is None:
            return None
        definitions = tuple(
            DefinitionRange(
                one.kind,
                one.name,
                one.qualified_name,
                one.start_byte,
                one.end_byte,
                one.name_start_byte,
                one.name_end_byte,
                one.parent,
            )
            for one in self._previous.definitions(path)
        )
        return definitions, self._previous.file(path).parse_status


@contextmanager
def _opened_root(root: Path) -> Iterator[int]:
    # The root itself may be a link: it is what the user named.
    try:
        fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise WorkspaceUnreadableError(root, error.strerror or str(error)) from error
    try:
        yield fd
    finally:
        os.close(fd)


def _previous_index(root: Path) -> Index | None:
    """Return the current generation, or None when there is none that can be used."""
    try:
        return open_index(root)
    except (IndexMissingError, VolumeError):
        return None
