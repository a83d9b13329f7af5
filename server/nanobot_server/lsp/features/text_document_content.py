"""`workspace/textDocumentContent` (3.18): the text of a document that is no file."""

from lsprotocol import types

from nanobot_server.lsp.review.virtual_documents import VirtualDocuments


async def text_document_content(
    documents: VirtualDocuments, params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    """Return a text at once. No host is asked: some editors stand still meanwhile."""
    return types.TextDocumentContentResult(await documents.text(params.uri))
