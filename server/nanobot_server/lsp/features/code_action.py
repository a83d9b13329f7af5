"""`textDocument/codeAction`: offer to document what the cursor is in, or do what a comment says.

Answers from the buffer alone: no host is asked, so the menu never waits. A comment that
begins with `nanobot:` is how a sentence is said in an editor that has no way to type one.
"""

import re
from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.definition_scan import definition_at
from nanobot_server.lsp.session import Session

START: Final = "nanobot.process.start"
DEFINITION_KIND: Final = "refactor.rewrite"
WORKSPACE_KIND: Final = "source.nanobot"

_REQUEST: Final = re.compile(r"\s*(?:#+|//+|/\*+|--+|<!--|;+|%+|\.\.)\s*nanobot:\s*(?P<goal>\S.*)")
_COMMENT_END: Final = re.compile(r"\s*(?:\*+/|-->)?\s*$")
_TITLE_CHARS_MAX: Final = 60


def code_action(session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the actions at the start of the range."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None or snapshot.path is None or session.root_of(snapshot.path) is None:
        return []
    only = params.context.only
    actions = []
    if _is_wanted(DEFINITION_KIND, only):
        goal = _requested(snapshot.lines, params.range.start.line)
        if goal:
            is_long = len(goal) > _TITLE_CHARS_MAX
            shown = f"{goal[:_TITLE_CHARS_MAX].rstrip()}…" if is_long else goal
            arguments: dict[str, object] = {"goal": goal, "uri": snapshot.uri}
            actions.append(_action(f"nanobot: {shown}", DEFINITION_KIND, arguments))
    if not session.is_workable(snapshot):
        return actions
    if _is_wanted(DEFINITION_KIND, only):
        definition = definition_at(snapshot.lines, params.range.start.line)
        if definition is not None and not definition.has_docstring:
            noun = "class" if definition.is_class else "function"
            arguments = {"recipe": "document", "uri": snapshot.uri, "line": definition.line}
            title = f"nanobot: Document this {noun}"
            actions.append(_action(title, DEFINITION_KIND, arguments))
    if _is_wanted(WORKSPACE_KIND, only):
        title = "nanobot: Document every public function in this workspace"
        arguments = {"recipe": "document", "uri": snapshot.uri}
        actions.append(_action(title, WORKSPACE_KIND, arguments))
    return actions


def _requested(lines: Sequence[str], number: int) -> str:
    """Return what a comment on a line of its own asks for; empty when it asks for nothing."""
    found = _REQUEST.match(lines[number]) if 0 <= number < len(lines) else None
    return "" if found is None else _COMMENT_END.sub("", found["goal"])


def _action(title: str, kind: str, arguments: dict[str, object]) -> types.CodeAction:
    return types.CodeAction(
        title, kind=kind, command=types.Command(title, START, arguments=[arguments])
    )


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Apply the editor's filter: a kind stands for itself and everything below it."""
    return only is None or any(
        wanted in ("", kind) or kind.startswith(f"{wanted}.") for wanted in only
    )
