"""`textDocument/codeAction`: accept or reject what a process proposes at the cursor.

Answers from the last review alone: no host is asked, so the menu never waits. The host, and
the hash of the text, decide when an action is taken.
"""

from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document_uri import path_of
from nanobot_server.lsp.open_hunks import OpenHunks

KIND: Final = "quickfix"
_DECISIONS: Final = (
    ("Accept", "nanobot.process.accept"),
    ("Reject", "nanobot.process.reject"),
)


def hunk_action(open_hunks: OpenHunks, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return what can be decided in the range: its hunks, and all of its file."""
    path = path_of(params.text_document.uri)
    if path is None or not _is_wanted(params.context.only):
        return []
    found = list(open_hunks.of_file(path))
    first, last = params.range.start.line + 1, params.range.end.line + 1
    actions = []
    for process_id, hunk in found:
        # The whole file has no line of its own: it is offered everywhere.
        if hunk.line and not (hunk.line <= last and first < hunk.line + max(hunk.line_count, 1)):
            continue
        arguments: dict[str, object] = {"processId": process_id, "hunks": [hunk.hunk_id]}
        actions += _decisions(hunk.reason, arguments)
    for process_id in dict.fromkeys(process_id for process_id, _ in found):
        hunks = [hunk for one, hunk in found if one == process_id]
        arguments = {"processId": process_id, "paths": [hunks[0].path]}
        many = f"all {len(hunks)} changes" if len(hunks) > 1 else "the change"
        actions += _decisions(f"{many} of this file ({process_id})", arguments)
    return actions


def _decisions(words: str, arguments: dict[str, object]) -> list[types.CodeAction]:
    found = []
    for verb, command in _DECISIONS:
        title = f"nanobot: {verb}: {words}"
        action = types.Command(title, command, arguments=[arguments])
        found.append(types.CodeAction(title, kind=KIND, command=action))
    return found


def _is_wanted(only: Sequence[str] | None) -> bool:
    """Apply the editor's filter: a kind stands for itself and everything below it."""
    return only is None or any(wanted in ("", KIND) for wanted in only)
