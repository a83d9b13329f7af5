"""What of the other files a completion should see, found in the index.

First what the names around the cursor are: headers of definitions, with the methods of
a class. Then code that looks like the lines above the cursor, whose next lines may be
what comes next. Files that are protected, such as those with keys, are never shown; what
is ignored is not in the index.
"""

import re
from collections.abc import Sequence
from typing import Final

from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.request import CompletionRequest
from nanobot_engine.edit.protected import protected_reason
from nanobot_indexer import (
    Definition,
    DefinitionKind,
    FileNotIndexedError,
    Index,
    QueryError,
    SymbolHit,
)

NAMES_MAX: Final = 14
"""Names that are looked up."""
DEFINITIONS_MAX: Final = 5
ALIKE_MAX: Final = 2

_NEAR_LINES: Final = 12
"""So many lines above the cursor are asked for their names, and compared with other code."""
_AMBIGUOUS: Final = 4
"""A name with so many definitions says little, unless its file is imported."""
_HEADER_CHARS_MAX: Final = 400
_MEMBERS_MAX: Final = 12
_PYTHON_SUFFIXES: Final = (".py", ".pyi")
_PYTHON_HEADERS: Final = ("def ", "async def ", "class ")
_ALIKE_LINES: Final = 14
_ALIKE_MIN: Final = 0.3
"""Words that both have, over words that one of them has."""
_HITS: Final = 6
_QUERY_CHARS_MAX: Final = 600
_NAME: Final = re.compile(r"[A-Za-z_]\w{2,}")
_WORD: Final = re.compile(r"\w+")
# Words that are no names of anybody in most languages.
_PLAIN_WORDS: Final = """
and any are async await bool break case cast catch class const continue def default
del dict elif else enum except export extends false final finally float for from
func function global has if import int interface is lambda len let list match new
nil none not null object or pass print private protected public raise range return
self set static str string struct super switch then this throw true try tuple type
typeof use var void while with yield args kwargs cls
"""
_PLAIN: Final = frozenset(_PLAIN_WORDS.split())
_CLASSES: Final = frozenset(
    {DefinitionKind.CLASS, DefinitionKind.STRUCT, DefinitionKind.INTERFACE, DefinitionKind.ENUM}
)


def gathered(index: Index, request: CompletionRequest) -> tuple[Piece, ...]:
    """Return what may help at a cursor, best first. For a thread.

    Raises:
        VolumeError: The index is damaged.
    """
    pieces = _definitions(index, request)
    shown = {piece.path for piece in pieces}
    alike = [one for one in _alike(index, request) if one.path not in shown]
    # The first of each kind first: both are worth a place.
    return (*pieces[:2], *alike[:1], *pieces[2:], *alike[1:])


def _definitions(index: Index, request: CompletionRequest) -> list[Piece]:
    imported = request.head + request.before
    found: list[tuple[int, int, Piece]] = []
    for place, name in enumerate(_names(request)):
        hits = [hit for hit in _hits(index, name) if hit.definition.path != request.path]
        if not hits:
            continue
        own = [hit for hit in hits if _is_imported(hit.definition.path, imported)]
        if not own and len(hits) >= _AMBIGUOUS:
            continue
        definition = (own or hits)[0].definition
        text = _header(index, definition)
        if text:
            found.append((0 if own else 1, place, Piece(definition.path, text)))
    found.sort(key=lambda one: one[:2])
    unique = dict.fromkeys(piece for _, _, piece in found)
    return list(unique)[:DEFINITIONS_MAX]


def _names(request: CompletionRequest) -> list[str]:
    """Return the names around the cursor, the nearest first."""
    above = request.before.split("\n")[-_NEAR_LINES:]
    names: dict[str, None] = {}
    for line in [*reversed(above), *request.following[:2]]:
        for name in reversed(_NAME.findall(line)):
            if name not in _PLAIN:
                names.setdefault(name)
    return list(names)[:NAMES_MAX]


def _hits(index: Index, name: str) -> list[SymbolHit]:
    try:
        hits = index.symbols.definition(name, limit=_AMBIGUOUS + 1).hits
    except QueryError:
        return []
    return [hit for hit in hits if hit.definition.name == name and _is_open(hit.definition.path)]


def _is_imported(path: str, text: str) -> bool:
    """Tell whether a text names the module that a path is."""
    stem = path.rpartition("/")[2].partition(".")[0]
    if stem in ("__init__", "index", "mod", "lib"):
        stem = path.rpartition("/")[0].rpartition("/")[2]
    return len(stem) > 1 and re.search(rf"\b{re.escape(stem)}\b", text) is not None


def _header(index: Index, definition: Definition) -> str:
    """Return how a definition begins; of a class also the headers of its methods."""
    try:
        content = index.text(definition.path)
        definitions = index.definitions(definition.path)
    except FileNotIndexedError:
        return ""
    lines = [_signature(content, definition)]
    if definition.kind in _CLASSES:
        members = [
            one
            for one in definitions
            if one.parent is not None
            and definitions[one.parent].start_byte == definition.start_byte
            and one.start_byte != definition.start_byte
        ]
        public = [one for one in members if not one.name.startswith("_") or one.name == "__init__"]
        lines += [f"    {_signature(content, one)}" for one in public[:_MEMBERS_MAX]]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _signature(content: bytes, definition: Definition) -> str:
    start, end = definition.signature_start_byte, definition.signature_end_byte
    if end <= start:
        start, end = definition.start_byte, definition.end_byte
        end = min(end, max(content.find(b"\n", start), start) or end)
    text = content[start:end].decode("utf-8", "replace").strip()
    joined = " ".join(line.strip() for line in text.splitlines())
    if len(joined) > _HEADER_CHARS_MAX:
        return ""
    # A signature is without what ends it; models know headers with it.
    has_colon = definition.path.endswith(_PYTHON_SUFFIXES) and joined.startswith(_PYTHON_HEADERS)
    return f"{joined}:" if has_colon and not joined.endswith(":") else joined


def _alike(index: Index, request: CompletionRequest) -> list[Piece]:
    """Return lines of other files that are like those above the cursor, and what follows them."""
    lines = [line for line in request.before.split("\n") if line.strip()][-_NEAR_LINES:]
    wanted = _words(lines)
    if len(wanted) < 4:
        return []
    try:
        hits = index.search("\n".join(lines)[-_QUERY_CHARS_MAX:], limit=_HITS)
    except QueryError:
        return []
    found: list[tuple[float, Piece]] = []
    for hit in hits:
        if hit.path == request.path or not _is_open(hit.path):
            continue
        try:
            text = index.text(hit.path).decode("utf-8", "replace")
        except FileNotIndexedError:
            continue
        chunk = text.splitlines()[hit.start_line - 1 : hit.end_line]
        best = _best_window(chunk, wanted)
        if best is not None:
            found.append((best[0], Piece(hit.path, best[1])))
    found.sort(key=lambda one: -one[0])
    return [piece for _, piece in found[:ALIKE_MAX]]


def _best_window(chunk: Sequence[str], wanted: frozenset[str]) -> tuple[float, str] | None:
    best: tuple[float, int] | None = None
    step = max(1, _ALIKE_LINES // 4)
    for first in range(0, max(1, len(chunk) - _ALIKE_LINES // 2), step):
        words = _words(chunk[first : first + _ALIKE_LINES])
        both = len(words & wanted)
        worth = both / (len(words) + len(wanted) - both or 1)
        if best is None or worth > best[0]:
            best = (worth, first)
    if best is None or best[0] < _ALIKE_MIN:
        return None
    window = chunk[best[1] : best[1] + _ALIKE_LINES]
    return best[0], "\n".join(window).strip("\n")


def _words(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(word for line in lines for word in _WORD.findall(line))


def _is_open(path: str) -> bool:
    return protected_reason(path) is None
