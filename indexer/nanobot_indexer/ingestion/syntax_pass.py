"""Parse workers say what is in the files, and segments get better tables.

While one segment is parsed the tables of the one before are built, so workers and
this thread are both busy, and no more than two texts are in memory. What was parsed
before, under any path, is not parsed again: equal bytes parse equally.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS, Language
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorkerError
from nanobot_indexer.syntax.table import DefinitionTable, SyntaxBatch
from nanobot_indexer.volume.file_record import (
    FileRecord,
    FileSyntax,
    no_syntax,
    stored_syntax,
)
from nanobot_indexer.volume.format import LANGUAGES, PARSE_STATUSES, Revision, Section
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.volume.tables import build_tables
from nanobot_indexer.workspace.skip import Skipped, shown_path

# A worker is asked about so much at once: a twentieth of a second of its time.
_JOB_BYTES: Final = 512 * 1024
_JOB_FILES: Final = 64

_CHECK_S: Final = 0.1
_REUSABLE: Final = (ParseStatus.PARSED, ParseStatus.PARTIAL)

_Answer = TypeVar("_Answer")


def awaits_syntax(language: Language, text_size_bytes: int) -> bool:
    """Tell whether a parse worker has something to say about a file."""
    return language not in LANGUAGES_WITHOUT_DEFINITIONS and text_size_bytes > 0


@dataclass(frozen=True, slots=True)
class _Job:
    """Files of one language that workers are asked about in one go."""

    files: list[FileRecord]
    starts: list[int]
    """Where each begins in the text of the segment."""
    answer: Future[list[SyntaxBatch | ParseWorkerError]]


@dataclass(frozen=True, slots=True, eq=False)
class _PlacedTable(DefinitionTable):
    """The definitions of several files that are parts of one text."""

    begins: NDArray[np.int64]
    """Shape (D,): where the file of each definition begins in the text."""

    def lines(self, line_starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first and the last line of every definition in its own file.

        Args:
            line_starts: Shape (lines,), where the lines of the whole text start.
        """
        before = np.searchsorted(line_starts, self.begins)
        starts = self.begins + self.rows["start_byte"]
        lasts = np.maximum(self.begins + self.rows["end_byte"], starts + 1) - 1
        first = np.searchsorted(line_starts, starts, side="right")
        last = np.maximum(np.searchsorted(line_starts, lasts, side="right"), first)
        return first - before, last - before


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
        jobs: list[_Job] = []
        gathered: dict[Language, list[tuple[FileRecord, int]]] = {}
        size_by_language: dict[Language, int] = {}
        start = 0
        for number, file in enumerate(files):
            begin, start = start, start + file.size_bytes
            if number in dead:
                continue
            language = file.language
            if not awaits_syntax(language, file.size_bytes):
                is_text = language in LANGUAGES_WITHOUT_DEFINITIONS
                file.syntax = no_syntax(ParseStatus.TEXT if is_text else ParseStatus.PARSED)
                continue
            place = self._places().get((file.sha256, language))
            if place is not None:
                file.syntax = place[0].syntax_of(place[1])
                continue
            waiting = gathered.setdefault(language, [])
            size_bytes = size_by_language.get(language, 0) + file.size_bytes
            if waiting and (size_bytes > _JOB_BYTES or len(waiting) == _JOB_FILES):
                jobs.append(self._asked(language, waiting, text))
                gathered[language] = waiting = []
                size_bytes = file.size_bytes
            waiting.append((file, begin))
            size_by_language[language] = size_bytes
        jobs += [self._asked(language, waiting, text) for language, waiting in gathered.items()]
        return jobs

    def finish(self, jobs: Sequence[_Job], text: bytes) -> None:
        """Wait for the answers and put them into the files."""
        line_starts: NDArray[np.int64] | None = None
        for job in jobs:
            # Most answers are there at once: waiting is not the only time to be asked.
            self._check()
            first = 0
            for answer in self._awaited(job.answer):
                if isinstance(answer, ParseWorkerError):
                    end = first + 1
                    self._give_up(job.files[first], answer)
                else:
                    end = first + answer.text_count
                    if line_starts is None:
                        line_starts = _line_starts(jobs, text)
                    _put_in(answer, job.files[first:end], job.starts[first:end], line_starts)
                first = end

    def enrich(self, files: list[FileRecord], text: bytes) -> None:
        """Fill in the syntax of files and wait for it."""
        self.finish(self.begin(files, text), text)

    def is_parsed(self, text: bytes, language: Language) -> bool:
        """Tell whether a worker gets through a text now."""
        return isinstance(self._awaited(self._pool.submit(text, language)), Parsed)

    def _asked(
        self, language: Language, waiting: Sequence[tuple[FileRecord, int]], text: bytes
    ) -> _Job:
        files = [file for file, _ in waiting]
        starts = [start for _, start in waiting]
        texts = [text[start : start + file.size_bytes] for file, start in waiting]
        return _Job(files, starts, self._pool.submit_batch(texts, language))

    def _give_up(self, file: FileRecord, error: ParseWorkerError) -> None:
        file.syntax = no_syntax(ParseStatus.FAILED)
        self.failed.append(Skipped(shown_path(file.path), error.reason, error.detail))

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

    def _awaited(self, future: Future[_Answer]) -> _Answer:
        if future.done():
            return future.result()
        while True:
            try:
                return future.result(timeout=_CHECK_S)
            except FutureTimeoutError:
                self._check()


def _line_starts(jobs: Sequence[_Job], text: bytes) -> NDArray[np.int64]:
    """Return where the lines of the files of jobs start, in the text of all of them."""
    begins = sorted(start for job in jobs for start in job.starts)
    return line_starts_of(text, np.array([*begins, len(text)], np.int64))


def _put_in(
    batch: SyntaxBatch,
    files: Sequence[FileRecord],
    starts: Sequence[int],
    line_starts: NDArray[np.int64],
) -> None:
    """Put the answer of a worker into its files.

    Args:
        batch: The answer.
        files: One for each of its texts.
        starts: Where each begins in the text that they are parts of.
        line_starts: Where the lines of that text start.
    """
    begins = np.repeat(np.array(starts, np.int64), batch.counts[:, 0])
    table = _PlacedTable(batch.rows, batch.imports, batch.names, begins)
    # Of all files at once: a few array operations take as long for one small file.
    every = stored_syntax(table, line_starts, ParseStatus.PARSED)
    bounds = pairwise(batch.starts.tolist())
    for number, (file, (first, end)) in enumerate(zip(files, bounds, strict=True)):
        file.syntax = FileSyntax(
            every.definitions[first[0] : end[0]],
            every.imports[first[1] : end[1]],
            every.names[first[2] : end[2]],
            ParseStatus.PARTIAL if batch.has_errors(number) else ParseStatus.PARSED,
        )


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
        files = _unparsed_files(segment)
        dead = frozenset(np.flatnonzero(~segment.live_files).tolist())
        now = _Waiting(record.number, files, text, reader.begin(files, text, dead))
        if before is not None:
            _replace(working_set, before, done)
        before = now
    if before is not None:
        reader.finish(before.jobs, before.text)
        _replace(working_set, before, done)


def _unparsed_files(segment: Segment) -> list[FileRecord]:
    """Return the files of a segment without syntax as files to be stored again."""
    rows = segment.array(Section.FILES)
    syntax_by_status = [no_syntax(status) for status in PARSE_STATUSES]
    encodings: dict[tuple[int, int], str] = {}
    files = []
    # Whole columns: to look at a field of one row takes as long as to copy hundreds.
    columns = ("size_bytes", "encoding_offset", "encoding_size", "has_bom", "language")
    values = zip(*(rows[name].tolist() for name in columns), strict=True)
    statuses = rows["parse_status"].tolist()
    for file, (size_bytes, offset, size, has_bom, language) in enumerate(values):
        encoding = encodings.get((offset, size))
        if encoding is None:
            encoding = encodings[offset, size] = segment.entry(file).encoding
        files.append(
            FileRecord(
                path=segment.path_of(file),
                size_bytes=size_bytes,
                sha256=rows["sha256"][file].tobytes(),
                encoding=encoding,
                has_bom=bool(has_bom),
                language=LANGUAGES[language],
                syntax=syntax_by_status[statuses[file]],
            )
        )
    return files


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
