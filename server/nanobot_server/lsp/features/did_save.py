"""`textDocument/didSave`: a file on disk changed."""

from lsprotocol import types

from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.watched_files import WatchedFiles


async def did_save(
    session: Session, files: WatchedFiles, params: types.DidSaveTextDocumentParams
) -> None:
    """Tell a host that does not watch, and wake those who wait for a file to have a text."""
    files.changed([params.text_document.uri])
    await session.announce()
