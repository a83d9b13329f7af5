"""`textDocument/didChange`: follow the editor's edits, or stop trusting our copy."""

import logging

from lsprotocol import types

from nanobot_server.lsp.editor import Editor, MessageKind
from nanobot_server.lsp.errors import TextSyncError
from nanobot_server.lsp.session import Session
from nanobot_server.lsp.text_buffer import Change, Place

log = logging.getLogger(__name__)


async def did_change(
    session: Session, editor: Editor, params: types.DidChangeTextDocumentParams
) -> None:
    """Apply the changes; if they do not fit, distrust the document and say so once."""
    changes = [_change(item) for item in params.content_changes]
    try:
        session.change(params.text_document.uri, params.text_document.version, changes)
    except TextSyncError as error:
        log.warning("document out of step: %s", error)
        if session.tells_distrust(params.text_document.uri):
            editor.tell(MessageKind.WARNING, f"nanobot: {error}")
    await session.announce()


def distrust_unreadable(session: Session, editor: Editor, params: object) -> None:
    """Handle a change whose parameters could not be read: it is lost, so is our copy."""
    document = params.get("textDocument") if isinstance(params, dict) else None
    uri = document.get("uri") if isinstance(document, dict) else None
    if not isinstance(uri, str) or session.document(uri) is None:
        return
    session.distrust(uri)
    if session.tells_distrust(uri):
        error = TextSyncError(uri, "a change could not be read")
        editor.tell(MessageKind.WARNING, f"nanobot: {error}")


def _change(item: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(item, types.TextDocumentContentChangeWholeDocument):
        return Change(None, None, item.text)
    start, end = item.range.start, item.range.end
    return Change(Place(start.line, start.character), Place(end.line, end.character), item.text)
