"""How far a plan is, as a bar on the terminal."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from nanobot_server.cli.output import REMARKS, shows_progress

DELAY_S: Final = 0.5
"""A plan that is there by then shows nothing."""

_TEXT_BY_STAGE: Final = {
    "indexing": "indexing",
    "reading": "reading the code",
    "resolving": "finding out what names mean",
    "asking": "asking the model",
}


class PlanBar:
    """Use it in a `with` block around the request."""

    def __init__(self) -> None:
        self._event: Mapping[str, Any] | None = None
        self._is_due = False
        self._bar: tuple[Progress, TaskID] | None = None

    def show(self, event: Mapping[str, Any]) -> None:
        """Show how far it is, if it is time and somebody looks."""
        self._event = event
        if not shows_progress(REMARKS) or not self._is_due:
            return
        if self._bar is None:
            self._bar = _started_bar()
        progress, task = self._bar
        done, total = event["files_done"], event["files_total"]
        progress.update(
            task,
            description=_TEXT_BY_STAGE[event["stage"]],
            total=total or None,
            completed=done,
            detail=f"{done}/{total} files" if total else f"{done} files" if done else "",
        )

    def show_from_now_on(self) -> None:
        """Show how far it is: it takes `DELAY_S` already."""
        self._is_due = True
        if self._event is not None:
            self.show(self._event)

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
    return progress, progress.add_task("", total=None, detail="")
