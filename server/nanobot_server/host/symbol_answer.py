"""Where names are defined, as editors show it: for symbol lists, and for what a name is.

`docs/host.md` documents every key. Limits are the caller's.
"""

import inspect
import re
from typing import Any, Final

from nanobot_indexer import Index, SymbolHit
from nanobot_server.host.view import cut_view

DOCSTRING_CHARS_MAX: Final = 1_000
SIGNATURE_CHARS_MAX: Final = 500

_QUOTES: Final = re.compile(r"^[rRuUbB]{0,2}(\"{3}|'{3}|\"|')(?P<text>.*)\1$", re.DOTALL)
# What marks a comment at the edges of a line.
_MARK: Final = re.compile(r"^[ \t]*(?:/\*[*!]+|/\*|\*/|///?|//!|\*(?!\*)|#+|--+|;+)?[ \t]?")
_END: Final = re.compile(r"[ \t]*\*+/[ \t]*$")

Document = dict[str, Any]


def symbols_answer(index: Index, query: str, *, limit: int) -> Document:
    """Return the definitions whose names match, best first.

    Raises:
        QueryEmptyError: There is no name in `query`.
    """
    result = index.symbols.find(query, limit=limit)
    return {"symbols": [_symbol(index, hit) for hit in result.hits], **cut_view(result)}


def described_answer(index: Index, name: str, *, limit: int) -> Document:
    """Return what is defined by a name, each with its header and what its comment says first.

    Raises:
        QueryEmptyError: There is no name in `name`.
    """
    result = index.symbols.definition(name, limit=limit)
    return {
        "definitions": [
            {
                **_symbol(index, hit),
                "signature": _signature(index, hit),
                "docstring": _docstring(index, hit),
            }
            for hit in result.hits
        ],
        **cut_view(result),
    }


def _symbol(index: Index, hit: SymbolHit) -> Document:
    definition = hit.definition
    before = _text(index, hit, definition.start_byte, definition.name_start_byte)
    return {
        "path": definition.path,
        "name": definition.name,
        "qualified_name": definition.qualified_name,
        "kind": definition.kind.value,
        "start_line": definition.start_line,
        "end_line": definition.end_line,
        # Decorators stand before a name.
        "name_line": definition.start_line + len(re.findall(r"\r\n|\r|\n", before)),
    }


def _signature(index: Index, hit: SymbolHit) -> str:
    definition = hit.definition
    start, end = definition.signature_start_byte, definition.signature_end_byte
    words = " ".join(_text(index, hit, start, end).split())
    return (words or definition.name)[:SIGNATURE_CHARS_MAX]


def _docstring(index: Index, hit: SymbolHit) -> str:
    """Return the first paragraph of the docstring or comment, without its marks."""
    definition = hit.definition
    start, end = definition.docstring_start_byte, definition.docstring_end_byte
    written = _text(index, hit, start, end).strip()
    quoted = _QUOTES.match(written)
    if quoted is not None:
        text = inspect.cleandoc(quoted["text"])
    else:
        lines = (_END.sub("", _MARK.sub("", line)) for line in written.splitlines())
        text = "\n".join(lines).strip()
    return re.split(r"\n[ \t]*\n", text, maxsplit=1)[0].strip()[:DOCSTRING_CHARS_MAX]


def _text(index: Index, hit: SymbolHit, start: int, end: int) -> str:
    path = hit.definition.path
    return index.text(path)[start:end].decode(index.file(path).encoding, "replace")
