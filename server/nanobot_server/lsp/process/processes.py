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
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.unsaved_texts import unsaved_texts
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.process.process_view import ProcessView
from nanobot_server.lsp.process.undoing import Undoer
from nanobot_server.lsp.review.review import Reviewer
from nanobot_server.lsp.review.review_lookup import ReviewLookup

log = logging.getLogger(__name__)

_EARLY_EVENTS_MAX: Final = 64
"""Newest events of processes that are not followed: their start may be on its way."""

_Key = tuple[Path, str]
"""The workspace and the id of a process."""


@dataclass(frozen=True, slots=True)
class Target:
    """The definition a user pointed at."""

    path: str
    """Relative to the workspace."""
    line: int
    """1-based, as the host counts."""


@dataclass(frozen=True, slots=True)
class ProcessName:
    """The process that a user means."""

    process_id: str | None = None
    """None for the one that this editor used last, or else the newest."""
    root: Path | None = None
    """Its workspace: ids are of a workspace. None where it is not said."""


class Processes:
    """Starts processes and follows them."""

    def __init__(
        self,
        session: Session,
        editor: Editor,
        reviewer: Reviewer,
        lookup: ReviewLookup,
        links: HostLinks,
    ) -> None:
        self._session = session
        self._editor = editor
        self._reviewer = reviewer
        self._undoer = Undoer(session, editor)
        self._lookup = lookup
        self._links = links
        links.listen(self._take_event, self._take_host_gone)
        self._view_by_key: OrderedDict[_Key, ProcessView] = OrderedDict()
        self._early_event_by_key: OrderedDict[_Key, dict[str, Any]] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def newest(self) -> ProcessView | None:
        """The process that this editor used last."""
        return next(reversed(self._view_by_key.values()), None)

    async def start(
        self,
        root: Path,
        recipe: str,
        goal: str,
        targets: Sequence[Target],
        part: Mapping[str, object],
    ) -> ProcessView:
        """Start a process on some definitions, or on the whole workspace if there are none.

        A caller that is cancelled meanwhile leaves no process behind.

        Args:
            root: The workspace.
            recipe: Its name.
            goal: The sentence.
            targets: Definitions to document.
            part: `place` or `only` of the host's `process.start`; empty for everything.
        """
        params: dict[str, object] = {
            "recipe": recipe,
            "goal": goal,
            "targets": [{"path": item.path, "line": item.line} for item in targets] or None,
            # The user waits for one definition, but not for a workspace.
            "lane": "chat" if targets else "process",
            **part,
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
        self, action: str, name: ProcessName, part: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        """Pause, resume, cancel, reject or undo a process; the newest one without an id.

        Args:
            action: The method of the host.
            name: The process.
            part: Which `paths` and `hunks` of its review are meant; all when it is empty.
        """
        root, process_id = await self._found(name)
        if action == "resume":
            # Before the call: its first events must find the view.
            self._follow(process_id, self._links.of(root), is_single=False)
        link = self._links.of(root)
        if action == "undo":
            answer = await self._undoer.undo(process_id, link)
        else:
            answer = await link.call(f"process.{action}", {"process_id": process_id, **part})
        await self._lookup.refresh(link, process_id)
        return answer

    async def review(self, name: ProcessName) -> dict[str, Any]:
        """Bring the plan of a process before the user once more."""
        view = await self._view(name)
        view.is_single = False
        view.start_review()
        return {"processId": view.process_id}

    async def accept(self, name: ProcessName, part: Mapping[str, list[str]]) -> dict[str, Any]:
        """Apply the plan of a process, or a part of it, through the editor without a question.

        Args:
            name: The process.
            part: Which `paths` and `hunks`; all when it is empty.
        """
        view = await self._view(name)
        view.spawn(self._reviewer.accept(view, part))
        return {"processId": view.process_id}

    async def show_diff(self, name: ProcessName) -> dict[str, Any]:
        """Show what waits of a process, as well as the editor can."""
        root, process_id = await self._found(name)
        await self._reviewer.show_diff(self._links.of(root), process_id)
        return {"processId": process_id}

    async def link_of(self, process_id: str) -> HostLink:
        """Return the link to the host of a process, also of one from another front."""
        root, _ = await self._found(ProcessName(process_id))
        return self._links.of(root)

    async def status(self, name: ProcessName) -> list[dict[str, Any]]:
        """Return what the hosts say about one process, or all of the folders; newest last."""
        if name.process_id is not None:
            root, process_id = await self._found(name)
            answer = await self._links.of(root).call("status", {"process_id": process_id})
            return _views(answer)
        found: list[dict[str, Any]] = []
        for root in self._roots(name.root):
            answer = await self._links.of(root).call("status", {"process_id": None})
            found += _views(answer)
        return found

    def folder_closed(self, root: Path) -> None:
        """Say what becomes of the processes of a workspace that is not open any more.

        Its host pauses them when the connection ends; then nothing is left to be shown.
        """
        names = [
            view.process_id
            for view in self._views_of(root)
            if not view.has_ended and view.state != "waiting_for_review"
        ]
        for key in [key for key in self._view_by_key if key[0] == root]:
            self._view_by_key.pop(key).host_gone()
        if names:
            self._editor.tell(
                MessageKind.INFO,
                f"nanobot: {', '.join(names)} of {root.name} is paused, because its folder was "
                "closed; open it and use the command nanobot.process.resume",
            )

    def cancel_by_token(self, token: str | int) -> None:
        """Cancel the process whose progress the user stopped."""
        for view in self._view_by_key.values():
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
        self._early_event_by_key.setdefault((root, process_id), {"state": "queued"})
        return self._follow(process_id, link, is_single=bool(params["targets"]))

    def _follow(self, process_id: str, link: HostLink, *, is_single: bool) -> ProcessView:
        key = (link.workspace, process_id)
        view = self._view_by_key.get(key)
        if view is None or view.has_ended:
            view = ProcessView(
                process_id,
                link,
                self._editor,
                is_single=is_single,
                has_progress=self._session.client.has_progress,
                review=self._reviewer.review,
            )
            self._view_by_key[key] = view
        self._view_by_key.move_to_end(key)
        early = self._early_event_by_key.pop(key, None)
        if early is not None:
            view.take(early)
        return view

    async def overlay(self, root: Path) -> dict[str, object]:
        """Return the open code whose text is not the one on disk, by path."""
        return await unsaved_texts(self._session, root)

    async def _found(self, name: ProcessName) -> tuple[Path, str]:
        """Return the workspace and id of a process, also of one from another front."""
        for view in reversed(self._view_by_key.values()):
            is_meant = name.process_id in (None, view.process_id)
            if is_meant and name.root in (None, view.workspace):
                return view.workspace, view.process_id
        for root in self._roots(name.root):
            answer = await self._links.of(root).call("status", {"process_id": None})
            ids = [str(item.get("process_id")) for item in _views(answer)]
            if ids and (name.process_id is None or name.process_id in ids):
                return root, name.process_id or ids[-1]
        wanted = name.process_id or "process"
        raise HostError(NOT_FOUND, f"{wanted}: there is no such process here")

    def _roots(self, root: Path | None) -> Sequence[Path]:
        """Return where to look: what is said, or all folders, the one in use first."""
        if root is not None:
            return [root]
        first = self._session.required_root()
        return [first, *(one for one in self._session.folders if one != first)]

    def _views_of(self, root: Path) -> list[ProcessView]:
        return [view for view in self._view_by_key.values() if view.workspace == root]

    async def _view(self, name: ProcessName) -> ProcessView:
        root, process_id = await self._found(name)
        view = self._view_by_key.get((root, process_id))
        return view or self._follow(process_id, self._links.of(root), is_single=False)

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        if event != "process":
            return
        key = (root, str(params.get("process_id")))
        view = self._view_by_key.get(key)
        if view is not None:
            view.take(params)
            return
        self._early_event_by_key[key] = params
        while len(self._early_event_by_key) > _EARLY_EVENTS_MAX:
            self._early_event_by_key.popitem(last=False)

    def _take_host_gone(self, root: Path) -> None:
        interrupted = [
            view
            for view in self._views_of(root)
            if not view.has_ended and view.state != "waiting_for_review"
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


def _views(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for item in answer.get("processes") or () if isinstance(item, dict)]
