"""Find text or a regular expression in all live files.

The text is scanned; there is no index of trigrams. Measured on 40 MB of sources in
five segments, one core, with at most a hundred matches: text as it stands 4 to 15
ms, without regard to case 13 to 55 ms, expressions at most 65 ms, and 11 to 25 ms
when they have a rare literal; 15 us more per match. Ten matches of something
frequent take 1 ms. A trigram index would cost a sixth of the text or more on disk
and many times the scan to build, to save milliseconds that nobody sees.

Matches come by path and place, whatever segment a file is in, so a limit cuts at
the same match however the index was built.
"""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.pattern import Pattern, TextRun
from nanobot_indexer.search.text_match import Span, TextMatch, shown_matches
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.segment import Segment

# Time and cancellation are looked at between blocks. A normal block takes 0.1 to 2 ms.
_BLOCK_BYTES_MIN: Final = 32 * 1024
_BLOCK_BYTES_MAX: Final = 1024 * 1024
_SLOW_BLOCK_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class GrepResult:
    """What was found."""

    matches: tuple[TextMatch, ...]
    """By path and place."""
    files_searched: int
    """How many files were looked at to their end."""
    files_total: int
    """How many pass the filters."""
    is_complete: bool
    reason: CutReason | None
    """Why there may be more; None when it is complete."""


@dataclass(slots=True)
class Scan:
    """A search under way: iterate over `spans`, then ask why it ended.

    Args:
        files: What to search.
        pattern: What to look for.
        selected: Places in the order of `files`, ascending.
        timeout_s: Give up after this many seconds; None waits.
        cancelled: Asked again and again; true stops the search.
    """

    files: LiveFiles
    pattern: Pattern
    selected: npt.NDArray[np.int64]
    timeout_s: float | None
    cancelled: Callable[[], bool] | None
    reason: CutReason | None = None
    files_searched: int = 0

    def spans(self) -> Iterator[Span]:
        """Yield the matches by path and place."""
        deadline = None if self.timeout_s is None else time.monotonic() + self.timeout_s
        for run in _runs(self.files, self.selected, self.pattern):
            try:
                yield from self._run_spans(run, deadline)
            finally:
                run.text.view.release()
            if self.reason is not None:
                return

    def _run_spans(self, run: "_Run", deadline: float | None) -> Iterator[Span]:
        block_bytes = _BLOCK_BYTES_MIN
        place, size = 0, run.text.end - run.text.start
        while place < size:
            begun = time.monotonic()
            self.reason = self._cut_reason(deadline, begun)
            if self.reason is not None:
                return
            end = size
            if size - place > block_bytes and not self.pattern.spans_lines:
                end = run.text.line_end(place + block_bytes)
            for start, stop in self.pattern.spans(run.text, place, end):
                # An empty match behind the block is at the begin of the next one.
                if start < end or end == size:
                    span = run.span(start, stop)
                    if span is not None:
                        yield span
            place = end
            done_count = int(np.searchsorted(run.starts, place, side="right")) - 1
            self.files_searched = run.files_before + done_count
            is_slow = time.monotonic() - begun > _SLOW_BLOCK_S
            factor = 0.5 if is_slow else 2.0
            block_bytes = int(min(max(block_bytes * factor, _BLOCK_BYTES_MIN), _BLOCK_BYTES_MAX))

    def _cut_reason(self, deadline: float | None, now: float) -> CutReason | None:
        if self.cancelled is not None and self.cancelled():
            return CutReason.CANCELLED
        if deadline is not None and now >= deadline:
            return CutReason.TIME
        return None


@dataclass(frozen=True, slots=True)
class _Run:
    """Files that lie one behind the other and are searched as one text."""

    text: TextRun
    positions: npt.NDArray[np.int64]
    """In the order of `LiveFiles`. Shape `(file,)`."""
    starts: npt.NDArray[np.int64]
    """Relative to the run. Shape `(file + 1,)`."""
    files_before: int
    """How many files are in the runs before."""

    def span(self, start: int, end: int) -> Span | None:
        """Return a match in its file; None when it is in no line of it."""
        number = int(np.searchsorted(self.starts, start, side="right")) - 1
        number = min(number, len(self.positions) - 1)
        begin, stop = int(self.starts[number]), int(self.starts[number + 1])
        # Behind the last line end there is no line that could match.
        if begin == stop or (start == stop and self.text.view[stop - 1] == 0x0A):
            return None
        return Span(int(self.positions[number]), start - begin, end - begin)


def _runs(files: LiveFiles, selected: npt.NDArray[np.int64], pattern: Pattern) -> Iterator[_Run]:
    """Yield the selected files in order, joined where nothing can tell them from one text."""
    if not len(selected):
        return
    segment_numbers = files.segment_numbers[selected]
    file_numbers = files.file_numbers[selected]
    is_next = (segment_numbers[1:] == segment_numbers[:-1]) & (
        file_numbers[1:] == file_numbers[:-1] + 1
    )
    is_joined = is_next & _ends_a_line(files, selected)[:-1]
    if pattern.spans_lines:
        is_joined[:] = False
    firsts = np.concatenate(([0], np.flatnonzero(~is_joined) + 1, [len(selected)]))
    for first, end in zip(firsts[:-1].tolist(), firsts[1:].tolist(), strict=True):
        segment = files.segments[int(segment_numbers[first])]
        file = int(file_numbers[first])
        starts = segment.file_starts[file : file + (end - first) + 1]
        buffer, begin, _ = segment.text_buffer()
        start, stop = begin + int(starts[0]), begin + int(starts[-1])
        with memoryview(buffer) as whole:
            text = TextRun(buffer, start, stop, whole[start:stop])
        yield _Run(text, selected[first:end], starts - starts[0], first)


def _ends_a_line(files: LiveFiles, selected: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which files end with a line feed. Shape `(selected,)`."""
    ends = np.zeros(len(selected), dtype=np.bool_)
    for number, segment in enumerate(files.segments):
        own = np.flatnonzero(files.segment_numbers[selected] == number)
        if len(own):
            ends[own] = _has_final_line_feed(segment)[files.file_numbers[selected[own]]]
    return ends


def _has_final_line_feed(segment: Segment) -> npt.NDArray[np.bool_]:
    buffer, begin, end = segment.text_buffer()
    starts = segment.file_starts
    if end == begin:
        return np.zeros(segment.file_count, dtype=np.bool_)
    text = np.frombuffer(buffer, dtype=np.uint8, count=end - begin, offset=begin)
    found: npt.NDArray[np.bool_] = text[np.maximum(starts[1:] - 1, 0)] == 0x0A
    return found & (starts[1:] > starts[:-1])


def grep(
    files: LiveFiles,
    text: str,
    *,
    limit: int,
    is_regex: bool = False,
    ignore_case: bool = False,
    whole_word: bool = False,
    path_glob: str | None = None,
    languages: Collection[Language] | None = None,
    context_lines: int = 0,
    timeout_s: float | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> GrepResult:
    """Find text or a regular expression in all live files.

    Args:
        files: What to search.
        text: What to look for. Expressions are in the syntax of RE2 and match inside of
            a line; text as it stands may hold line ends.
        limit: Upper bound on matches.
        is_regex: `text` is an expression.
        ignore_case: Fold letters, beyond ASCII too.
        whole_word: No match begins or ends inside of a word.
        path_glob: Only paths that match, written like a line of `.gitignore`.
        languages: Only files of these.
        context_lines: Lines to show before and after, at most `CONTEXT_LINES_MAX`.
        timeout_s: Give up after this many seconds, give or take a block of text.
        cancelled: Asked every few milliseconds; true stops the search.

    Raises:
        QueryEmptyError: `text` is empty.
        PatternInvalidError: The expression can not be run.
        GlobInvalidError: `path_glob` is no pattern.
        VolumeCorruptError: The text is damaged.
    """
    pattern = Pattern(text, is_regex=is_regex, ignore_case=ignore_case, whole_word=whole_word)
    selected = files.selected(path_glob=path_glob, languages=languages)
    scan = Scan(files, pattern, selected, timeout_s, cancelled)
    spans: list[Span] = []
    for span in scan.spans():
        if len(spans) >= limit:
            scan.reason = CutReason.LIMIT
            break
        spans.append(span)
    return GrepResult(
        matches=tuple(shown_matches(files, spans, context_lines=context_lines)),
        files_searched=scan.files_searched,
        files_total=len(selected),
        is_complete=scan.reason is None,
        reason=scan.reason,
    )
