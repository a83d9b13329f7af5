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
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IndexClosedError, IngestCancelledError
from nanobot_indexer.index import Index
from nanobot_indexer.ingestion.ingest import IngestProgress, IngestReport, ingest, opened_root
from nanobot_indexer.ingestion.syntax_pass import awaits_syntax
from nanobot_indexer.live_buffers import LiveBuffers
from nanobot_indexer.live_generation import LiveGeneration
from nanobot_indexer.live_parsers import LiveParsers
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.overlay import LaidFile, OverlayBuilder, merged, segments_of
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.volume.folder import index_folder
from nanobot_indexer.volume.manifest import Manifest
from nanobot_indexer.workspace.file_table import FoundFile
from nanobot_indexer.workspace.source import Source, SourceReader

OVERLAY_FILES_MAX: Final = 64
"""More changed files than this are better read by an ingest."""
OVERLAY_BYTES_MAX: Final = 4 * 1024 * 1024
"""Text of all changed files together."""
# Every segment costs each search some ten microseconds.
_SEGMENTS_MAX: Final = 8


class LiveIndex:
    """Safe to share between threads. Close it.

    Args:
        root: The workspace.
        options: Limits.
    """

    def __init__(self, root: Path, options: IndexOptions) -> None:
        self._root = root
        self._options = options
        self._parsers = LiveParsers(root, options)
        self._builder = OverlayBuilder(root, self._parsers)
        self._buffers = LiveBuffers(root, options, self._builder)
        self._generation = LiveGeneration(root)
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._reading = threading.Lock()
        """Held from the turn to the end of the read, so turns are in the order of reads."""
        self._turn = 0
        self._turn_published = 0
        """What was read in this turn or before is in the generation, or newer."""
        self._behind_turn: int | None = None
        self._changed: dict[str, LaidFile] = {}
        self._snapshot: Index | None = None
        self._is_closed = False

    @property
    def manifest(self) -> Manifest | None:
        """What the generation is made of that was opened last; None before."""
        return self._generation.manifest

    @property
    def is_outdated(self) -> bool:
        """Another generation was published than the one that is open: `follow` it."""
        return self._generation.is_outdated

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
        return self._buffers.count

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
            VolumeError: What was published is damaged. The snapshot stays what it was.
        """

        def is_cancelled() -> bool:
            return self._is_closed or (cancelled is not None and cancelled())

        with self._refreshing:
            with self._lock:
                turn = self._turn
            with self._parsers.used() as pool:
                report = ingest(
                    self._root,
                    options=self._options,
                    progress=progress,
                    cancelled=is_cancelled,
                    lock_timeout_s=lock_timeout_s,
                    pool=pool,
                )
            # Before anything is dropped that stood in for what is in it.
            self._generation.advance()
            with self._lock:
                self._turn_published = turn
                # What changed while the ingest ran may not be in it.
                self._changed = {
                    path: one for path, one in self._changed.items() if one.turn > turn
                }
                if self._behind_turn is not None and self._behind_turn <= turn:
                    self._behind_turn = None
                self._snapshot = None
            if self._buffers.drop_left_out():
                with self._lock:
                    self._snapshot = None
        return report

    def follow(self) -> bool:
        """Take over a generation that was published since, by whomever; tell whether one was.

        Raises:
            IndexMissingError: None is open, and there is none.
            IndexUnreadableError: None is open, and there are no descriptors left.
            VolumeError: None is open, and the one that is there is damaged.
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
        self._check_open()
        wanted = sorted(set(paths), key=str.encode)
        with self._reading:
            with self._lock:
                self._turn += 1
                turn = self._turn
                if len(self._changed.keys() | set(wanted)) > OVERLAY_FILES_MAX:
                    self._behind_turn = turn
                    return frozenset()
                others = [one for path, one in self._changed.items() if path not in wanted]
                bytes_max = OVERLAY_BYTES_MAX - sum(one.size_bytes for one in others)
            texts = self._read(wanted, bytes_max)
            if texts is None:
                with self._lock:
                    self._behind_turn = turn
                return frozenset()
        records = [record for record, _ in texts.values()]
        text = b"".join(text for _, text in texts.values())
        awaiting = frozenset(one.path for one in records if awaits_syntax(one.language, 1))
        segment = self._builder.built(records, text, with_syntax=with_syntax or not awaiting)
        place = {record.path: number for number, record in enumerate(records)}
        laid = {
            path: LaidFile(turn, segment, place[path], records[place[path]].size_bytes)
            if path in place
            else LaidFile(turn, None, 0, 0)
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
            IngestCancelledError: The live index was closed.
        """
        self._check_open()
        is_laid = self._buffers.set(path, text)
        with self._lock:
            self._snapshot = None
        return is_laid

    def parse_buffers(self) -> None:
        """Find the definitions of the buffers that have none yet, and wait for them.

        Raises:
            IngestCancelledError: The live index was closed meanwhile.
        """
        if self._buffers.parse():
            with self._lock:
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
                laid = {**self._changed, **self._buffers.laid()}
                hidden = [path for path, one in laid.items() if one.segment is None]
                overlays = segments_of(laid)
                self._snapshot = base.overlaid(overlays, hidden) if laid else base
            return self._snapshot

    def rest(self, *, idle_s: float) -> bool:
        """End the parse workers if nobody needed them for a while; tell whether there are none."""
        return self._parsers.rest(idle_s=idle_s)

    def close(self) -> None:
        """Forget everything. Ends what runs in other threads; snapshots stay valid."""
        self._is_closed = True
        self._builder.close()
        self._parsers.close()
        self._generation.forget()
        with self._lock:
            self._snapshot = None
            self._changed = {}
        self._buffers.forget()

    def _read(
        self, paths: Sequence[str], bytes_max: int
    ) -> Mapping[str, tuple[FileRecord, bytes]] | None:
        """Return the record and the text of each file that is there, in the order given.

        None when they have more bytes than that: then no more than one file was read in vain.
        """
        found = {}
        with opened_root(self._root) as root_fd, SourceReader(root_fd, self._options) as reader:
            for path in paths:
                file = reader.find(path)
                if not isinstance(file, FoundFile):
                    continue
                if bytes_max < file.size_bytes <= self._options.file_size_bytes_max:
                    return None
                source = reader.read(file)
                if isinstance(source, Source):
                    bytes_max -= len(source.text)
                    record = file_record(path, source.text, source.sha256, source.encoding)
                    found[path] = (record, source.text)
        return found

    def _lay(self, laid: Mapping[str, LaidFile], turn: int) -> None:
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
        after = merged(before)
        with self._lock:
            for path, one in after.items():
                if self._changed.get(path) is before[path]:
                    self._changed[path] = one
            self._snapshot = None

    def _check_open(self) -> None:
        if self._is_closed:
            raise IngestCancelledError(self._root)
