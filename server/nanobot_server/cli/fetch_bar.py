"""A bar for each model that is on its way."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from nanobot_engine.model import Progress as FetchProgress
from nanobot_server.cli.output import REMARKS, remark, shows_progress


class FetchBar:
    """Shows how far fetches are: bars on a terminal, a line for each model elsewhere.

    Args:
        is_quiet: Say nothing at all.
    """

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._is_drawn = shows_progress(REMARKS) and not is_quiet
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        self._bar = Progress(*columns, console=REMARKS, disable=not self._is_drawn, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def show(self, at: FetchProgress) -> None:
        """Show how far one model is."""
        if at.name not in self._tasks:
            self._tasks[at.name] = self._bar.add_task(at.name, total=at.total_bytes)
            if not self._is_drawn and not self._is_quiet:
                remark(f"{at.name}: {at.total_bytes / 1e6:.0f} MB")
        self._bar.update(self._tasks[at.name], completed=at.done_bytes, total=at.total_bytes)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
