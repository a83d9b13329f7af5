"""What a language's own server says about references, checked against the text.

A server is asked only where the user allows programs of his workspace to run. Its answer
is a claim: a range counts when exactly the name stands there, as a name. What it confirms
is sure. Where types are static, what it does not confirm means something else; where they
are not, that stays in doubt. What scopes and imports prove stays sure: servers leave out
files that their project does not list, and code under a condition that does not hold.
"""

import re
from pathlib import Path
from typing import Final

from nanobot_engine.check import ScratchError
from nanobot_engine.language import CodeFiles, CodeSymbol, Form, Found
from nanobot_engine.language_server import Range, ServerError, find_references, server_for
from nanobot_engine.python import Certainty
from nanobot_indexer import Language

_DYNAMIC: Final = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})


def ask_server(files: CodeFiles, symbol: CodeSymbol, found: Found, root: Path) -> None:
    """Ask the server of a symbol's language, if there is one, and add what it confirms.

    Args:
        files: Of the language.
        symbol: What is renamed.
        found: What is known without a server; changed in place.
        root: The workspace.
    """
    server = server_for(symbol.file.language, root)
    if server is None:
        return
    texts = {file.path: file.tree.text for file in files.files_with(symbol.name)}
    declaration = symbol.bindings[0].declarations[0]
    name = server[1].name
    try:
        ranges = find_references(server, root, texts, (symbol.file.path, declaration.start_byte))
    except (ServerError, ScratchError) as error:
        found.note(symbol.file, declaration, f"{error}; it was not asked for references")
        return
    if not any(_is_at(one, symbol, declaration.start_byte) for one in ranges):
        found.note(symbol.file, declaration, f"{name}: does not know {symbol.qualified_name!r}")
        return
    confirmed = _confirmed(files, symbol, found, ranges, name)
    if symbol.file.language not in _DYNAMIC:
        _drop_others(found, confirmed, symbol, name)


def _confirmed(
    files: CodeFiles, symbol: CodeSymbol, found: Found, ranges: list[Range], server: str
) -> set[tuple[str, int]]:
    """Add the ranges that hold the name, and return where they are."""
    confirmed: set[tuple[str, int]] = set()
    wrong = 0
    for one in ranges:
        file = files.file(one.path)
        leaf = None
        if file is not None:
            leaf = next(
                (
                    occurrence.leaf
                    for occurrence in file.names(symbol.name).occurrences
                    if (occurrence.leaf.start_byte, occurrence.leaf.end_byte)
                    == (one.start_byte, one.end_byte)
                ),
                None,
            )
        if file is None or leaf is None:
            # A server may also list where the thing is meant without its name.
            wrong += file is not None and _holds(file.tree.text, one, symbol.name)
            continue
        confirmed.add((one.path, one.start_byte))
        known = found.references.get((one.path, one.start_byte))
        is_shorthand = leaf.type.startswith("shorthand")
        form = known.form if known is not None else Form.PLAIN
        if known is None and is_shorthand:
            is_variable = any(leaf in binding.leaves for binding in symbol.bindings)
            form = Form.KEY_KEPT if is_variable else Form.VALUE_KEPT
        found.add(file, leaf, f"{server} says so", form=form)
    if wrong:
        leaf = symbol.bindings[0].declarations[0]
        text = f"{server} names {wrong} places where no name stands; they stay as they are"
        found.note(symbol.file, leaf, text)
    return confirmed


def _drop_others(
    found: Found, confirmed: set[tuple[str, int]], symbol: CodeSymbol, server: str
) -> None:
    """Drop what only a name spoke for and the server does not confirm."""
    others = [
        key
        for key, one in found.references.items()
        if one.certainty is Certainty.POSSIBLE and key not in confirmed
    ]
    for key in others:
        del found.references[key]
    if others:
        text = f"{server}: {symbol.name!r} means something else at {len(others)} other places"
        found.note(symbol.file, symbol.bindings[0].declarations[0], text)


def _is_at(one: Range, symbol: CodeSymbol, start_byte: int) -> bool:
    return (one.path, one.start_byte) == (symbol.file.path, start_byte)


def _holds(text: bytes, one: Range, name: str) -> bool:
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    return bool(word.search(text[one.start_byte : one.end_byte]))
