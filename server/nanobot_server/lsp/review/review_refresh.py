"""Has the editor ask again for what a review changed: lenses, notes, documents.

Several decisions in a row are one refresh. An editor that can not be told about lenses asks
by itself, when it opens or changes a document; one that does not ask for notes is sent them.
"""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Final

from nanobot_server.lsp.client.editor import Editor, Refresh
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.review_notes import ReviewNotes
from nanobot_server.lsp.review.virtual_documents import VirtualDocuments

_PAUSE_S: Final = 0.05


class ReviewRefresh:
    """Listens to `OpenReviews`. Runs on the event loop."""

    def __init__(
        self,
        session: Session,
        editor: Editor,
        reviews: OpenReviews,
        documents: VirtualDocuments,
        notes: ReviewNotes,
    ) -> None:
        self._session = session
        self._editor = editor
        self._documents = documents
        self._notes = notes
        self._sent_by_uri: dict[str, str] = {}
        """The result id of the notes that the editor was sent, without those it has none of."""
        self._changed: set[tuple[Path, str]] = set()
        self._timer: asyncio.TimerHandle | None = None
        reviews.listen(self._take)

    def _take(self, root: Path, process_id: str) -> None:
        self._changed.add((root, process_id))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE_S, self._refresh)

    def _refresh(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        client = self._session.client
        if client.has_code_lens_refresh:
            self._editor.refresh(Refresh.CODE_LENSES)
        if client.has_pull_diagnostics:
            self._editor.refresh(Refresh.DIAGNOSTICS)
        else:
            self._send_notes(changed)
        for root, process_id in changed:
            # Only what was asked for, so also by an editor that does not declare it.
            for uri in self._documents.shown_of(root, process_id):
                self._editor.refresh(Refresh.TEXT, uri)

    def _send_notes(self, changed: Collection[tuple[Path, str]]) -> None:
        uris = {uri for one in changed for uri in self._notes.uris(*one)}
        for uri in sorted(uris | self._sent_by_uri.keys()):
            notes = self._notes.of_document(uri)
            result_id = self._notes.result_id(notes) if notes else ""
            if result_id != self._sent_by_uri.pop(uri, ""):
                document = self._session.document(uri)
                self._editor.send_notes(uri if document is None else document.uri, notes)
            if notes:
                self._sent_by_uri[uri] = result_id
