"""`initialize`: say who we are and what we offer.

Standard library only: the answer goes out before pygls is imported, which takes
longer than everything else at the start.
"""

from importlib import metadata
from typing import Any, Final

from nanobot_server.lsp.client_profile import ClientProfile

CODE_ACTION_KINDS: Final = ("quickfix", "refactor.rewrite", "source.nanobot")

COMMANDS: Final = (
    "nanobot.process.accept",
    "nanobot.process.cancel",
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


def initialize(client: ClientProfile) -> dict[str, Any]:
    """Return the result of `initialize` for this editor."""
    return {
        "capabilities": {
            "positionEncoding": client.encoding.value,
            "textDocumentSync": {
                "openClose": True,
                "change": _SYNC_INCREMENTAL,
                "save": {"includeText": False},
            },
            "codeActionProvider": {"codeActionKinds": list(CODE_ACTION_KINDS)},
            "executeCommandProvider": {"commands": list(COMMANDS)},
            "workspace": {
                "workspaceFolders": {"supported": True, "changeNotifications": True},
            },
        },
        "serverInfo": {"name": "nanobot", "version": metadata.version("nanobot-lsp")},
    }
