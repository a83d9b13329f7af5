"""How far a plan is, as a bar on the terminal."""

from collections.abc import Mapping
from typing import Any, Final

from nanobot_server.cli.waiting_bar import WaitingBar

DELAY_S: Final = 0.5
"""A plan that is there by then shows nothing."""

STAGES: Final = {
    "indexing": "indexing",
    "reading": "reading the code",
    "resolving": "finding out what names mean",
    "asking": "asking the model",
}
"""What each stage of a plan is called."""


class PlanBar(WaitingBar):
    """Use it in a `with` block around the request."""

    def __init__(self) -> None:
        super().__init__()
        self._event: Mapping[str, Any] | None = None
        self._is_due = False

    def show_event(self, event: Mapping[str, Any]) -> None:
        """Show how far it is, if it is time."""
        self._event = event
        if not self._is_due:
            return
        done, total = event["files_done"], event["files_total"]
        self.show(
            STAGES[event["stage"]],
            done=done,
            total=total or None,
            detail=f"{done}/{total} files" if total else f"{done} files" if done else "",
        )

    def show_from_now_on(self) -> None:
        """Show how far it is: it takes `DELAY_S` already."""
        self._is_due = True
        if self._event is not None:
            self.show_event(self._event)
