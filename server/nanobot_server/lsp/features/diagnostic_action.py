"""`textDocument/codeAction`: fix what some tool says where the cursor is.

Answers from what the editor sends along: no host is asked, so the menu never waits. Of a
tool that is known, all it says about the file can be fixed, too: it is run for that.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document.session import Session, relative_path

START: Final = "nanobot.process.start"
KIND: Final = "quickfix"
_REFACTORING: Final = "fix diagnostics"
# What these call themselves in editors, by the name of their program.
_TOOLS: Final = {
    "ruff": "ruff",
    "flake8": "flake8",
    "mypy": "mypy",
    "pyright": "pyright",
    "pylance": "pyright",
    "basedpyright": "basedpyright",
}
_DIAGNOSTICS_MAX: Final = 200
_SHOWN_MAX: Final = 3
"""So many are offered one by one."""
_TITLE_CHARS_MAX: Final = 60
_MESSAGE_CHARS_MAX: Final = 600


def diagnostic_action(session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return what can be done about the diagnostics in the range."""
    snapshot = session.snapshot(params.text_document.uri)
    if snapshot is None or snapshot.path is None or not session.is_workable(snapshot):
        return []
    root = session.root_of(snapshot.path)
    path = relative_path(root, snapshot.path) if root is not None else None
    found = [one for one in params.context.diagnostics if _is_meant(one)][:_DIAGNOSTICS_MAX]
    if path is None or not found or not _is_wanted(params.context.only):
        return []
    actions = []
    for one in _different(found, _SHOWN_MAX):
        words = f"Fix this: {_short(one.message)}"
        arguments = {"diagnostics": json.dumps([_row(path, one)])}
        actions.append(_action(words, snapshot.uri, arguments, [one]))
    if len(found) > 1:
        arguments = {"diagnostics": json.dumps([_row(path, one) for one in found])}
        actions.append(_action(f"Fix these {len(found)} problems", snapshot.uri, arguments, found))
    tools = dict.fromkeys(_tool(one) for one in found)
    for tool in tools:
        # A comma would be read as the end of a path.
        if tool and "," not in path:
            mine = [one for one in found if _tool(one) == tool]
            arguments = {"tool": tool, "where": path}
            words = f"Fix what {tool} says about this file"
            actions.append(_action(words, snapshot.uri, arguments, mine))
    return actions


def _is_meant(one: types.Diagnostic) -> bool:
    is_said = bool(one.message.strip())
    return is_said and one.severity is not types.DiagnosticSeverity.Hint


def _tool(one: types.Diagnostic) -> str:
    """Return the program that says it; "" for none that is known."""
    return _TOOLS.get((one.source or "").strip().lower(), "")


def _different(found: Sequence[types.Diagnostic], most: int) -> Iterator[types.Diagnostic]:
    by_message: dict[tuple[int, str], types.Diagnostic] = {}
    for one in found:
        by_message.setdefault((one.range.start.line, one.message), one)
    yield from list(by_message.values())[:most]


def _row(path: str, one: types.Diagnostic) -> list[object]:
    """Return a diagnostic as the argument of the refactoring has it."""
    words = " ".join(one.message.split())[:_MESSAGE_CHARS_MAX]
    code = "" if one.code is None else str(one.code)
    return [_tool(one), path, one.range.start.line + 1, code, words]


def _short(message: str) -> str:
    words = " ".join(message.split())
    is_long = len(words) > _TITLE_CHARS_MAX
    return f"{words[:_TITLE_CHARS_MAX].rstrip()}…" if is_long else words


def _action(
    words: str, uri: str, arguments: dict[str, str], found: list[types.Diagnostic]
) -> types.CodeAction:
    title = f"nanobot: {words}"
    part = {"name": _REFACTORING, "arguments": arguments}
    wanted = {"goal": words, "uri": uri, "refactorings": [part]}
    command = types.Command(title, START, arguments=[wanted])
    return types.CodeAction(title, kind=KIND, diagnostics=found, command=command)


def _is_wanted(only: Sequence[str] | None) -> bool:
    """Apply the editor's filter: a kind stands for itself and everything below it."""
    return only is None or any(wanted in ("", KIND) for wanted in only)
