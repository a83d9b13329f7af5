"""`Show diff`, as well as the editor can.

it shows reviews by itself     nanobot/showReview
documents that we give         a unified diff, which follows what is decided
showDocument                   the same in a file of the user's cache folder
none of these                  a message that says where this file is
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.document_uri import uri_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.own.own_messages import SHOW_REVIEW
from nanobot_server.lsp.review.edit_plan import Plan
from nanobot_server.lsp.review.shown_reviews import ShownReviews
from nanobot_server.lsp.review.virtual_documents import VirtualDocuments


class DiffDisplay:
    """Shows changes. Runs on the event loop."""

    def __init__(
        self,
        session: Session,
        editor: Editor,
        shown: ShownReviews,
        documents: VirtualDocuments,
        patch_folder: Callable[[], Path],
    ) -> None:
        self._session = session
        self._editor = editor
        self._shown = shown
        self._documents = documents
        self._patch_folder = patch_folder

    @property
    def decides(self) -> bool:
        """Whether what the editor shows is also where its user decides."""
        return "review" in self._session.client.told

    async def show(self, root: Path, plan: Plan) -> None:
        """Show a plan."""
        client = self._session.client
        if self.decides:
            self._editor.notify(SHOW_REVIEW, self._shown.message(root, plan))
            return
        if client.has_text_document_content and client.has_show_document:
            uri = self._documents.diff_uri(root, plan.process_id)
            if await self._editor.show_document(uri):
                return
        await self.show_patch(root, plan)

    async def show_patch(self, root: Path, plan: Plan) -> None:
        """Write a plan as a patch, and show that or say where it is."""
        text = self._documents.diff(root, plan)
        try:
            path = await asyncio.to_thread(
                _write_patch, self._patch_folder(), plan.process_id, text
            )
        except OSError as error:
            said = f"nanobot: the diff could not be written ({error})"
            self._editor.tell(MessageKind.WARNING, said)
            return
        is_shown = self._session.client.has_show_document and await self._editor.show_document(
            uri_of(path)
        )
        if not is_shown:
            self._editor.tell(MessageKind.INFO, f"nanobot: the diff is in {path}")


def _write_patch(folder: Path, process_id: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in process_id)
    path = folder / f"{name}.patch"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path
