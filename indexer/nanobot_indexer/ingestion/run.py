"""One ingest, from the walk to the last publish.

    walk → what changed → read → publish (searchable) → parse → publish (definitions)
    → fewer segments → publish

A handful of files is parsed before it is published, so that a saved file appears
once and whole.
"""

import os
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import (
    IndexMissingError,
    IndexUnreadableError,
    IngestCancelledError,
    VolumeError,
    WorkspaceUnreadableError,
)
from nanobot_indexer.index import Index
from nanobot_indexer.ingestion.batch import SegmentBatch
from nanobot_indexer.ingestion.compaction import compact, segments_to_compact
from nanobot_indexer.ingestion.progress import IngestStage, ProgressTeller
from nanobot_indexer.ingestion.retry import Retry
from nanobot_indexer.ingestion.syntax_pass import SyntaxReader, add_syntax
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.shortage import is_shortage
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.syntax.version import SYNTAX_VERSION
from nanobot_indexer.volume.file_record import file_record
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.generation import remove_files_except
from nanobot_indexer.volume.manifest import (
    Manifest,
    files_of,
    options_of_manifest,
    read_manifest,
)
from nanobot_indexer.workspace.file_table import FileChanges, FoundFile
from nanobot_indexer.workspace.memo import ScanMemo, decode_memo
from nanobot_indexer.workspace.scan import Scan, scan_workspace
from nanobot_indexer.workspace.skip import Skipped, shown_path
from nanobot_indexer.workspace.source import Source, SourceReader

# So little is parsed in the time that a second publish would take.
_FEW_FILES: Final = 32
_FEW_BYTES: Final = 256 * 1024
_PUBLISH_INTERVAL_S: Final = 2.0

_ALL_BITS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one ingest left behind."""

    manifest: Manifest
    skipped: tuple[Skipped, ...]
    is_unchanged: bool


class IngestRun:
    """One ingest of one workspace, holding the index lock.

    Args:
        root: The workspace.
        root_fd: The open root.
        folder: Of the index.
        options: Limits.
        pool: Of parse workers; it starts none before the first file.
        teller: Hears how far it is.
        cancelled: Asked several times a second.
    """

    def __init__(
        self,
        root: Path,
        root_fd: int,
        folder: Path,
        *,
        options: IndexOptions,
        pool: ParsePool,
        teller: ProgressTeller,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._root = root
        self._root_fd = root_fd
        self._folder = folder
        self._options = options
        self._pool = pool
        self._teller = teller
        self._cancelled = cancelled
        self._skipped: dict[str, Skipped] = {}
        self._memo = b""
        self._is_content_changed = False
        self._published: Manifest | None = None
        self._published_at = 0.0

    def execute(self, previous: Index | None) -> Outcome:
        """Bring the index up to date.

        Args:
            previous: The current generation; None to begin from nothing.

        Raises:
            IngestCancelledError: What was published so far stays.
            IndexWriteError: The disk refused; what was published so far stays.
            VolumeError: `previous` is damaged: try again without.
            WorkspaceUnreadableError: The root can not be listed.
        """
        kept = previous if previous is not None and self._is_current(previous) else None
        self._published = None if previous is None else previous.manifest
        working_set = WorkingSet(self._folder, kept)
        try:
            self._remove_left_overs()
            memo = None if kept is None or not kept.memo else decode_memo(kept.memo)
            scan = self._scanned(memo)
            changes = _changes(scan, kept, memo)
            # By the path as it is shown: that is the one that is stored.
            self._skipped = {one.path: one for one in (() if kept is None else kept.skipped)}
            manifest = self._updated(working_set, scan, changes, previous, kept)
        except BaseException:
            # A full disk must get back what this run wrote in vain.
            self._remove_left_overs()
            raise
        finally:
            working_set.close()
        skipped = self._listed_skips(scan)
        is_unchanged = kept is not None and not self._is_content_changed and skipped == kept.skipped
        return Outcome(manifest, skipped, is_unchanged)

    def _remove_left_overs(self) -> None:
        """Remove what neither the published generation nor its readers need.

        A generation of which some file is damaged is of use until another one replaces it.
        When a publish failed, it may have done so before or after the new manifest had its
        name, and a power cut may bring back the old one: what either names is kept.
        """
        kept = frozenset() if self._published is None else files_of(self._published)
        try:
            kept |= files_of(read_manifest(self._folder))
        except (IndexMissingError, VolumeError):
            pass
        except IndexUnreadableError:
            return
        remove_files_except(self._folder, kept)

    def _is_current(self, previous: Index) -> bool:
        manifest = previous.manifest
        return manifest.syntax_version == SYNTAX_VERSION and manifest.options == (
            options_of_manifest(self._options)
        )

    def _scanned(self, memo: ScanMemo | None) -> Scan:
        try:
            return scan_workspace(
                self._root_fd, memo, files_max=self._options.files_max, check=self._check
            )
        except OSError as error:
            raise unreadable_root(self._root, error) from error

    def _updated(
        self,
        working_set: WorkingSet,
        scan: Scan,
        changes: FileChanges,
        previous: Index | None,
        kept: Index | None,
    ) -> Manifest:
        is_known = previous is not None and previous.manifest.syntax_version == SYNTAX_VERSION
        known = previous.segments if previous is not None and is_known else ()
        syntax = SyntaxReader(self._pool, [one for one in known if one.has_syntax], self._check)
        changed = {one.path: one for one in (*changes.added, *changes.changed)}
        retry = Retry(
            self._skipped.values(), scan.files, changed, working_set=working_set, syntax=syntax
        )
        found = sorted((*changed.values(), *retry.files), key=lambda one: one.path.encode())
        bytes_total = sum(one.size_bytes for one in found)
        is_few = len(found) <= _FEW_FILES and bytes_total <= _FEW_BYTES and not retry.has_slow
        places = (working_set.find(path) for path in changes.removed)
        working_set.kill(place for place in places if place is not None)
        self._teller.begin(IngestStage.TEXT, files_total=len(found), bytes_total=bytes_total)
        batch = SegmentBatch(working_set, syntax.enrich if is_few else None)
        doubted = self._read(found, working_set, batch, retry)
        batch.flush()
        self._memo = _memo_bytes(scan, kept, doubted)
        self._teller.end()
        self._check()
        self._take_failures(syntax)
        self._forget_skips(scan)
        self._publish_if_due(working_set, scan, is_forced=True)
        self._parse(working_set, scan, syntax)
        numbers = segments_to_compact(working_set)
        if numbers:
            compact(working_set, numbers)
            self._publish_if_due(working_set, scan, is_forced=True)
        assert self._published is not None
        return self._published

    def _read(
        self,
        found: Iterable[FoundFile],
        working_set: WorkingSet,
        batch: SegmentBatch,
        retry: Retry,
    ) -> set[str]:
        """Read files and take over what changed; return those that the walk saw differently."""
        dying = []
        doubted = set()
        with SourceReader(self._root_fd, self._options) as reader:
            for one in found:
                self._check()
                if retry.is_given_up(one.path):
                    continue
                source = reader.read(one)
                place = working_set.find(one.path)
                if not self._is_as_found(one, source):
                    doubted.add(one.path)
                before = self._skipped.pop(shown_path(one.path), None)
                if isinstance(source, Skipped):
                    self._skipped[source.path] = source
                    dying += [] if place is None else [place]
                elif place is not None and self._is_kept(working_set, place, source, retry):
                    # The text is what it was, and so is what can not be said about it.
                    if before is not None:
                        self._skipped[before.path] = before
                else:
                    dying += [] if place is None else [place]
                    batch.add(
                        file_record(source.path, source.text, source.sha256, source.encoding),
                        source.text,
                    )
                self._teller.add(1, one.size_bytes, one.path)
        working_set.kill(dying)
        return doubted

    def _is_as_found(self, found: FoundFile, source: Source | Skipped) -> bool:
        """Tell whether what was read is the file that the walk saw.

        A folder may have been another one for a moment. Its files have their own stamps,
        so nothing would tell the next walk that something else was read.
        """
        if isinstance(source, Source):
            size_bytes, mtime_ns, _, inode = source.identity
        else:
            try:
                status = os.stat(found.path, dir_fd=self._root_fd, follow_symlinks=False)
            except OSError:
                return False
            size_bytes, mtime_ns, inode = status.st_size, status.st_mtime_ns, status.st_ino
        stored = (found.size_bytes, found.mtime_ns, found.inode & _ALL_BITS)
        return (size_bytes, mtime_ns, inode & _ALL_BITS) == stored

    def _is_kept(
        self, working_set: WorkingSet, place: tuple[int, int], source: Source, retry: Retry
    ) -> bool:
        """Tell whether the stored tables of a file are as good as new ones."""
        number, file = place
        rows = working_set.segment(number).array(Section.FILES)
        is_same: bool = rows["sha256"][file].tobytes() == source.sha256
        return is_same and not retry.is_due(source)

    def _parse(self, working_set: WorkingSet, scan: Scan, syntax: SyntaxReader) -> None:
        waiting = [one for one in working_set.records if one.revision < Revision.SYNTAX]
        if not waiting:
            return
        self._teller.begin(
            IngestStage.SYNTAX,
            files_total=sum(one.file_count for one in waiting),
            bytes_total=sum(one.text_bytes for one in waiting),
        )

        def done(files: int, size_bytes: int) -> None:
            self._teller.add(files, size_bytes)
            self._take_failures(syntax)
            self._publish_if_due(working_set, scan, is_forced=False)

        add_syntax(working_set, syntax, done)
        self._teller.end()
        self._publish_if_due(working_set, scan, is_forced=True)

    def _take_failures(self, syntax: SyntaxReader) -> None:
        self._skipped.update({one.path: one for one in syntax.failed})
        syntax.failed.clear()

    def _forget_skips(self, scan: Scan) -> None:
        if self._skipped:
            listed = {shown_path(path) for path in scan.files.paths}
            self._skipped = {path: one for path, one in self._skipped.items() if path in listed}

    def _publish_if_due(self, working_set: WorkingSet, scan: Scan, *, is_forced: bool) -> None:
        """Publish what changed, and what the walk saw; not too often unless forced."""
        published = self._published
        self._is_content_changed |= working_set.is_changed
        is_old = time.monotonic() - self._published_at >= _PUBLISH_INTERVAL_S
        if published is not None and not working_set.is_changed:
            if not is_forced or self._is_memo_of(published):
                return
        elif not (is_forced or is_old):
            return
        self._published = working_set.publish(
            self._listed_skips(scan),
            memo=self._memo,
            syntax_version=SYNTAX_VERSION,
            options=options_of_manifest(self._options),
        )
        self._published_at = time.monotonic()

    def _is_memo_of(self, manifest: Manifest) -> bool:
        stored = (manifest.memo_size_bytes, manifest.memo_crc32)
        return stored == (len(self._memo), zlib.crc32(self._memo))

    def _listed_skips(self, scan: Scan) -> tuple[Skipped, ...]:
        every = [*scan.skipped, *self._skipped.values()]
        return tuple(sorted(every, key=lambda one: (one.path, one.reason)))

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise IngestCancelledError(self._root)


def unreadable_root(root: Path, error: OSError) -> WorkspaceUnreadableError | IndexUnreadableError:
    """Return what to tell when the root of a workspace can not be opened or listed."""
    reason = error.strerror or str(error)
    if is_shortage(error):
        return IndexUnreadableError(root, reason)
    return WorkspaceUnreadableError(root, reason)


def _memo_bytes(scan: Scan, kept: Index | None, doubted: set[str]) -> bytes:
    """Return what the walk saw, as it is stored; doubted files count as changed next time."""
    memo = scan.memo
    if memo is None:
        return b""
    if kept is not None and not scan.is_memo_new and not doubted:
        return kept.memo
    if doubted:
        for index, path in enumerate(memo.file_paths):
            if path in doubted:
                memo.are_racy[index] = True
    return memo.encode()


def _changes(scan: Scan, kept: Index | None, memo: ScanMemo | None) -> FileChanges:
    if memo is not None:
        return scan.changes_since(memo.files)
    # Every file is read and compared with what is stored.
    listed = set(scan.files.paths)
    removed = () if kept is None else (one.path for one in kept.files if one.path not in listed)
    return FileChanges((), tuple(scan.files), tuple(removed))
