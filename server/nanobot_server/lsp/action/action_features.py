"""The features behind `textDocument/codeAction`: one answer of many files."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.action.action_request import ActionRequest
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.code_action import code_action
from nanobot_server.lsp.features.definition_action import definition_action
from nanobot_server.lsp.features.diagnostic_action import diagnostic_action
from nanobot_server.lsp.features.extract_action import extract_action
from nanobot_server.lsp.features.hunk_action import hunk_action
from nanobot_server.lsp.features.process_action import process_action
from nanobot_server.lsp.features.recipe_action import recipe_action
from nanobot_server.lsp.features.source_action import source_action
from nanobot_server.lsp.process.processes import Processes
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.shown_reviews import ShownReviews


def register_actions(
    server: LanguageServer,
    session: Session,
    processes: Processes,
    reviews: OpenReviews,
    shown: ShownReviews,
) -> None:
    """Register what answers a request for code actions, what is meant most first."""
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION)(
        lambda params: [
            *hunk_action(reviews, shown, params),
            *diagnostic_action(session, params),
            *actions_of_code(session, params),
            *process_action(session, processes.newest, params),
        ]
    )


def actions_of_code(session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return what is offered for the code of a file, what is meant most first."""
    request = ActionRequest.of(session, params)
    if request is None:
        return []
    at_cursor = [recipe_action, extract_action]
    if request.has_selection:
        at_cursor.reverse()
    return [
        *code_action(request),
        *(action for offer in at_cursor for action in offer(request)),
        *definition_action(request),
        *source_action(request),
    ]
