"""`textDocument/codeAction`: stop, resume, review or undo the process that was used last.

For editors whose user can give no command, and that show no processes of ours: there the
menu of code actions is the only way. Answers from what was told last; no host is asked.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.process.process_view import ProcessView

KIND: Final = "source.nanobot"

_RUNNING: Final = (("Stop", "cancel"), ("Pause", "pause"))
_OFFERED: Final = MappingProxyType(
    {
        "queued": _RUNNING,
        "running": _RUNNING,
        "paused": (("Resume", "resume"), ("Stop", "cancel")),
        "interrupted": (("Resume", "resume"),),
        "failed": (("Resume", "resume"),),
        "waiting_for_review": (
            ("Review", "review"),
            ("Accept all of", "accept"),
            ("Reject all of", "reject"),
        ),
        "done": (("Undo", "undo"),),
    }
)
"""Titles and commands, by the state of the process."""


def process_action(
    session: Session, newest: ProcessView | None, params: types.CodeActionParams
) -> list[types.CodeAction]:
    """Return what can be done about a process, in any file of its workspace.

    Args:
        session: Knows the editor and the folders.
        newest: The process that this editor used last.
        params: Of the request.
    """
    path = path_of(params.text_document.uri)
    if newest is None or path is None or "processes" in session.client.told:
        return []
    if session.root_of(path) != newest.workspace or not _is_wanted(params.context.only):
        return []
    uri = params.text_document.uri
    process = {"processId": newest.process_id}
    return [
        types.CodeAction(
            f"nanobot: {verb} {newest.process_id}",
            kind=KIND,
            command=types.Command(
                verb, f"nanobot.process.{command}", arguments=[{**process, "uri": uri}]
            ),
        )
        for verb, command in _OFFERED.get(newest.state, ())
    ]


def _is_wanted(only: Sequence[str] | None) -> bool:
    """Apply the editor's filter: a kind stands for itself and everything below it."""
    return only is None or any(
        wanted in ("", KIND) or KIND.startswith(f"{wanted}.") for wanted in only
    )
