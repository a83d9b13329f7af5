"""`textDocument/diagnostic`: what a user should know about the open reviews of a file."""

from lsprotocol import types

from nanobot_server.lsp.review.review_notes import ReviewNotes


def diagnostic(
    notes: ReviewNotes, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
    """Return the notes of a document, or that they are those the editor has."""
    items = notes.of_document(params.text_document.uri)
    result_id = notes.result_id(items)
    if params.previous_result_id == result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id)
    return types.RelatedFullDocumentDiagnosticReport(items, result_id=result_id)
