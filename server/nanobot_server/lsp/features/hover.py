"""`textDocument/hover`: what the name under the cursor is, from the index.

The header of its definition, the first paragraph of what is written about it, and where it is.
Names are compared, so there is an answer only where few definitions can be meant: never for
what the function around binds itself, and at most three, the likeliest first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lsprotocol import types

from nanobot_server.lsp.action.definition_scan import definitions_around
from nanobot_server.lsp.action.python_selection import selection_of
from nanobot_server.lsp.document.session import DocumentSnapshot, Session, relative_path
from nanobot_server.lsp.document.text_buffer import Encoding, column, units
from nanobot_server.lsp.index.index_question import IndexQuestions

TIMEOUT_S: Final = 20.0
"""A host may have to start; an editor cancels when the cursor moves on."""
SHOWN_MAX: Final = 3
_LOOKED_AT_MAX: Final = 50
_LINE_CHARS_MAX: Final = 2_000
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_QUALIFIER: Final = re.compile(r"([A-Za-z_$][\w$]*)\s*(?:\.|::|->)\s*$")
_OWN: Final = frozenset({"self", "cls", "this", "Self"})
_MEMBERS: Final = frozenset({"method", "function", "variable", "constant", "class"})


@dataclass(frozen=True, slots=True)
class _Word:
    """A name in a line."""

    name: str
    qualifier: str
    """The name before the dot; "?" for another expression, empty where there is no dot."""
    where: types.Range


async def hover(
    session: Session, index: IndexQuestions, params: types.HoverParams
) -> types.Hover | None:
    """Return what can be said about the name at the position; None for nothing."""
    snapshot = session.snapshot(params.text_document.uri)
    root = session.root_of(snapshot.path) if snapshot and snapshot.path else None
    path = relative_path(root, snapshot.path) if snapshot and snapshot.path and root else None
    if snapshot is None or root is None or path is None:
        return None
    word = _word(snapshot.lines, params.position, session.client.encoding)
    if word is None or _is_bound_here(session, snapshot, word, params.position):
        return None
    asked: dict[str, object] = {"name": word.name, "limit": _LOOKED_AT_MAX}
    answer = await index.ask(root, "describe", asked, timeout_s=TIMEOUT_S)
    if answer is None:
        return None
    found = _meant(answer["definitions"], word, snapshot, path, params.position.line)
    if not 0 < len(found) <= SHOWN_MAX:
        return None
    return types.Hover(
        _shown(found, snapshot, is_markdown=session.client.has_markdown_hover), word.where
    )


def _word(lines: Sequence[str], position: types.Position, encoding: Encoding) -> _Word | None:
    if not 0 <= position.line < len(lines) or len(lines[position.line]) > _LINE_CHARS_MAX:
        return None
    line = lines[position.line]
    at = column(line, position.character, encoding)
    match = next(
        (one for one in _NAME.finditer(line) if at is not None and one.start() <= at <= one.end()),
        None,
    )
    if match is None:
        return None
    before = line[: match.start()]
    qualifier = _QUALIFIER.search(before)
    is_member = before.rstrip().endswith((".", "::", "->"))
    start, end = (units(line[:one], encoding) for one in match.span())
    return _Word(
        match[0],
        qualifier[1] if qualifier else "?" if is_member else "",
        types.Range(types.Position(position.line, start), types.Position(position.line, end)),
    )


def _is_bound_here(
    session: Session, snapshot: DocumentSnapshot, word: _Word, position: types.Position
) -> bool:
    """Tell whether a Python function around binds a plain name: then the index knows nothing."""
    if word.qualifier or not session.is_workable(snapshot):
        return False
    around = definitions_around(snapshot.lines, position.line)
    where = types.Range(position, position)
    selection = selection_of(snapshot.lines, around, where, session.client.encoding)
    return selection is not None and selection.binds(word.name)


def _meant(
    found: Sequence[dict[str, Any]], word: _Word, snapshot: DocumentSnapshot, path: str, line: int
) -> Sequence[dict[str, Any]]:
    """Return the definitions that the place speaks for."""
    if not word.qualifier:
        found = [one for one in found if one["kind"] != "method"]
        here = [one for one in found if one["path"] == path and "." not in one["qualified_name"]]
        return here or _imported(found, word.name, snapshot) or found
    if word.qualifier in _OWN:
        classes = [one.name for one in definitions_around(snapshot.lines, line) if one.is_class]
        own = [
            one
            for one in found
            if one["path"] == path
            and any(
                f".{one['qualified_name']}".endswith(f".{outer}.{word.name}") for outer in classes
            )
        ]
        return own or [one for one in found if one["kind"] == "method"]
    inside = [
        one
        for one in found
        if f".{one['qualified_name']}".endswith(f".{word.qualifier}.{word.name}")
        or re.search(rf"(?:^|/){re.escape(word.qualifier)}(?:\.\w+|/\w+\.\w+)$", one["path"])
    ]
    return inside or [one for one in found if one["kind"] in _MEMBERS]


def _imported(
    found: Sequence[dict[str, Any]], name: str, snapshot: DocumentSnapshot
) -> list[dict[str, Any]]:
    """Return those in the module that a Python file imports a name from."""
    pattern = re.compile(rf"\s*from\s+\.*([\w.]*)\s+import\s+.*\b{re.escape(name)}\b")
    modules = (match[1] for line in snapshot.lines if (match := pattern.match(line)))
    paths = [module.replace(".", "/") for module in modules]
    return [
        one
        for one in found
        for path in paths
        if f"/{one['path']}".endswith((f"/{path}.py", f"/{path}/__init__.py"))
    ]


def _shown(
    found: Sequence[dict[str, Any]], snapshot: DocumentSnapshot, *, is_markdown: bool
) -> types.MarkupContent:
    parts = []
    for one in found:
        place = f"{one['path']}:{one['name_line']}"
        said = [
            f"```{snapshot.language}\n{one['signature']}\n```" if is_markdown else one["signature"]
        ]
        if one["docstring"] and len(found) == 1:
            said.append(one["docstring"])
        said.append(f"`{place}`" if is_markdown else place)
        parts.append(("\n\n" if is_markdown else "\n").join(said))
    kind = types.MarkupKind.Markdown if is_markdown else types.MarkupKind.PlainText
    return types.MarkupContent(kind, ("\n\n---\n\n" if is_markdown else "\n\n").join(parts))
