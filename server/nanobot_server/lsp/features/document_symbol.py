"""`textDocument/documentSymbol`: the outline of a file, as the index has it.

The host answers for the text as it is in the editor, saved or not. Ranges are those of whole
lines; where the text changed meanwhile, what lies outside of it is left out.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from lsprotocol import types

from nanobot_server.lsp.document.session import DocumentSnapshot, Session, relative_path
from nanobot_server.lsp.document.text_buffer import Encoding, content_length, units
from nanobot_server.lsp.index.index_question import IndexQuestions
from nanobot_server.lsp.index.symbol_kind import symbol_kind

TIMEOUT_S: Final = 20.0
"""A host may have to start, and to read the workspace for the first time."""
_HEADER_LINES_MAX: Final = 30
"""So far below its start a name is looked for: decorators stand before it."""


async def document_symbol(
    session: Session,
    index: IndexQuestions,
    params: types.DocumentSymbolParams,
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    """Return the outline: a tree, or a list for an editor that shows no tree."""
    snapshot = session.snapshot(params.text_document.uri)
    root = session.root_of(snapshot.path) if snapshot and snapshot.path else None
    path = relative_path(root, snapshot.path) if snapshot and snapshot.path and root else None
    if snapshot is None or root is None or path is None:
        return []
    asked: dict[str, object] = {"path": path, "chars_max": 1}
    answer = await index.ask(root, "outline", asked, timeout_s=TIMEOUT_S)
    if answer is None:
        return []
    tree = _tree(snapshot, answer["entries"], session.client.encoding)
    if session.client.has_nested_symbols:
        return tree
    return _flat(tree, snapshot.uri, "")


def _tree(
    snapshot: DocumentSnapshot, entries: Sequence[dict[str, Any]], encoding: Encoding
) -> list[types.DocumentSymbol]:
    top: list[types.DocumentSymbol] = []
    around: list[tuple[int, types.DocumentSymbol]] = []
    for entry in entries:
        symbol = _symbol(snapshot.lines, entry, encoding)
        if symbol is None:
            continue
        while around and around[-1][0] >= entry["depth"]:
            around.pop()
        siblings = around[-1][1].children if around else top
        assert isinstance(siblings, list), "made below"
        siblings.append(symbol)
        around.append((entry["depth"], symbol))
    return top


def _symbol(
    lines: Sequence[str], entry: dict[str, Any], encoding: Encoding
) -> types.DocumentSymbol | None:
    first, last = entry["start_line"] - 1, entry["end_line"] - 1
    if not 0 <= first <= last < len(lines):
        return None
    name = str(entry["name"])
    whole = types.Range(types.Position(first, 0), _end(lines, last, encoding))
    return types.DocumentSymbol(
        name=name,
        kind=symbol_kind(entry["kind"]),
        range=whole,
        selection_range=_named(lines, first, last, name, encoding) or whole,
        detail=str(entry["signature"]),
        children=[],
    )


def _named(
    lines: Sequence[str], first: int, last: int, name: str, encoding: Encoding
) -> types.Range | None:
    """Return where a definition says its name."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for number in range(first, min(last, first + _HEADER_LINES_MAX) + 1):
        line = lines[number]
        if line.lstrip().startswith(("@", "#[")):
            continue
        match = pattern.search(line)
        if match is not None:
            start, end = (units(line[:at], encoding) for at in match.span())
            return types.Range(types.Position(number, start), types.Position(number, end))
    return None


def _end(lines: Sequence[str], number: int, encoding: Encoding) -> types.Position:
    line = lines[number]
    return types.Position(number, units(line[: content_length(line)], encoding))


def _flat(
    tree: Sequence[types.DocumentSymbol], uri: str, outer: str
) -> list[types.SymbolInformation]:
    found: list[types.SymbolInformation] = []
    for one in tree:
        location = types.Location(uri, one.range)
        container = outer or None
        found.append(
            types.SymbolInformation(location, one.name, one.kind, container_name=container)
        )
        name = f"{outer}.{one.name}" if outer else one.name
        found += _flat(one.children or [], uri, name)
    return found
