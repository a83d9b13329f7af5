"""One process as the editor shows it: progress while it runs, then its end.

Events carry totals, so only the newest one counts: the view sleeps a moment after
each report and skips what came meanwhile. An editor may drop a report without a
percentage, and never lets it fall, so each report has one and it only rises.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.process.process_progress import (
    counts_text,
    number,
    percentage_of,
    planning_text,
)

log = logging.getLogger(__name__)

REPORT_PAUSE_S: Final = 0.1
RUNNING: Final = frozenset({"queued", "running"})
ENDED: Final = frozenset({"done", "failed", "cancelled", "rejected"})
_PERCENTAGE_MAX: Final = 99
"""A hundred is said by `end`."""
PLACE_WAIT_S: Final = 1.0
"""So long an editor has to make a place for the progress, before things go on without."""
_NUMBERS: Final = itertools.count(1)
"""Of the tokens of progress: workspaces have processes of the same name."""


class ProcessView:
    """Follows one process. Runs on the event loop as a task of its own."""

    def __init__(
        self,
        process_id: str,
        link: HostLink,
        editor: Editor,
        *,
        is_single: bool,
        has_progress: bool,
        review: Callable[["ProcessView"], Coroutine[Any, Any, None]],
    ) -> None:
        self.process_id = process_id
        self.link = link
        self.is_single = is_single
        """The user pointed at one definition: apply at once, ask nothing."""
        self.deciding = asyncio.Lock()
        """Held while a part of its plan is applied."""
        self.state = "queued"
        self.token: str | None = None
        """Of the progress that is shown now."""
        self._editor = editor
        self._has_progress = has_progress
        self._review = review
        self._newest: dict[str, Any] | None = None
        self._wake = asyncio.Event()
        self._place: asyncio.Task[str | None] | None = None
        """A place for progress that the editor makes."""
        self._percentage = 0
        self._review_task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._run(), name=f"process {process_id}")

    @property
    def workspace(self) -> Path:
        """The root folder that the process works on."""
        return self.link.workspace

    @property
    def has_ended(self) -> bool:
        """Nothing more will happen."""
        return self.state in ENDED

    def take(self, event: dict[str, Any]) -> None:
        """Take an event of the host."""
        self._newest = event
        self._wake.set()

    def start_review(self) -> None:
        """Show the plan, unless it is being shown."""
        if self._review_task is None or self._review_task.done():
            self.start_question()

    def start_question(self) -> None:
        """Show the plan, also while an older one is being shown."""
        self._review_task = self.spawn(self._review(self))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something about the process that takes its time."""
        task = asyncio.create_task(work, name=f"review {self.process_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)
        return task

    def host_gone(self) -> None:
        """End the progress: nobody will report any more."""
        if not self.has_ended:
            self.take({"state": "interrupted", "message": ""})

    async def _run(self) -> None:
        while not self.has_ended:
            await self._wake.wait()
            self._wake.clear()
            event, self._newest = self._newest, None
            if event is not None:
                await self._show(event)
                await asyncio.sleep(REPORT_PAUSE_S)

    async def _show(self, event: dict[str, Any]) -> None:
        before, self.state = self.state, str(event.get("state"))
        if self.state in RUNNING:
            await self._report(event)
            return
        self._end_progress(counts_text(event) or self.state)
        message = str(event.get("message") or "")
        if self.state == "waiting_for_review":
            # Only when it comes to that: after a partial apply it is said once more.
            if before != self.state:
                self.start_review()
        elif self.state == "failed":
            self._editor.tell(MessageKind.ERROR, f"nanobot: {message or 'the process failed'}")
        elif self.state == "done" and not number(event, "edits"):
            self.start_review()  # It says why there is no edit.

    async def _report(self, event: dict[str, Any]) -> None:
        if not self._has_progress:
            return
        if self.token is None and not await self._has_begun():
            return
        assert self.token is not None
        percentage = percentage_of(event) or 0
        self._percentage = max(self._percentage, min(percentage, _PERCENTAGE_MAX))
        report = {
            "kind": "report",
            "percentage": self._percentage,
            "message": counts_text(event) or planning_text(event) or "starting",
            "cancellable": True,
        }
        self._editor.progress(self.token, report)

    async def _has_begun(self) -> bool:
        """Begin the progress, once the editor has a place for it; it may never have one."""
        if self._place is None:
            self._place = asyncio.create_task(self._made_place(), name="progress")
        await asyncio.wait({self._place}, timeout=PLACE_WAIT_S)
        if not self._place.done():
            return False
        token, self._place = self._place.result(), None
        if token is None:
            self._has_progress = False
            return False
        self.token, self._percentage = token, 0
        begin = {"kind": "begin", "title": "nanobot", "percentage": 0, "cancellable": True}
        self._editor.progress(token, begin)
        return True

    async def _made_place(self) -> str | None:
        token = f"nanobot/{self.process_id}/{next(_NUMBERS)}"
        return token if await self._editor.create_progress(token) else None

    def _end_progress(self, message: str) -> None:
        if self.token is not None:
            self._editor.progress(self.token, {"kind": "end", "message": message})
            self.token = None


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task failed: %s", task.get_name(), exc_info=error)
