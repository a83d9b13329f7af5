"""`textDocument/didSave`: a file on disk changed."""

from lsprotocol import types

from nanobot_server.lsp.session import Session


async def did_save(session: Session, _params: types.DidSaveTextDocumentParams) -> None:
    """Wake those who wait for a file to have a certain text."""
    await session.announce()
