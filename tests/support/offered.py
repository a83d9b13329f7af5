"""What an editor is offered for a text in which the cursor or the selection is marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types as t

from nanobot_server.lsp.action.action_features import actions_of_code
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.session import Session

CURSOR = "‸"
"""One of it is the cursor, two are a selection."""


@dataclass(frozen=True)
class Asked:
    """How an editor asks."""

    path: str = "app/a.py"
    language: str = "python"
    only: list[str] | None = None
    is_automatic: bool = False
    capabilities: Mapping[str, Any] | None = None


def offered(root: Path, marked: str, asked: Asked | None = None) -> dict[str, t.CodeAction]:
    """Return what is offered at the mark, by title without "nanobot: "."""
    asked = asked or Asked()
    before, *rest = marked.split(CURSOR)
    start = _position(before)
    end = _position(before + rest[0]) if len(rest) > 1 else start
    folders = [{"uri": root.as_uri(), "name": root.name}]
    capabilities = {"general": {"positionEncodings": ["utf-16"]}, **(asked.capabilities or {})}
    session = Session(ClientProfile.of({"capabilities": capabilities, "workspaceFolders": folders}))
    uri = (root / asked.path).as_uri()
    session.open(uri, asked.language, 1, marked.replace(CURSOR, ""))
    kind = t.CodeActionTriggerKind.Automatic if asked.is_automatic else None
    context = t.CodeActionContext([], only=asked.only, trigger_kind=kind)
    params = t.CodeActionParams(t.TextDocumentIdentifier(uri), t.Range(start, end), context)
    found = actions_of_code(session, params)
    by_title = {action.title.removeprefix("nanobot: "): action for action in found}
    assert len(by_title) == len(found), "two offers with one title"
    assert all(action.title.startswith("nanobot: ") for action in found)
    return by_title


def started(action: t.CodeAction) -> dict[str, Any]:
    """Return the argument of the command that an action carries."""
    assert action.command is not None
    assert action.command.command == "nanobot.process.start"
    assert action.command.arguments is not None
    (argument,) = action.command.arguments
    assert isinstance(argument, dict)
    return argument


def refactoring(action: t.CodeAction) -> tuple[str, dict[str, str]]:
    """Return the name and arguments of the refactoring that an action starts."""
    (part,) = started(action)["refactorings"]
    return part["name"], part["arguments"]


def _position(before: str) -> t.Position:
    """Return the place behind a text, in units of UTF-16."""
    lines = before.split("\n")
    return t.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
