"""The features that the index answers, for editors in which no other server does."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.document_symbol import document_symbol
from nanobot_server.lsp.features.hover import hover
from nanobot_server.lsp.features.workspace_symbol import workspace_symbol
from nanobot_server.lsp.index.index_question import IndexQuestions


def register_index(server: LanguageServer, session: Session, index: IndexQuestions) -> None:
    """Register them. Whether they are offered is decided by `initialize`."""
    feature = server.feature
    feature(types.WORKSPACE_SYMBOL)(lambda params: workspace_symbol(session, index, params))
    feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(
        lambda params: document_symbol(session, index, params)
    )
    feature(types.TEXT_DOCUMENT_HOVER)(lambda params: hover(session, index, params))
