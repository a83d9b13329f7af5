"""What the host answers about reviews: show, accept, reject, undo, also hunk by hunk.

Runs on the event loop; what reads many files or writes runs in a thread, with a
connection to the ledger of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from nanobot_engine.process import (
    EVERYTHING,
    Choice,
    Ledger,
    WorkspaceBusyError,
    WriteReport,
    chosen_part,
    mark_applied,
    reject,
    review,
    settle_all,
    undo,
)
from nanobot_server.accepting import accept_with_settings, plan_again_with_settings
from nanobot_server.channel.connection import Connection
from nanobot_server.host.changes import Changes
from nanobot_server.host.params import Params
from nanobot_server.host.review_view import review_view
from nanobot_server.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")
Handler = Callable[[Connection, Params], Awaitable[dict[str, Any]]]


class ReviewRequests:
    """The methods `process.review` to `process.undo`."""

    def __init__(
        self,
        ledger_path: Path,
        workspace: Path,
        settings: Settings,
        changes: Changes,
        publish: Callable[[str, str], None],
    ) -> None:
        """Take what the methods need.

        Args:
            ledger_path: Of the workspace.
            workspace: Whose files are written.
            settings: Say what checks may run.
            changes: Plan refactorings again.
            publish: Tells all fronts about a process: its id, and a message.
        """
        self._ledger_path = ledger_path
        self._workspace = workspace
        self._settings = settings
        self._changes = changes
        self._publish = publish

    @property
    def methods(self) -> Mapping[str, Handler]:
        """By the name on the wire."""
        return MappingProxyType(
            {
                "process.review": self._review,
                "process.accept": self._accept,
                "process.applied": self._applied,
                "process.reject": self._reject,
                "process.undo": self._undo,
                "process.decided": self._decided,
            }
        )

    def recover(self) -> dict[str, str]:
        """Settle what an accept or undo left that was killed; return a sentence by process."""
        with Ledger.open(self._ledger_path) as ledger:
            try:
                settled = settle_all(ledger, self._workspace)
            except WorkspaceBusyError:
                return {}  # Whoever is at work does the same.
        for one in settled:
            log.warning("writes settled: process=%s %s", one.process_id, one.sentence)
        return {one.process_id: one.sentence for one in settled}

    async def _review(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id, choice = params.text("process_id"), _choice(params)
        texts_of = frozenset(params.texts("texts_of"))

        def shown(ledger: Ledger) -> dict[str, Any]:
            if choice == EVERYTHING:
                found = review(ledger, process_id)
            else:
                found = chosen_part(ledger, process_id, choice, self._workspace)
            return review_view(found, ledger.process(process_id), texts_of=texts_of)

        return await self._in_thread(shown)

    async def _accept(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id, choice = params.text("process_id"), _choice(params)
        plan = self._changes.from_thread()
        report = await self._in_thread(
            lambda ledger: accept_with_settings(
                ledger, self._workspace, process_id, self._settings, choice, plan=plan
            )
        )
        self._publish(process_id, _outcome(report))
        return report.to_json()

    async def plan_again(self, params: Params) -> dict[str, Any]:
        """Plan again what an editor can not apply, because it shows other texts."""
        process_id, choice = params.text("process_id"), _choice(params)
        overlay, plan = params.text_by_text("overlay"), self._changes.from_thread()
        report = await self._in_thread(
            lambda ledger: plan_again_with_settings(
                ledger,
                self._workspace,
                process_id,
                self._settings,
                choice,
                overlay=overlay,
                plan=plan,
            )
        )
        self._publish(process_id, _outcome(report) if report.replanned else "")
        return report.to_json()

    async def _applied(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id, choice = params.text("process_id"), _choice(params)
        sha256_by_path = {
            str(file["path"]): str(file["sha256"])
            for file in params.optional_objects("files")
            if "path" in file and "sha256" in file
        }
        await self._in_thread(
            lambda ledger: mark_applied(ledger, process_id, sha256_by_path, choice)
        )
        self._publish(process_id, "applied by the editor")
        return {"process_id": process_id, "state": await self._state(process_id)}

    async def _reject(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id, choice = params.text("process_id"), _choice(params)
        state = await self._in_thread(
            lambda ledger: reject(ledger, process_id, choice, root=self._workspace)
        )
        self._publish(process_id, "rejected")
        return {"process_id": process_id, "state": state.value}

    async def _undo(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id = params.text("process_id")
        texts = params.text_by_text("shown")
        shown = {path: text.encode("utf-8") for path, text in texts.items()}
        report = await self._in_thread(
            lambda ledger: undo(ledger, self._workspace, process_id, shown=shown)
        )
        self._publish(process_id, "undone")
        return report.to_json()

    async def _decided(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id = params.text("process_id")
        state = await self._state(process_id)
        self._publish(process_id, "")
        return {"process_id": process_id, "state": state}

    async def _state(self, process_id: str) -> str:
        return await self._in_thread(lambda ledger: ledger.process(process_id).state.value)

    async def _in_thread(self, work: Callable[[Ledger], T]) -> T:
        def run() -> T:
            with Ledger.open(self._ledger_path) as ledger:
                return work(ledger)

        return await asyncio.to_thread(run)


def _outcome(report: WriteReport) -> str:
    """Say what an accept did."""
    if report.asked_again:
        return "some steps are asked again"
    return "planned again" if report.replanned else "accepted"


def _choice(params: Params) -> Choice:
    """Read which hunks are meant: those of `paths`, those in `hunks`; all without any."""
    return Choice(frozenset(params.texts("paths")), frozenset(params.texts("hunks")))
