"""Files that changed, as the editor says: for a host that does not hear of it by itself.

A host watches its workspace. Where the user switched that off, or the system has no
watch left, it looks at the files before each answer, at most every two seconds; what
the editor saves or sees change makes it look at once. Only then is an editor asked to
watch: for some it costs as much as for us.

Runs on the event loop.
"""

import asyncio
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol

from nanobot_server.host.errors import HostError
from nanobot_server.host.location import STATE_FOLDER_NAME
from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_links import HostLinks

log = logging.getLogger(__name__)

DID_CHANGE: Final = "workspace/didChangeWatchedFiles"
_OF_NO_INTEREST: Final = frozenset({STATE_FOLDER_NAME, ".git"})


class WatchingEditor(Protocol):
    """The editor, as far as watching needs it."""

    async def register(self, method: str, options: object) -> bool:
        """Ask to be told of something; false when the editor refuses."""


class WatchedFiles:
    """One per connection.

    Args:
        session: Has the folders.
        editor: Is asked to watch, if it can.
        links: To the hosts.
    """

    def __init__(self, session: Session, editor: WatchingEditor, links: HostLinks) -> None:
        self._session = session
        self._editor = editor
        self._links = links
        self._roots: set[Path] = set()
        """Whose host wants to hear of changes."""
        self._changed: set[Path] = set()
        self._telling: set[Path] = set()
        self._is_registered = False
        self._tasks: set[asyncio.Task[None]] = set()
        links.listen(self._take_event, self._roots.discard, self._take_connected)

    def changed(self, uris: Iterable[str]) -> None:
        """Take over that these files changed, appeared or went, or were saved."""
        for uri in uris:
            path = path_of(uri)
            root = None if path is None else self._session.root_of(path)
            if path is None or root is None or root not in self._roots:
                continue
            if not _OF_NO_INTEREST.intersection(Path(os.path.relpath(path, root)).parts):
                self._changed.add(root)
                self._tell_soon(root)

    def _tell_soon(self, root: Path) -> None:
        if root not in self._telling:
            self._telling.add(root)
            self._spawn(self._tell(root), "changed files")

    async def _tell(self, root: Path) -> None:
        try:
            while root in self._changed:
                self._changed.discard(root)
                await self._links.of(root).call_running("index.changed", {})
        except HostError as error:
            log.info("changes not told: workspace=%s reason=%s", root, error)
        finally:
            self._telling.discard(root)

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        if event == "index":
            self._take_view(root, params)

    def _take_connected(self, root: Path) -> None:
        self._spawn(self._look(root), "index status")

    async def _look(self, root: Path) -> None:
        try:
            view = await self._links.of(root).call_running("index.status", {})
        except HostError as error:
            log.info("no index status: workspace=%s reason=%s", root, error)
            return
        self._take_view(root, view or {})

    def _take_view(self, root: Path, view: dict[str, Any]) -> None:
        if view.get("wants_changes") is not True:
            self._roots.discard(root)
            return
        self._roots.add(root)
        if self._session.client.has_dynamic_watching and not self._is_registered:
            self._is_registered = True
            options = {"watchers": [{"globPattern": "**/*"}]}
            self._spawn(self._register(options), "watched files")

    async def _register(self, options: object) -> None:
        is_taken = await self._editor.register(DID_CHANGE, options)
        log.info("editor watches: is_taken=%s", is_taken)

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
