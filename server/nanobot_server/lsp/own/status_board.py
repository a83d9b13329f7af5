"""How everything is, for editors that show it: hosts, indexes, models, inline completion.

Looking starts no host and loads no model. An editor that asked for it is told when
something changed; nobody else costs anything.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Protocol

from nanobot_server.host.errors import HostError
from nanobot_server.log_file import log_path
from nanobot_server.lsp.connection.paced_notices import PAUSE_S
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index import index_progress
from nanobot_server.lsp.own.model_shelf import ModelShelf
from nanobot_server.lsp.own.own_messages import (
    CompletionStatus,
    IndexStatus,
    Status,
    WorkspaceStatus,
)

log = logging.getLogger(__name__)

HOST_POLL_S: Final = 2.0
"""So often an editor that wants to be told looks for a host that others started."""


class CompletionSource(Protocol):
    """What makes inline completions."""

    def status(self) -> CompletionStatus:
        """Return how it is."""


class NoCompletion:
    """Nothing makes them."""

    def status(self) -> CompletionStatus:
        """Return that it is off."""
        return {"isOn": False, "model": "", "problem": ""}


class StatusBoard:
    """One per connection. Runs on the event loop.

    Args:
        session: Has the folders.
        links: To the hosts.
        tell: Sends a status to an editor that wants it; None for one that does not.
    """

    def __init__(
        self, session: Session, links: HostLinks, tell: Callable[[Status], None] | None
    ) -> None:
        self.completion: CompletionSource = NoCompletion()
        self._session = session
        self._links = links
        self._tell = tell
        self._shelf = ModelShelf()
        self._index_by_root: dict[Path, dict[str, Any]] = {}
        self._roles_by_root: dict[Path, frozenset[str]] = {}
        self._has_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        links.listen(self._take_event, self._take_gone, lambda _root: self.changed())

    def start(self) -> None:
        """Begin to tell, if the editor wants to be told of anything."""
        if self._session.client.told and not self._tasks:
            self._tasks.append(asyncio.create_task(self._find_hosts(), name="find hosts"))
        if self._tell is not None and len(self._tasks) == 1:
            self._tasks.append(asyncio.create_task(self._tell_changes(self._tell), name="status"))

    def changed(self) -> None:
        """Look again soon, and tell what is different."""
        self._has_changed.set()

    async def status(self) -> Status:
        """Return how everything is now."""
        roots = self._roots()
        await asyncio.gather(*(self._look(root) for root in roots))
        loaded = frozenset[str]().union(*(self._roles_by_root.get(root, ()) for root in roots))
        return {
            "server": {
                "version": metadata.version("nanobot-lsp"),
                "pid": os.getpid(),
                "logPath": str(log_path("lsp")),
            },
            "workspaces": [self._workspace(root) for root in roots],
            "models": await self._shelf.look(loaded),
            "completion": self.completion.status(),
        }

    def _roots(self) -> Sequence[Path]:
        root = self._session.default_root()
        return self._session.folders or ([root] if root is not None else [])

    def _workspace(self, root: Path) -> WorkspaceStatus:
        return {
            "uri": self._session.folder_uri(root),
            "name": root.name,
            "isHostRunning": self._links.of(root).is_connected,
            "index": index_status(self._index_by_root.get(root)),
        }

    async def _look(self, root: Path) -> None:
        """Ask the host of a workspace, if one runs."""
        link = self._links.of(root)
        try:
            index = await link.call_running("index.status", {})
            ping = await link.call_running("ping", {}) if link.is_connected else None
        except HostError as error:
            log.info("no status: workspace=%s reason=%s", root, error)
            return
        if index is not None:
            self._index_by_root[root] = index
        workers = ping.get("workers") if ping is not None else None
        self._roles_by_root[root] = frozenset(
            str(worker.get("role"))
            for worker in (workers if isinstance(workers, list) else ())
            if isinstance(worker, dict) and worker.get("pid")
        )

    async def _find_hosts(self) -> None:
        """Connect to hosts that others start: they have news."""
        while True:
            for root in self._roots():
                link = self._links.of(root)
                if not link.is_connected:
                    try:
                        await link.call_running("ping", {})
                    except HostError as error:
                        log.info("no host: workspace=%s reason=%s", root, error)
            await asyncio.sleep(HOST_POLL_S)

    async def _tell_changes(self, tell: Callable[[Status], None]) -> None:
        told: Status | None = None
        while True:
            self._has_changed.clear()
            status = await self.status()
            if status != told:
                told = status
                tell(status)
            await asyncio.sleep(PAUSE_S)
            await self._has_changed.wait()

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        if event == "index":
            self._index_by_root[root] = params
        if event in ("index", "process"):
            self.changed()

    def _take_gone(self, root: Path) -> None:
        self._roles_by_root.pop(root, None)
        if root in self._index_by_root:
            # What was published stays; nobody works on it.
            self._index_by_root[root] |= {"state": "idle", "progress": None}
        self.changed()


def index_status(view: dict[str, Any] | None) -> IndexStatus | None:
    """Return the status of an index from the host's index view; None where there is none."""
    if view is None:
        return None
    published, progress = view.get("index"), view.get("progress")
    is_indexing = view.get("state") == "indexing"
    problem = str(view.get("problem") or "")
    if not (isinstance(published, dict) or is_indexing or problem):
        return None
    counts = published if isinstance(published, dict) else {}
    is_told = is_indexing and isinstance(progress, dict)
    return {
        "state": "indexing" if is_indexing else "idle",
        "percentage": index_progress.percentage_of(progress or {}) if is_told else None,
        "files": index_progress.number(counts, "files"),
        "definitions": index_progress.number(counts, "definitions"),
        "problem": problem,
    }
