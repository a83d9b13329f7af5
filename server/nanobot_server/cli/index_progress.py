"""How far an ingest is, as a bar on the terminal."""

import time
from typing import Final

from nanobot_indexer import IngestProgress, IngestStage
from nanobot_server.cli.waiting_bar import WaitingBar

DELAY_S: Final = 0.5
"""An ingest that is done by then shows nothing: a bar that flashes up is only noise."""

_TEXT_BY_STAGE: Final = {
    IngestStage.TEXT: "reading",
    IngestStage.SYNTAX: "definitions",
}
_MINUTE_S: Final = 60


class IngestBar(WaitingBar):
    """Give it to `ingest` as `progress`, and use it in a `with` block around that.

    Args:
        delay_s: How long an ingest has to take before it is shown.
    """

    def __init__(self, *, delay_s: float = DELAY_S) -> None:
        super().__init__()
        self._due = time.monotonic() + delay_s

    def __call__(self, at: IngestProgress) -> None:
        """Show how far it is, if it is time."""
        if self.is_shown or time.monotonic() >= self._due:
            text, total = _TEXT_BY_STAGE[at.stage], at.bytes_total or None
            self.show(text, done=at.bytes_done, total=total, detail=progress_text(at))


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
