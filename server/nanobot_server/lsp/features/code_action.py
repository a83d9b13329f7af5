"""`textDocument/codeAction`: do what a comment says.

A comment that begins with `nanobot:` is how a sentence is said in an editor that has no way
to type one. Answers from the buffer alone: no host is asked, so the menu never waits.
"""

import re
from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.action_request import REWRITE, ActionRequest

_REQUEST: Final = re.compile(r"\s*(?:#+|//+|/\*+|--+|<!--|;+|%+|\.\.)\s*nanobot:\s*(?P<goal>\S.*)")
_COMMENT_END: Final = re.compile(r"\s*(?:\*+/|-->)?\s*$")
_TITLE_CHARS_MAX: Final = 60


def code_action(request: ActionRequest) -> list[types.CodeAction]:
    """Return what the comment at the start of the range asks for."""
    goal = _requested(request.snapshot.lines, request.line)
    if not goal or not request.wants(REWRITE):
        return []
    is_long = len(goal) > _TITLE_CHARS_MAX
    shown = f"{goal[:_TITLE_CHARS_MAX].rstrip()}…" if is_long else goal
    arguments: dict[str, object] = {"goal": goal, "uri": request.snapshot.uri}
    return [request.offer(shown, REWRITE, arguments)]


def _requested(lines: Sequence[str], number: int) -> str:
    """Return what a comment on a line of its own asks for; empty when it asks for nothing."""
    found = _REQUEST.match(lines[number]) if 0 <= number < len(lines) else None
    return "" if found is None else _COMMENT_END.sub("", found["goal"])
