"""Parse workers say what is in the files, and segments get better tables.

While one segment is parsed the tables of the one before are built, so workers and
this thread are both busy, and no more than two texts are in memory. What was parsed
before, under any path, is not parsed again: equal bytes parse equally.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.ingestion.compaction import record_of
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS, Language
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorkerError
from nanobot_indexer.volume.file_record import (
    FileRecord,
    FileSyntax,
    no_syntax,
    stored_syntax,
)
from nanobot_indexer.volume.format import PARSE_STATUSES, Revision, Section
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.volume.tables import build_tables
from nanobot_indexer.workspace.skip import Skipped, shown_path

_CHECK_S: Final = 0.1
_REUSABLE: Final = (ParseStatus.PARSED, ParseStatus.PARTIAL)


def awaits_syntax(language: Language, text_size_bytes: int) -> bool:
    """Tell whether a parse worker has something to say about a file."""
    return language not in LANGUAGES_WITHOUT_DEFINITIONS and text_size_bytes > 0


@dataclass(slots=True)
class _Job:
    """One file and what will be known about it."""

    file: FileRecord
    start: int
    outcome: FileSyntax | Future[Parsed | ParseWorkerError]


class _Lines:
    """Where the lines of files start, looked for in all of them at once when one is asked for."""

    def __init__(self, jobs: Sequence[_Job], text: bytes) -> None:
        self._text = text
        self._begins = [job.start for job in jobs]
        self._ends = [job.start + job.file.size_bytes for job in jobs]
        self._starts: NDArray[np.int64] | None = None
        self._ranges: list[tuple[int, int]] = []

    def of(self, job: int) -> NDArray[np.int64]:
        """Return `line_starts_of` the file of a job."""
        if self._starts is None:
            bounds = np.array([*self._begins, len(self._text)], np.int64)
            self._starts = line_starts_of(self._text, bounds)
            firsts = np.searchsorted(self._starts, self._begins).tolist()
            ends = np.searchsorted(self._starts, self._ends).tolist()
            self._ranges = list(zip(firsts, ends, strict=True))
        first, end = self._ranges[job]
        return self._starts[first:end] - self._begins[job]


class SyntaxReader:
    """Finds the syntax of files: known, or asked from the workers.

    Args:
        pool: Of parse workers.
        known: Segments with syntax, of which equal files are copied.
        check: Called several times a second; what it raises ends the work.
    """

    def __init__(
        self, pool: ParsePool, known: Iterable[Segment], check: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._known = list(known)
        self._place_by_content: dict[tuple[bytes, Language], tuple[Segment, int]] | None = None
        self._check = check
        self.failed: list[Skipped] = []
        """Files that a worker gave up on."""

    def begin(
        self, files: Sequence[FileRecord], text: bytes, dead: Collection[int] = ()
    ) -> list[_Job]:
        """Ask for the syntax of files.

        Args:
            files: All of a segment.
            text: Of all of them, one after the other.
            dead: Files that nobody will look for. They stay as they are.
        """
        jobs = []
        start = 0
        for number, file in enumerate(files):
            if number in dead:
                start += file.size_bytes
                continue
            if awaits_syntax(file.language, file.size_bytes):
                jobs.append(_Job(file, start, self._asked(file, text, start)))
            else:
                is_text = file.language in LANGUAGES_WITHOUT_DEFINITIONS
                file.syntax = no_syntax(ParseStatus.TEXT if is_text else ParseStatus.PARSED)
            start += file.size_bytes
        return jobs

    def finish(self, jobs: Sequence[_Job], text: bytes) -> None:
        """Wait for the answers and put them into the files."""
        lines = _Lines(jobs, text)
        for number, job in enumerate(jobs):
            # Most answers are there at once: waiting is not the only time to be asked.
            self._check()
            outcome = job.outcome
            if isinstance(outcome, FileSyntax):
                job.file.syntax = outcome
                continue
            answer = self._awaited(outcome)
            if isinstance(answer, Parsed):
                status = ParseStatus.PARTIAL if answer.has_errors else ParseStatus.PARSED
                job.file.syntax = stored_syntax(answer.table, lines.of(number), status)
            else:
                job.file.syntax = no_syntax(ParseStatus.FAILED)
                path = shown_path(job.file.path)
                self.failed.append(Skipped(path, answer.reason, answer.detail))

    def enrich(self, files: list[FileRecord], text: bytes) -> None:
        """Fill in the syntax of files and wait for it."""
        self.finish(self.begin(files, text), text)

    def is_parsed(self, text: bytes, language: Language) -> bool:
        """Tell whether a worker gets through a text now."""
        return isinstance(self._awaited(self._pool.submit(text, language)), Parsed)

    def _asked(
        self, file: FileRecord, text: bytes, start: int
    ) -> FileSyntax | Future[Parsed | ParseWorkerError]:
        place = self._places().get((file.sha256, file.language))
        if place is not None:
            return place[0].syntax_of(place[1])
        return self._pool.submit(text[start : start + file.size_bytes], file.language)

    def _places(self) -> dict[tuple[bytes, Language], tuple[Segment, int]]:
        if self._place_by_content is None:
            self._place_by_content = {}
            for segment in self._known:
                rows = segment.array(Section.FILES)
                for file, status in enumerate(rows["parse_status"].tolist()):
                    # A failure may have been the machine's fault, so it is tried again.
                    if PARSE_STATUSES[status] in _REUSABLE:
                        content = rows["sha256"][file].tobytes()
                        key = (content, segment.language_of(file))
                        self._place_by_content[key] = (segment, file)
        return self._place_by_content

    def _awaited(self, future: Future[Parsed | ParseWorkerError]) -> Parsed | ParseWorkerError:
        if future.done():
            return future.result()
        while True:
            try:
                return future.result(timeout=_CHECK_S)
            except FutureTimeoutError:
                self._check()


def add_syntax(
    working_set: WorkingSet, reader: SyntaxReader, done: Callable[[int, int], None]
) -> None:
    """Give every segment without syntax its second revision.

    Args:
        working_set: Its lexical segments are replaced one after the other.
        reader: Finds the syntax.
        done: Called after each segment with its live files and bytes; may publish.

    Raises:
        IndexWriteError: The disk refused.
        VolumeCorruptError: A segment is damaged.
    """
    before: _Waiting | None = None
    for record in working_set.records:
        if record.revision >= Revision.SYNTAX:
            continue
        if before is not None:
            reader.finish(before.jobs, before.text)
            before.jobs.clear()
        segment = working_set.segment(record.number)
        text = segment.text_range(0, segment.text_bytes)
        files = [record_of(segment, file) for file in range(segment.file_count)]
        dead = frozenset(np.flatnonzero(~segment.live_files).tolist())
        now = _Waiting(record.number, files, text, reader.begin(files, text, dead))
        if before is not None:
            _replace(working_set, before, done)
        before = now
    if before is not None:
        reader.finish(before.jobs, before.text)
        _replace(working_set, before, done)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A segment whose files are being parsed."""

    number: int
    files: list[FileRecord]
    text: bytes
    jobs: list[_Job]


def _replace(working_set: WorkingSet, one: _Waiting, done: Callable[[int, int], None]) -> None:
    arrays = build_tables(one.files, one.text, Revision.SYNTAX)
    working_set.replace_tables(one.number, arrays, Revision.SYNTAX)
    done(len(one.files), len(one.text))
