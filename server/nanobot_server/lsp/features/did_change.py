"""`textDocument/didChange`: follow the editor's edits, or stop trusting our copy."""

import logging
from typing import Protocol

from lsprotocol import types

from nanobot_server.lsp.client.editor import MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.text_buffer import Change, Place
from nanobot_server.lsp.errors import TextSyncError

log = logging.getLogger(__name__)


class TextEditor(Protocol):
    """What is asked of an editor whose document is out of step."""

    def tell(self, kind: MessageKind, message: str) -> None:
        """Show a message."""

    def request_full_text(self, uri: str) -> None:
        """Ask for the full text of an open document."""


async def did_change(
    session: Session, editor: TextEditor, params: types.DidChangeTextDocumentParams
) -> None:
    """Apply the changes; if they do not fit, distrust the document and say so once."""
    changes = [_change(item) for item in params.content_changes]
    try:
        session.change(params.text_document.uri, params.text_document.version, changes)
    except TextSyncError as error:
        log.warning("document out of step: %s", error)
        _resynchronise(session, editor, params.text_document.uri, error)
    await session.announce()


def distrust_unreadable(session: Session, editor: TextEditor, params: object) -> None:
    """Handle a change whose parameters could not be read: it is lost, so is our copy."""
    document = params.get("textDocument") if isinstance(params, dict) else None
    uri = document.get("uri") if isinstance(document, dict) else None
    if not isinstance(uri, str) or (found := session.document(uri)) is None:
        return
    session.distrust(uri)
    _resynchronise(session, editor, uri, TextSyncError(found.name, "a change could not be read"))


def _resynchronise(session: Session, editor: TextEditor, uri: str, error: TextSyncError) -> None:
    """Get the full text: from an editor that sends it when asked, else from its user."""
    if session.client.has_resync:
        spelled = session.asks_full_text(uri)
        if spelled is not None:
            editor.request_full_text(spelled)
    elif session.tells_distrust(uri):
        editor.tell(MessageKind.WARNING, f"nanobot: {error}")


def _change(item: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(item, types.TextDocumentContentChangeWholeDocument):
        return Change(None, None, item.text)
    start, end = item.range.start, item.range.end
    return Change(Place(start.line, start.character), Place(end.line, end.character), item.text)
