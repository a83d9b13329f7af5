"""`initialize`: say who we are and what we offer.

Standard library only: the answer goes out before pygls is imported, which takes
longer than everything else at the start.
"""

from importlib import metadata
from typing import Any, Final

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.client.editor_options import EditorOptions
from nanobot_server.lsp.document.document_uri import ANSWER_SCHEME, REVIEW_SCHEME
from nanobot_server.lsp.own.own_messages import PROTOCOL_VERSION

CODE_ACTION_KINDS: Final = (
    "quickfix",
    "refactor.extract",
    "refactor.inline",
    "refactor.move",
    "refactor.rewrite",
    "source.nanobot",
)

COMMANDS: Final = (
    "nanobot.process.accept",
    "nanobot.process.cancel",
    "nanobot.process.diff",
    "nanobot.process.pause",
    "nanobot.process.reject",
    "nanobot.process.resume",
    "nanobot.process.review",
    "nanobot.process.start",
    "nanobot.process.status",
    "nanobot.process.undo",
    "nanobot.ask",
    "nanobot.ingest",
    "nanobot.search",
    "nanobot.status",
)

_SYNC_INCREMENTAL: Final = 2
_DIAGNOSTICS: Final = {
    "identifier": "nanobot",
    "interFileDependencies": True,
    "workspaceDiagnostics": False,
}
"""Only for editors that can be told to ask again; the others are sent what there is."""


def initialize(client: ClientProfile, options: EditorOptions) -> dict[str, Any]:
    """Return the result of `initialize` for this editor.

    Args:
        client: What it can do, and whether it has other servers.
        options: What the user's settings say; they count more.
    """
    return {
        "capabilities": {
            "positionEncoding": client.encoding.value,
            "textDocumentSync": {
                "openClose": True,
                "change": _SYNC_INCREMENTAL,
                "save": {"includeText": False},
            },
            **_completion(client),
            "codeActionProvider": {"codeActionKinds": list(CODE_ACTION_KINDS)},
            "codeLensProvider": {"resolveProvider": False},
            **({"diagnosticProvider": _DIAGNOSTICS} if client.has_pull_diagnostics else {}),
            "executeCommandProvider": {"commands": list(COMMANDS)},
            **_of_the_index(client, options),
            "workspace": {
                "workspaceFolders": {"supported": True, "changeNotifications": True},
                "textDocumentContent": {"schemes": [REVIEW_SCHEME, ANSWER_SCHEME]},
            },
            "experimental": {"nanobot": {"protocol": PROTOCOL_VERSION}},
        },
        "serverInfo": {"name": "nanobot", "version": metadata.version("nanobot-lsp")},
    }


def _completion(client: ClientProfile) -> dict[str, Any]:
    """Return how suggestions are offered: never in two ways to one editor."""
    if client.has_inline_completion:
        return {"inlineCompletionProvider": {}}
    return {"completionProvider": {"resolveProvider": False}}


def _of_the_index(client: ClientProfile, options: EditorOptions) -> dict[str, Any]:
    """Return what the index can answer where no other server does: off unless it is wanted."""
    has_symbols = client.wants_symbols if options.symbols is None else options.symbols
    has_hover = client.wants_hover if options.hover is None else options.hover
    found: dict[str, Any] = {}
    if has_symbols:
        found |= {"workspaceSymbolProvider": True, "documentSymbolProvider": {"label": "nanobot"}}
    if has_hover:
        found["hoverProvider"] = True
    return found
