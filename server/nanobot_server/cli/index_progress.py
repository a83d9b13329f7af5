"""How far an ingest is, as a bar on the terminal."""

import time
from types import TracebackType
from typing import Final, Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from nanobot_indexer import IngestProgress, IngestStage
from nanobot_server.cli.output import REMARKS, shows_progress

DELAY_S: Final = 0.5
"""An ingest that is done by then shows nothing: a bar that flashes up is only noise."""

_TEXT_BY_STAGE: Final = {
    IngestStage.TEXT: "reading",
    IngestStage.SYNTAX: "definitions",
}
_MINUTE_S: Final = 60


class IngestBar:
    """Give it to `ingest` as `progress`, and use it in a `with` block around that.

    Args:
        delay_s: How long an ingest has to take before it is shown.
    """

    def __init__(self, *, delay_s: float = DELAY_S) -> None:
        self._due = time.monotonic() + delay_s
        self._bar: tuple[Progress, TaskID] | None = None

    def __call__(self, at: IngestProgress) -> None:
        """Show how far it is, if it is time and somebody looks."""
        if self._bar is None:
            if not shows_progress(REMARKS) or time.monotonic() < self._due:
                return
            self._bar = _started_bar()
        progress, task = self._bar
        progress.update(
            task,
            description=_TEXT_BY_STAGE[at.stage],
            total=at.bytes_total or None,
            completed=at.bytes_done,
            detail=progress_text(at),
            visible=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()


def _started_bar() -> tuple[Progress, TaskID]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    progress = Progress(*columns, console=REMARKS, transient=True)
    progress.start()
    return progress, progress.add_task("", total=None, detail="", visible=False)


def progress_text(at: IngestProgress) -> str:
    """Return files, bytes and the time that is left in words."""
    text = (
        f"{at.files_done}/{at.files_total} files, "
        f"{at.bytes_done / 1e6:.1f}/{at.bytes_total / 1e6:.1f} MB"
    )
    if at.seconds_left is None:
        return text
    seconds = round(at.seconds_left)
    left = f"{seconds} s" if seconds < 2 * _MINUTE_S else f"{round(seconds / _MINUTE_S)} min"
    return f"{text}, {left} left"
