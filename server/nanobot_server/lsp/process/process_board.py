"""The processes of all workspaces, whoever started them, for editors that list them."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.errors import HostError
from nanobot_server.host.location import STATE_FOLDER_NAME
from nanobot_server.lsp.connection.paced_notices import PacedNotices
from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.errors import ParamsError
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.own.own_messages import PROCESSES, Process, ProcessesResult
from nanobot_server.lsp.process.process_progress import number, percentage_of
from nanobot_server.lsp.process.process_view import ENDED

log = logging.getLogger(__name__)

_LEDGER_NAME: Final = "ledger.db"

Key = tuple[Path, str]


class ProcessBoard:
    """One per connection. Runs on the event loop.

    Args:
        session: Has the folders.
        links: To the hosts.
        tell: Sends a process to an editor that wants it; None for one that does not.
    """

    def __init__(
        self, session: Session, links: HostLinks, tell: Callable[[Process], None] | None
    ) -> None:
        self._session = session
        self._links = links
        self._notices = None if tell is None else PacedNotices(tell)
        self._known: dict[Key, Process] = {}
        """As the editor knows them: it asked for them, or was told."""
        self._asked_roots: set[Path] = set()
        """Workspaces of which the editor knows all processes that there were."""
        self._tasks: set[asyncio.Task[None]] = set()
        if tell is not None:
            links.listen(self._take_event, self._take_gone, self._take_connected)

    async def processes(self, params: object) -> ProcessesResult:
        """Return the processes of the workspace of `uri`, or of all, newest first.

        Raises:
            ParamsError: `uri` is none of a file.
            HostError: A host refused or can not be started.
        """
        found: list[tuple[int, int, Process]] = []
        for root in self._roots(params):
            views = await self._views(root)
            self._asked_roots.add(root)
            for place, view in enumerate(views):
                process = self._process(root, view)
                self._known[root, process["processId"]] = process
                found.append((number(view, "created_at_ms"), place, process))
        found.sort(key=lambda item: item[:2], reverse=True)
        return {"processes": [process for _, _, process in found]}

    def _roots(self, params: object) -> Sequence[Path]:
        uri = params.get("uri") if isinstance(params, dict) else None
        if uri is None:
            default = self._session.default_root()
            return self._session.folders or ([default] if default is not None else [])
        path = path_of(uri) if isinstance(uri, str) else None
        if path is None:
            raise ParamsError(PROCESSES, f"'uri' is {uri!r}; give that of a file or folder")
        root = path if path in self._session.folders else self._session.root_of(path)
        return [root] if root is not None else []

    async def _views(self, root: Path) -> list[dict[str, Any]]:
        link = self._links.of(root)
        if link.is_connected or await asyncio.to_thread(_has_ledger, root):
            answer: Mapping[str, Any] | None = await link.call("status", {"process_id": None})
        else:
            answer = await link.call_running("status", {"process_id": None})
        views = answer.get("processes") if answer is not None else None
        return [view for view in views or () if isinstance(view, dict)]

    def _process(self, root: Path, view: Mapping[str, Any]) -> Process:
        """Return a process from the host's view of it or from its event."""
        seconds = view.get("seconds")
        return {
            "processId": str(view.get("process_id")),
            "workspaceUri": self._session.folder_uri(root),
            "goal": str(view.get("goal") or ""),
            "recipe": str(view.get("recipe") or ""),
            "state": str(view.get("state")),
            "isAlive": view.get("is_alive") is True,
            "done": number(view, "done"),
            "steps": number(view, "steps"),
            "edits": number(view, "edits"),
            "refused": number(view, "refused"),
            "seconds": float(seconds) if isinstance(seconds, (int, float)) else 0.0,
            "percentage": percentage_of(view),
            "message": str(view.get("message") or view.get("reason") or ""),
        }

    def _tell(self, root: Path, process: Process) -> None:
        assert self._notices is not None
        key = (root, process["processId"])
        self._notices.put(key, process)
        self._known[key] = process

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        if event == "process":
            self._tell(root, self._process(root, params))

    def _take_gone(self, root: Path) -> None:
        for (workspace, _), process in tuple(self._known.items()):
            if workspace == root and process["isAlive"]:
                self._tell(root, {**process, "isAlive": False})

    def _take_connected(self, root: Path) -> None:
        task = asyncio.create_task(self._catch_up(root), name="processes of a new host")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, root: Path) -> None:
        """Tell what became of processes while nobody here listened."""
        try:
            answer = await self._links.of(root).call_running("status", {"process_id": None})
        except HostError as error:
            log.info("no processes: workspace=%s reason=%s", root, error)
            return
        views = (answer or {}).get("processes")
        for view in views if isinstance(views, list) else ():
            if isinstance(view, dict):
                process = self._process(root, view)
                if self._is_news(root, process):
                    self._tell(root, process)

    def _is_news(self, root: Path, process: Process) -> bool:
        """Return whether an editor that listened only now wants to know this.

        Others may have started a process and even ended it before we found their host. What
        ended before the editor ever asked is history, which it asks for when it shows it.
        """
        known = self._known.get((root, process["processId"]))
        if known is None:
            return root in self._asked_roots or process["state"] not in ENDED
        return known["state"] != process["state"] or known["isAlive"] != process["isAlive"]


def _has_ledger(root: Path) -> bool:
    return (root / STATE_FOLDER_NAME / _LEDGER_NAME).is_file()
