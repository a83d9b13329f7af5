"""Questions that the user asks about the workspace, from the editor.

Runs on the event loop. The progress display says what is read; stopping it, or
cancelling the request, ends the question in the host.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.answer_text import answer_markdown
from nanobot_server.lsp.index.index_commands import IndexCommands

log = logging.getLogger(__name__)

# The host keeps the deadline; this is for one that does not answer at all.
_PATIENCE_S: Final = 30.0
_PATHS_SHOWN: Final = 2


class Questions:
    """Questions that are being answered. Any number at a time.

    Args:
        session: Has the workspace.
        editor: Shows progress and the answer.
        links: To the hosts.
        index: Sends unsaved documents.
        keep: Keeps an answer as a document, and returns its URI.
    """

    def __init__(
        self,
        session: Session,
        editor: Editor,
        links: HostLinks,
        index: IndexCommands,
        *,
        keep: Callable[[str], str],
    ) -> None:
        self._session = session
        self._editor = editor
        self._links = links
        self._index = index
        self._keep = keep
        self._count = 0
        self._root_by_token: dict[str, Path] = {}
        self._shown: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        links.listen(self._take_event, lambda _root: None)

    async def ask(self, root: Path, question: str, *, timeout_s: int) -> dict[str, Any]:
        """Answer a question, unsaved documents included, and show the answer.

        Returns:
            The document of the host's `ask`, and `uri`: the answer to read.

        Raises:
            HostError: The host refused, or the user cancelled.
        """
        await self._index.send_buffers(root)
        self._count += 1
        token = f"nanobot/ask/{self._count}"
        self._root_by_token[token] = root
        message = ""
        try:
            if self._session.client.has_progress and await self._editor.create_progress(token):
                self._shown.add(token)
                begin = {"kind": "begin", "title": "nanobot ask", "message": "looking"}
                self._editor.progress(token, {**begin, "cancellable": True})
            params: dict[str, object] = {"question": question, "timeout_s": timeout_s}
            document = await self._links.of(root).call(
                "ask", {**params, "token": token}, timeout_s=timeout_s + _PATIENCE_S
            )
            message = _said(document)
        except asyncio.CancelledError:
            self._cancel(token)
            raise
        finally:
            del self._root_by_token[token]
            if token in self._shown:
                self._shown.discard(token)
                self._editor.progress(token, {"kind": "end", "message": message})
        self._editor.tell(MessageKind.INFO, f"nanobot: {message}")
        return {**document, "uri": self._keep(answer_markdown({**document, "question": question}))}

    def cancel_by_token(self, token: object) -> None:
        """Cancel the question whose progress the user stopped; a client may send anything."""
        if isinstance(token, str) and token in self._root_by_token:
            self._cancel(token)

    def _cancel(self, token: str) -> None:
        root = self._root_by_token[token]
        task = asyncio.create_task(self._cancelled(root, token), name="cancel ask")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cancelled(self, root: Path, token: str) -> None:
        try:
            await self._links.of(root).call("ask.cancel", {"token": token})
        except HostError as error:
            log.info("question not cancelled: reason=%s", error)

    def _take_event(self, _root: Path, event: str, params: dict[str, Any]) -> None:
        token = params.get("token")
        if event != "ask" or token not in self._shown:
            return
        pieces = params.get("pieces")
        names = [str(one.get("path")) for one in pieces] if isinstance(pieces, list) else []
        paths = list(dict.fromkeys(names))
        more = f" and {len(paths) - _PATHS_SHOWN} more" if len(paths) > _PATHS_SHOWN else ""
        report = {"kind": "report", "message": f"reading {', '.join(paths[:_PATHS_SHOWN])}{more}"}
        self._editor.progress(str(token), {**report, "cancellable": True})


def _said(document: dict[str, Any]) -> str:
    """Return an answer with its first place, or why there is none."""
    evidence = document.get("evidence")
    if not document.get("is_found") or not isinstance(evidence, list) or not evidence:
        return str(document.get("problem"))
    place = f"{evidence[0].get('path')}:{evidence[0].get('start_line')}"
    answer = str(document.get("answer"))
    return answer if answer.startswith(place) else f"{answer} ({place})"
