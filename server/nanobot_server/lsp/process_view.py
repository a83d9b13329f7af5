"""One process as the editor shows it: progress while it runs, then its end.

Events carry totals, so only the newest one counts: the view sleeps a moment after
each report and skips what came meanwhile. An editor may drop a report without a
percentage, and never lets it fall, so each report has one and it only rises.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from nanobot_server.lsp.editor import Editor, MessageKind
from nanobot_server.lsp.host_link import HostLink

log = logging.getLogger(__name__)

REPORT_PAUSE_S: Final = 0.1
RUNNING: Final = frozenset({"queued", "running"})
ENDED: Final = frozenset({"done", "failed", "cancelled", "rejected"})
_VERB_BY_RECIPE: Final = {"document": "documented", "refactor": "planned"}
_PERCENTAGE_MAX: Final = 99
"""A hundred is said by `end`."""


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
        self.part: Mapping[str, list[str]] = {}
        """Which `paths` and `hunks` the next review is about; everything when it is empty."""
        self.state = "queued"
        self.token: str | None = None
        """Of the progress that is shown now."""
        self._editor = editor
        self._has_progress = has_progress
        self._review = review
        self._newest: dict[str, Any] | None = None
        self._wake = asyncio.Event()
        self._progress_count = 0
        self._percentage = 0
        self._review_task: asyncio.Task[None] | None = None
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
            self._review_task = asyncio.create_task(
                self._review(self), name=f"review {self.process_id}"
            )
            self._review_task.add_done_callback(_log_failure)

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
        self._end_progress(_counts(event) or self.state)
        message = str(event.get("message") or "")
        if self.state == "waiting_for_review":
            # Only when it comes to that: after a partial apply it is said once more.
            if before != self.state:
                self.start_review()
        elif self.state == "failed":
            self._editor.tell(MessageKind.ERROR, f"nanobot: {message or 'the process failed'}")
        elif self.state == "done" and not _number(event, "edits"):
            self.start_review()  # It says why there is no edit.

    async def _report(self, event: dict[str, Any]) -> None:
        if not self._has_progress:
            return
        if self.token is None:
            self._progress_count += 1
            token = f"nanobot/{self.process_id}/{self._progress_count}"
            if not await self._editor.create_progress(token):
                self._has_progress = False
                return
            self.token, self._percentage = token, 0
            self._editor.progress(
                token,
                {"kind": "begin", "title": "nanobot", "percentage": 0, "cancellable": True},
            )
        steps = _number(event, "steps")
        percentage = 100 * _number(event, "done") // steps if steps else 0
        self._percentage = max(self._percentage, min(percentage, _PERCENTAGE_MAX))
        report = {
            "kind": "report",
            "percentage": self._percentage,
            "message": _counts(event) or _planning(event) or "starting",
            "cancellable": True,
        }
        self._editor.progress(self.token, report)

    def _end_progress(self, message: str) -> None:
        if self.token is not None:
            self._editor.progress(self.token, {"kind": "end", "message": message})
            self.token = None


def _counts(event: dict[str, Any]) -> str:
    """Return what a person reads in the status line, or nothing before the first step."""
    steps, refused = _number(event, "steps"), _number(event, "refused")
    if not steps:
        return ""
    verb = _VERB_BY_RECIPE.get(str(event.get("recipe")), "edited")
    text = f"{_number(event, 'edits')}/{steps} {verb}"
    return f"{text}, {refused} refused" if refused else text


def _planning(event: dict[str, Any]) -> str:
    """Return how far the plan is, or nothing when that is not told."""
    planning = event.get("planning")
    if not isinstance(planning, dict):
        return ""
    done, total = _number(planning, "files_done"), _number(planning, "files_total")
    return f"planning {done}/{total} files" if total else f"planning {done} files"


def _number(event: dict[str, Any], key: str) -> int:
    value = event.get(key)
    return value if type(value) is int and value > 0 else 0


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task failed: %s", task.get_name(), exc_info=error)
