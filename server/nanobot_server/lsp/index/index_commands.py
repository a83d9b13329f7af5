"""What the editor asks of the index: searches, and bringing it up to date.

Runs on the event loop. Every method that talks to a host raises `HostError`.
"""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.unsaved_buffers import UnsavedBuffers
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_progress import percentage_of, progress_text

log = logging.getLogger(__name__)

SEARCH_TIMEOUT_S: Final = 20.0
INGEST_TIMEOUT_S: Final = 3600.0
"""A very large workspace on a slow disk. The user can cancel it."""
PROGRESS_WAIT_S: Final = 1.0
"""So long an editor has to make a place for the progress, before it begins without."""
_PERCENTAGE_MAX: Final = 99
"""A hundred is said by `end`."""


class IndexCommands:
    """Searches and refreshes the index of the workspace that is open."""

    def __init__(self, session: Session, editor: Editor, links: HostLinks) -> None:
        self._session = session
        self._editor = editor
        self._links = links
        self._buffers_by_root: dict[Path, UnsavedBuffers] = {}
        self._progress_by_root: dict[Path, _IngestProgress] = {}
        self._progress_count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        links.listen(self._take_event, self._take_gone)

    async def search(self, root: Path, params: dict[str, object]) -> dict[str, Any]:
        """Search a workspace, unsaved documents included.

        Args:
            root: The workspace.
            params: Of the host's `search`.
        """
        await self.send_buffers(root)
        return await self._links.of(root).call("search", params, timeout_s=SEARCH_TIMEOUT_S)

    async def send_buffers(self, root: Path) -> None:
        """Bring the host of a workspace up to date on unsaved documents, as far as it can be."""
        buffers = self._buffers_by_root.get(root)
        if buffers is None:
            buffers = UnsavedBuffers(self._session, self._links.of(root))
            self._buffers_by_root[root] = buffers
        try:
            await buffers.send()
        except HostError as error:
            # The files on the disk are better than no answer.
            log.info("buffers not sent: reason=%s", error)

    async def ingest(self, root: Path) -> dict[str, Any]:
        """Bring the index up to date, and show how far it is. One at a time per workspace.

        Returns:
            At once; how it ended is shown when it did.
        """
        if root not in self._progress_by_root:
            self._progress_count += 1
            token = f"nanobot/index/{self._progress_count}"
            # Before anything is waited for: the next command must find it.
            self._progress_by_root[root] = _IngestProgress(token, self._editor)
            is_started = False
            try:
                # The first answer shows that there is a host at all.
                await self._links.of(root).call("index.status", {})
                self._spawn(self._ingested(root), "ingest")
                is_started = True
            finally:
                if not is_started:
                    del self._progress_by_root[root]
        return {"state": "indexing"}

    def cancel_by_token(self, token: str | int) -> None:
        """Cancel the refresh whose progress the user stopped."""
        for root, progress in self._progress_by_root.items():
            if progress.token == token:
                self._spawn(self._cancelled(root), "cancel ingest")

    async def _ingested(self, root: Path) -> None:
        progress = self._progress_by_root[root]
        message = ""
        try:
            if self._session.client.has_progress:
                # Waited for a moment: an editor may take its time to answer, or never do.
                beginning = self._spawn(progress.begin(), "ingest progress")
                await asyncio.wait({beginning}, timeout=PROGRESS_WAIT_S)
            report = await self._links.of(root).call(
                "index.refresh", {}, timeout_s=INGEST_TIMEOUT_S
            )
            message = f"{report.get('files')} files, {report.get('definitions')} definitions"
            self._editor.tell(MessageKind.INFO, f"nanobot: {message}")
        except HostError as error:
            message = str(error)
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")
        finally:
            del self._progress_by_root[root]
            progress.end(message)

    async def _cancelled(self, root: Path) -> None:
        try:
            await self._links.of(root).call("index.cancel", {})
        except HostError as error:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")

    def _take_event(self, root: Path, event: str, params: dict[str, Any]) -> None:
        if event != "index":
            return
        progress = self._progress_by_root.get(root)
        if progress is not None and isinstance(params.get("progress"), dict):
            progress.report(params["progress"])
        message = params.get("message")
        if message and progress is not None:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {message}")
        elif message:
            # Nobody asked for the index here, and nobody has to do anything.
            log.warning("index: workspace=%s message=%s", root, message)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _take_gone(self, root: Path) -> None:
        buffers = self._buffers_by_root.get(root)
        if buffers is not None:
            buffers.forget()


class _IngestProgress:
    """What the editor shows of one refresh. The percentage only rises."""

    def __init__(self, token: str, editor: Editor) -> None:
        self.token = token
        self._editor = editor
        self._percentage = 0
        self._is_shown = False
        self._has_ended = False

    async def begin(self) -> None:
        """Show it, if the editor has a place for it before it is over."""
        has_place = await self._editor.create_progress(self.token)
        self._is_shown = has_place and not self._has_ended
        if self._is_shown:
            begin = {"kind": "begin", "title": "nanobot index", "percentage": 0}
            self._editor.progress(self.token, {**begin, "cancellable": True})

    def report(self, progress: dict[str, Any]) -> None:
        """Show how far the host is."""
        if not self._is_shown:
            return
        self._percentage = min(max(self._percentage, percentage_of(progress)), _PERCENTAGE_MAX)
        message = progress_text(progress)
        report = {"kind": "report", "percentage": self._percentage, "message": message}
        self._editor.progress(self.token, {**report, "cancellable": True})

    def end(self, message: str) -> None:
        """Show that it is over."""
        self._has_ended = True
        if self._is_shown:
            self._editor.progress(self.token, {"kind": "end", "message": message})
            self._is_shown = False
