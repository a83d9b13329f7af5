"""`textDocument/didOpen`: take the text of a document."""

import logging

from lsprotocol import types

from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.errors import TextSyncError

log = logging.getLogger(__name__)


async def did_open(
    session: Session, editor: Editor, params: types.DidOpenTextDocumentParams
) -> None:
    """Keep the text; if it can not be text, the document is not used."""
    item = params.text_document
    try:
        session.open(item.uri, item.language_id, item.version, item.text)
    except TextSyncError as error:
        log.warning("document refused: %s", error)
        if session.tells_distrust(item.uri):
            editor.tell(MessageKind.WARNING, f"nanobot: {error}")
    await session.announce()
