"""A bar on the terminal that is there once something takes long."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from nanobot_server.cli.output import REMARKS, shows_progress


class WaitingBar:
    """Goes when its `with` block ends; before the first `show` there is none."""

    def __init__(self) -> None:
        self._bar: tuple[Progress, TaskID] | None = None

    def show(self, text: str, *, done: float, total: float | None, detail: str) -> None:
        """Show how far something is, if somebody looks.

        Args:
            text: What is done.
            done: How much of it, in the unit of `total`.
            total: None where nobody knows.
            detail: Behind the bar.
        """
        if self._bar is None:
            if not shows_progress(REMARKS):
                return
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[detail]}"),
            )
            progress = Progress(*columns, console=REMARKS, transient=True)
            progress.start()
            self._bar = progress, progress.add_task(text, total=None, detail="", visible=False)
        progress, task = self._bar
        progress.update(
            task, description=text, total=total, completed=done, detail=detail, visible=True
        )

    @property
    def is_shown(self) -> bool:
        """Whether there is one."""
        return self._bar is not None

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
