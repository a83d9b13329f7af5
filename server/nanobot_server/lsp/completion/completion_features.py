"""Suggestions at the cursor are registered here, for both kinds of editors."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.completion.completions import Completions
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.completion import completion
from nanobot_server.lsp.features.inline_completion import inline_completion
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.index.index_commands import IndexCommands
from nanobot_server.lsp.own.own_features import OwnFeatures


def register_completion(
    server: LanguageServer,
    session: Session,
    links: HostLinks,
    index: IndexCommands,
    own: OwnFeatures,
) -> None:
    """Register the two requests; `initialize` offers the one that the editor knows."""
    completions = Completions(session, links, index, own.status_board.changed)
    own.status_board.completion = completions
    own.configuration.listen(completions.use)
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)(
        lambda params: inline_completion(completions, params)
    )
    server.feature(types.TEXT_DOCUMENT_COMPLETION)(
        lambda params: completion(completions, session.client.encoding, params)
    )
