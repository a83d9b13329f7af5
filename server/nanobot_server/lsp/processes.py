"""The processes that this editor started or took up, and the hosts that run them.

Runs on the event loop. Every method that talks to a host raises `HostError`.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.host.errors import NOT_FOUND
from nanobot_server.lsp.editor import Editor, MessageKind
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.process_view import ProcessView
from nanobot_server.lsp.review import Reviewer
from nanobot_server.lsp.session import Session
from nanobot_server.lsp.unsaved_texts import unsaved_texts

log = logging.getLogger(__name__)

_EARLY_EVENTS_MAX: Final = 64
"""Newest events of processes that are not followed: their start may be on its way."""


@dataclass(frozen=True, slots=True)
class Target:
    """The definition a user pointed at."""

    path: str
    """Relative to the workspace."""
    line: int
    """1-based, as the host counts."""


class Processes:
    """Starts processes and follows them."""

    def __init__(
        self, session: Session, editor: Editor, reviewer: Reviewer, links: HostLinks
    ) -> None:
        self._session = session
        self._editor = editor
        self._reviewer = reviewer
        self._links = links
        links.listen(self._take_event, self._take_host_gone)
        self._view_by_id: OrderedDict[str, ProcessView] = OrderedDict()
        self._early_event_by_id: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(
        self, root: Path, recipe: str, goal: str, targets: Sequence[Target]
    ) -> ProcessView:
        """Start a process on some definitions, or on the whole workspace if there are none.

        A caller that is cancelled meanwhile leaves no process behind.
        """
        params: dict[str, object] = {
            "recipe": recipe,
            "goal": goal,
            "targets": [{"path": item.path, "line": item.line} for item in targets] or None,
            # The user waits for one definition, but not for a workspace.
            "lane": "chat" if targets else "process",
        }
        return await self._launched(root, params)

    async def start_plan(self, root: Path, plan: Mapping[str, Any]) -> ProcessView:
        """Start what the host planned for a sentence."""
        recipe = plan["recipe"]
        if recipe is None:
            return await self.start_refactorings(root, plan["parts"], plan["goal"])
        only = list(filter(None, recipe["arguments"].get("only", "").split("\n")))
        params = {"goal": plan["goal"], "recipe": recipe["name"], "only": only}
        return await self._launched(root, params)

    async def start_refactorings(
        self, root: Path, refactorings: Sequence[Mapping[str, object]], goal: str
    ) -> ProcessView:
        """Start refactorings that are named with their arguments.

        A caller that is cancelled meanwhile leaves no process behind.
        """
        return await self._launched(root, {"goal": goal, "refactorings": list(refactorings)})

    async def _launched(self, root: Path, params: dict[str, object]) -> ProcessView:
        starting = asyncio.create_task(self._started(root, params))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(self._cancel_unwanted)
            raise

    async def act(
        self, action: str, process_id: str | None, part: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        """Pause, resume, cancel, reject or undo a process; the newest one without an id.

        Args:
            action: The method of the host.
            process_id: The process.
            part: Which `paths` and `hunks` of its review are meant; all when it is empty.
        """
        root, process_id = await self._found(process_id)
        if action == "resume":
            # Before the call: its first events must find the view.
            self._follow(process_id, self._links.of(root), is_single=False)
        link = self._links.of(root)
        answer = await link.call(f"process.{action}", {"process_id": process_id, **part})
        await self._reviewer.refresh(process_id, link)
        return answer

    async def review(self, process_id: str | None) -> dict[str, Any]:
        """Bring the plan of a process before the user once more."""
        view = await self._view(process_id)
        view.is_single, view.part = False, {}
        view.start_review()
        return {"processId": view.process_id}

    async def accept(self, process_id: str | None, part: Mapping[str, list[str]]) -> dict[str, Any]:
        """Apply the plan of a process, or a part of it, through the editor without a question.

        Args:
            process_id: The process.
            part: Which `paths` and `hunks`; all when it is empty.
        """
        view = await self._view(process_id)
        view.is_single, view.part = True, part
        view.start_review()
        return {"processId": view.process_id}

    async def status(self, process_id: str | None) -> list[dict[str, Any]]:
        """Return what the host says about one process or all, newest last."""
        roots: Sequence[Path | None]
        if process_id is not None and process_id in self._view_by_id:
            roots = [self._view_by_id[process_id].workspace]
        else:
            roots = self._session.folders or [self._session.required_root()]
        found: list[dict[str, Any]] = []
        for root in roots:
            if root is not None:
                answer = await self._links.of(root).call("status", {"process_id": process_id})
                items = answer.get("processes")
                found += [item for item in items or () if isinstance(item, dict)]
        return found

    def cancel_by_token(self, token: str | int) -> None:
        """Cancel the process whose progress the user stopped."""
        for view in self._view_by_id.values():
            if view.token == token:
                self._spawn(self._cancel(view))

    async def _started(self, root: Path, asked: Mapping[str, object]) -> ProcessView:
        link = self._links.of(root)
        params: dict[str, object] = {
            "targets": None,
            "lane": "process",
            **asked,
            "overlay": await self.overlay(root),
            "detach": False,
            "seed": None,
        }
        answer = await link.call("process.start", params)
        process_id = str(answer.get("process_id"))
        log.info("process started: process=%s", process_id)
        # The host says nothing while models load, and the user wants to see a start.
        self._early_event_by_id.setdefault(process_id, {"state": "queued"})
        return self._follow(process_id, link, is_single=bool(params["targets"]))

    def _follow(self, process_id: str, link: HostLink, *, is_single: bool) -> ProcessView:
        view = self._view_by_id.get(process_id)
        if view is None or view.has_ended:
            view = ProcessView(
                process_id,
                link,
                self._editor,
                is_single=is_single,
                has_progress=self._session.client.has_progress,
                review=self._reviewer.review,
            )
            self._view_by_id[process_id] = view
        self._view_by_id.move_to_end(process_id)
        early = self._early_event_by_id.pop(process_id, None)
        if early is not None:
            view.take(early)
        return view

    async def overlay(self, root: Path) -> dict[str, object]:
        """Return the open code whose text is not the one on disk, by path."""
        return await unsaved_texts(self._session, root)

    async def _found(self, process_id: str | None) -> tuple[Path, str]:
        """Return the workspace and id of a process, also of one from another front."""
        if process_id is None and self._view_by_id:
            process_id = next(reversed(self._view_by_id))
        if process_id is not None and process_id in self._view_by_id:
            return self._view_by_id[process_id].workspace, process_id
        for root in self._session.folders or [self._session.required_root()]:
            answer = await self._links.of(root).call("status", {"process_id": None})
            ids = [str(item.get("process_id")) for item in answer.get("processes") or ()]
            if ids and (process_id is None or process_id in ids):
                return root, process_id or ids[-1]
        raise HostError(NOT_FOUND, f"{process_id or 'process'}: there is no such process here")

    async def _view(self, process_id: str | None) -> ProcessView:
        root, process_id = await self._found(process_id)
        view = self._view_by_id.get(process_id)
        return view or self._follow(process_id, self._links.of(root), is_single=False)

    def _take_event(self, _root: Path, event: str, params: dict[str, Any]) -> None:
        if event != "process":
            return
        process_id = str(params.get("process_id"))
        view = self._view_by_id.get(process_id)
        if view is not None:
            view.take(params)
            return
        self._early_event_by_id[process_id] = params
        while len(self._early_event_by_id) > _EARLY_EVENTS_MAX:
            self._early_event_by_id.popitem(last=False)

    def _take_host_gone(self, root: Path) -> None:
        interrupted = [
            view
            for view in self._view_by_id.values()
            if view.workspace == root and not view.has_ended and view.state != "waiting_for_review"
        ]
        for view in interrupted:
            view.host_gone()
        if interrupted:
            self._editor.tell(
                MessageKind.WARNING,
                "nanobot: the host stopped; the command nanobot.process.resume continues",
            )

    def _cancel_unwanted(self, starting: "asyncio.Task[ProcessView]") -> None:
        if not starting.cancelled() and starting.exception() is None:
            self._spawn(self._cancel(starting.result()))

    async def _cancel(self, view: ProcessView) -> None:
        try:
            await view.link.call("process.cancel", {"process_id": view.process_id})
        except HostError as error:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
