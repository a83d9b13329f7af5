"""`textDocument/didClose`: the file on disk is the truth again."""

from lsprotocol import types

from nanobot_server.lsp.document.session import Session


async def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Forget the document."""
    session.close(params.text_document.uri)
    await session.announce()
