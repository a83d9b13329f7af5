"""The index of a workspace that is being worked on: saved, unsaved and just changed.

    snapshot = the current generation
             + files that changed since it was published
             + buffers of editors, which hide the files

A snapshot is immutable. Making the next one costs milliseconds; publishing happens
later, all at once, and then the changed files are part of the generation.

Invariant: what is laid over a generation is never older than what is in it. Reads
take turns, and a generation that was begun after a turn has what that turn read.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from nanobot_indexer.errors import IndexClosedError, IngestCancelledError
from nanobot_indexer.index import Index
from nanobot_indexer.ingestion.compaction import record_of
from nanobot_indexer.ingestion.ingest import IngestProgress, IngestReport, ingest, opened_root
from nanobot_indexer.ingestion.syntax_pass import SyntaxReader, awaits_syntax
from nanobot_indexer.live_generation import LiveGeneration
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.unsaved_text import unsaved_record
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.volume.folder import index_folder
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.manifest import Manifest
from nanobot_indexer.volume.segment import MemorySource, Segment
from nanobot_indexer.volume.tables import build_tables
from nanobot_indexer.workspace.source import Source, SourceReader

OVERLAY_FILES_MAX: Final = 64
"""More changed files than this are better read by an ingest."""
OVERLAY_BYTES_MAX: Final = 4 * 1024 * 1024
"""Text of all changed files together."""
BUFFERS_MAX: Final = 64
BUFFERS_BYTES_MAX: Final = 16 * 1024 * 1024
"""Text of all buffers together."""

# Every segment costs each search some ten microseconds.
_SEGMENTS_MAX: Final = 8
# Who uses parse workers notices a close within this time, unless a whole segment is parsed.
_CLOSE_WAIT_S: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """What stands in for one path."""

    turn: int
    segment: Segment | None
    """None: there is no such file any more."""
    file: int
    """Its index in the segment."""
    size_bytes: int


class LiveIndex:
    """Safe to share between threads. Close it.

    Args:
        root: The workspace.
        options: Limits.
    """

    def __init__(self, root: Path, options: IndexOptions) -> None:
        self._root = root
        self._options = options
        self._parsers = _Parsers(options)
        self._generation = LiveGeneration(root)
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._reading = threading.Lock()
        """Held from the turn to the end of the read, so turns are in the order of reads."""
        self._turn = 0
        self._turn_published = 0
        """What was read in this turn or before is in the generation, or newer."""
        self._behind_turn: int | None = None
        self._changed: dict[str, _Laid] = {}
        self._buffers: dict[str, _Laid] = {}
        self._snapshot: Index | None = None
        self._is_closed = False

    @property
    def manifest(self) -> Manifest | None:
        """What the generation is made of that was opened last; None before."""
        return self._generation.manifest

    @property
    def is_behind(self) -> bool:
        """Too much changed to be laid over: only `refresh` brings it in."""
        return self._behind_turn is not None

    @property
    def changed_count(self) -> int:
        """How many changed files are laid over the generation."""
        return len(self._changed)

    @property
    def buffer_count(self) -> int:
        """How many buffers are laid over the files."""
        return len(self._buffers)

    def refresh(
        self,
        *,
        progress: Callable[[IngestProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        lock_timeout_s: float = 10.0,
    ) -> IngestReport:
        """Ingest what changed and lay nothing over it but buffers.

        One after the other; searches and updates go on meanwhile.

        Raises:
            IndexerError: As `ingest`. The snapshot stays what it was.
        """

        def is_cancelled() -> bool:
            return self._is_closed or (cancelled is not None and cancelled())

        with self._refreshing, self._parsers.used() as pool:
            with self._lock:
                turn = self._turn
            try:
                report = ingest(
                    self._root,
                    options=self._options,
                    progress=progress,
                    cancelled=is_cancelled,
                    lock_timeout_s=lock_timeout_s,
                    pool=pool,
                )
            except (FutureCancelledError, RuntimeError) as error:
                # A closed pool gives nothing back and takes nothing more.
                if self._is_closed:
                    raise IngestCancelledError(self._root) from error
                raise
            self._generation.follow()
            with self._lock:
                self._turn_published = turn
                # What changed while the ingest ran may not be in it.
                self._changed = _rebuilt(
                    {path: one for path, one in self._changed.items() if one.turn > turn}
                )
                if self._behind_turn is not None and self._behind_turn <= turn:
                    self._behind_turn = None
                self._snapshot = None
        return report

    def follow(self) -> bool:
        """Take over a generation that was published since, by whomever; tell whether one was.

        Raises:
            IndexMissingError: There is none.
            VolumeError: It is damaged.
        """
        is_new = self._generation.follow()
        if is_new:
            with self._lock:
                self._snapshot = None
        return is_new

    def forget(self) -> None:
        """Use nothing of the generation that is open: it is damaged and was removed."""
        self._generation.forget()
        with self._lock:
            self._snapshot = None

    def update(self, paths: Iterable[str], *, with_syntax: bool) -> frozenset[str]:
        """Take over files that changed, appeared or went.

        Args:
            paths: Workspace-relative; the caller has left out what is ignored. What is
                more than the limits is left to `refresh`: see `is_behind`.
            with_syntax: Wait for the parser. Without, only the text is known, and files
                without definitions.

        Returns:
            The paths whose definitions are not known yet: update them with syntax.

        Raises:
            WorkspaceUnreadableError: The workspace is gone.
            IngestCancelledError: The live index was closed meanwhile.
        """
        wanted = sorted(set(paths), key=str.encode)
        with self._reading:
            with self._lock:
                self._turn += 1
                turn = self._turn
                if len(self._changed.keys() | set(wanted)) > OVERLAY_FILES_MAX:
                    self._behind_turn = turn
                    return frozenset()
            texts = self._read(wanted)
        records = [record for record, _ in texts.values()]
        text = b"".join(text for _, text in texts.values())
        awaiting = frozenset(one.path for one in records if awaits_syntax(one.language, 1))
        segment = self._built(records, text, with_syntax=with_syntax or not awaiting)
        place = {record.path: number for number, record in enumerate(records)}
        laid = {
            path: _Laid(turn, segment, place[path], records[place[path]].size_bytes)
            if path in place
            else _Laid(turn, None, 0, 0)
            for path in wanted
        }
        with self._lock:
            self._lay(laid, turn)
        self._merge()
        return frozenset() if with_syntax else awaiting

    def set_buffer(self, path: str, text: bytes | None) -> bool:
        """Lay the text of an editor over a file; None takes it away.

        Its definitions come with `parse_buffers`. Calls for one path come one after the
        other: the last one counts.

        Args:
            path: Workspace-relative.
            text: Of the buffer.

        Returns:
            Whether it is laid over. It is not when a file with this path and text would
            not be indexed, or when there are too many buffers.

        Raises:
            WorkspaceUnreadableError: The workspace is gone.
        """
        laid = None
        if text is not None:
            with opened_root(self._root) as root_fd:
                record = unsaved_record(root_fd, path, text, self._options)
            if record is not None:
                segment = self._built([record], text, with_syntax=False)
                laid = _Laid(0, segment, 0, len(text))
        with self._lock:
            others = [one for other, one in self._buffers.items() if other != path]
            size_bytes = sum(one.size_bytes for one in others) + (laid.size_bytes if laid else 0)
            if laid is None or len(others) >= BUFFERS_MAX or size_bytes > BUFFERS_BYTES_MAX:
                self._buffers.pop(path, None)
            else:
                self._buffers[path] = laid
            self._snapshot = None
            return path in self._buffers

    def parse_buffers(self) -> None:
        """Find the definitions of the buffers that have none yet, and wait for them.

        Raises:
            IngestCancelledError: The live index was closed meanwhile.
        """
        with self._lock:
            waiting = [
                (path, one)
                for path, one in self._buffers.items()
                if one.segment is not None and not one.segment.has_syntax
            ]
        for path, one in waiting:
            assert one.segment is not None
            record, text = record_of(one.segment, one.file), one.segment.text(one.file)
            parsed = replace(one, segment=self._built([record], text, with_syntax=True))
            with self._lock:
                # Another text may have come, or the buffer may be gone.
                if self._buffers.get(path) is one:
                    self._buffers[path] = parsed
                    self._snapshot = None

    def snapshot(self) -> Index:
        """Return the index as of now. It does not change, and the caller does not close it.

        Raises:
            IndexMissingError: Nothing was ingested yet.
            VolumeError: The index is damaged: `forget` it and `refresh`.
            IndexClosedError: `close` was called.
        """
        with self._lock:
            if self._is_closed:
                raise IndexClosedError(index_folder(self._root))
            if self._snapshot is None:
                base = self._generation.index()
                laid = {**self._changed, **self._buffers}
                hidden = [path for path, one in laid.items() if one.segment is None]
                overlays = _segments_of(laid)
                self._snapshot = base.overlaid(overlays, hidden) if laid else base
            return self._snapshot

    def rest(self, *, idle_s: float) -> bool:
        """End the parse workers if nobody needed them for a while; tell whether there are none."""
        return self._parsers.rest(idle_s=idle_s)

    def close(self) -> None:
        """Forget everything. Ends what runs in other threads; snapshots stay valid."""
        self._is_closed = True
        self._parsers.close()
        self._generation.forget()
        with self._lock:
            self._snapshot = None
            self._changed = {}
            self._buffers = {}

    def _read(self, paths: Sequence[str]) -> Mapping[str, tuple[FileRecord, bytes]]:
        """Return the record and the text of each file that is there, in the order given."""
        found = {}
        with opened_root(self._root) as root_fd, SourceReader(root_fd, self._options) as reader:
            for path in paths:
                source = reader.read_path(path)
                if isinstance(source, Source):
                    record = file_record(path, source.text, source.sha256, source.encoding)
                    found[path] = (record, source.text)
        return found

    def _lay(self, laid: Mapping[str, _Laid], turn: int) -> None:
        """Let files stand in for those of the generation, unless newer ones do. Locked."""
        if turn <= self._turn_published:
            return
        newer = {
            path: one
            for path, one in laid.items()
            if path not in self._changed or self._changed[path].turn <= turn
        }
        changed = {**self._changed, **newer}
        size_bytes = sum(one.size_bytes for one in changed.values())
        if len(changed) > OVERLAY_FILES_MAX or size_bytes > OVERLAY_BYTES_MAX:
            self._behind_turn = turn
            return
        self._changed = changed
        self._snapshot = None

    def _merge(self) -> None:
        """Make one segment of the many that single files left behind."""
        with self._lock:
            before = {
                path: one
                for path, one in self._changed.items()
                if one.segment is not None and one.segment.has_syntax
            }
        if len({id(one.segment) for one in before.values()}) <= _SEGMENTS_MAX:
            return
        after = _merged(before)
        with self._lock:
            for path, one in after.items():
                if self._changed.get(path) is before[path]:
                    self._changed[path] = one
            self._snapshot = None

    def _built(
        self, records: list[FileRecord], text: bytes, *, with_syntax: bool
    ) -> Segment | None:
        if not records:
            return None
        revision = Revision.LEXICAL
        if with_syntax:
            with self._parsers.used() as pool:
                SyntaxReader(pool, (), self._check_open).enrich(records, text)
            revision = Revision.SYNTAX
        return _memory_segment(records, text, revision)

    def _check_open(self) -> None:
        if self._is_closed:
            raise IngestCancelledError(self._root)


def _segments_of(laid: Mapping[str, _Laid]) -> list[Segment]:
    """Return the segments in use, with those of their files alive that stand in for a path."""
    files_by_segment: dict[int, tuple[Segment, list[int]]] = {}
    for one in laid.values():
        if one.segment is not None:
            files_by_segment.setdefault(id(one.segment), (one.segment, []))[1].append(one.file)
    found = []
    for segment, files in files_by_segment.values():
        if len(files) == segment.file_count:
            found.append(segment)
        else:
            dead = np.ones(segment.file_count, dtype=np.bool_)
            dead[files] = False
            found.append(segment.with_dead(dead))
    return found


def _merged(laid: Mapping[str, _Laid]) -> dict[str, _Laid]:
    """Return the same files, which are there and have their syntax, in one segment."""
    order = sorted(laid, key=str.encode)
    records, texts = [], []
    for one in (laid[path] for path in order):
        assert one.segment is not None
        records.append(record_of(one.segment, one.file))
        texts.append(one.segment.text(one.file))
    text = b"".join(texts)
    segment = _memory_segment(records, text, Revision.SYNTAX)
    return {path: replace(laid[path], segment=segment, file=n) for n, path in enumerate(order)}


def _rebuilt(laid: Mapping[str, _Laid]) -> dict[str, _Laid]:
    """Return the same files in segments that hold no others.

    What else a segment holds would hide the files of the generation: those are newer.
    """
    found = dict(laid)
    paths_by_segment: dict[int, list[str]] = {}
    for path, one in laid.items():
        if one.segment is not None:
            paths_by_segment.setdefault(id(one.segment), []).append(path)
    for paths in paths_by_segment.values():
        segment = laid[paths[0]].segment
        if segment is not None and segment.has_syntax and len(paths) < segment.file_count:
            found.update(_merged({path: laid[path] for path in paths}))
    return found


def _memory_segment(records: list[FileRecord], text: bytes, revision: Revision) -> Segment:
    return Segment(
        MemorySource(text, build_tables(records, text, revision)),
        revision=revision,
        text_bytes=len(text),
        dead=None,
    )


class _Parsers:
    """Parse workers that are there while they are needed. Safe to share between threads."""

    def __init__(self, options: IndexOptions) -> None:
        self._options = options
        self._changed = threading.Condition()
        self._pool: ParsePool | None = None
        self._user_count = 0
        self._used_at = 0.0
        self._is_closed = False

    @contextmanager
    def used(self) -> Iterator[ParsePool]:
        """Keep the workers as long as the block."""
        with self._changed:
            if self._pool is None:
                # Starts nothing yet: a worker comes with the first text.
                self._pool = ParsePool(self._options)
            pool = self._pool
            self._user_count += 1
        try:
            yield pool
        finally:
            with self._changed:
                self._user_count -= 1
                self._used_at = time.monotonic()
                self._changed.notify_all()

    def rest(self, *, idle_s: float) -> bool:
        """End the workers if they were not used for so long."""
        with self._changed:
            is_idle = time.monotonic() - self._used_at >= idle_s
            if self._pool is None or self._user_count or not is_idle:
                return self._pool is None
            pool, self._pool = self._pool, None
        pool.close()
        return True

    def close(self) -> None:
        """End the workers. Their users have been told, and get an error if they go on."""
        with self._changed:
            self._changed.wait_for(lambda: not self._user_count, _CLOSE_WAIT_S)
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
