"""How far an ingest is, told a few times a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_INTERVAL_S: Final = 0.1
# An estimate from the first moments says nothing.
_ESTIMATE_AFTER_S: Final = 0.5


class IngestStage(StrEnum):
    """What an ingest is doing."""

    TEXT = "text"
    """Reading files: when it ends, everything is searchable."""
    SYNTAX = "syntax"
    """Parsing: when it ends, definitions are known."""


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far a stage is."""

    stage: IngestStage
    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    path: str
    """The file read last; empty at the start and at the end, and while parsing."""
    seconds_left: float | None
    """Of the stage, by its bytes so far; None when there is nothing to estimate from."""


class ProgressTeller:
    """Counts and tells. Used on one thread."""

    def __init__(self, tell: Callable[[IngestProgress], None] | None) -> None:
        self._tell = tell
        self._next = 0.0
        self._started = 0.0
        self._stage = IngestStage.TEXT
        self._files_total = self._bytes_total = 0
        self._files_done = self._bytes_done = 0

    def begin(self, stage: IngestStage, *, files_total: int, bytes_total: int) -> None:
        """Start a stage."""
        self._stage = stage
        self._files_total, self._bytes_total = files_total, bytes_total
        self._files_done = self._bytes_done = 0
        self._started = time.monotonic()
        self._say("", is_due=True)

    def add(self, files: int, size_bytes: int, path: str = "") -> None:
        """Count what was done."""
        self._files_done += files
        self._bytes_done += size_bytes
        self._say(path, is_due=False)

    def end(self) -> None:
        """Tell that the stage is done."""
        self._files_done, self._bytes_done = self._files_total, self._bytes_total
        self._say("", is_due=True)

    def _say(self, path: str, *, is_due: bool) -> None:
        if self._tell is None:
            return
        now = time.monotonic()
        if not is_due and now < self._next:
            return
        self._next = now + _INTERVAL_S
        spent = now - self._started
        left = None
        if self._bytes_done and spent >= _ESTIMATE_AFTER_S:
            left = spent * max(0, self._bytes_total - self._bytes_done) / self._bytes_done
        self._tell(
            IngestProgress(
                self._stage,
                self._files_done,
                self._files_total,
                self._bytes_done,
                self._bytes_total,
                path,
                left,
            )
        )
