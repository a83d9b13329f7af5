"""Old format strings, read as what an f-string would say.

Sources: "printf-style String Formatting" and "Format String Syntax" of the library reference.
A text that can not be said exactly the same is no result.
"""

import io
import re
import string
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_PERCENT: Final = re.compile(
    r"%(?:\((?P<key>[^()]*)\))?(?P<flags>[-+ 0#]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?"
    r"[hlL]?(?P<type>.)",
    re.DOTALL,
)
_PREFIX: Final = re.compile(r"([A-Za-z]*)(\"\"\"|'''|\"|')")
_WHOLE: Final = frozenset("diuxXo")
_REAL: Final = frozenset("eEfFgG")


@dataclass(frozen=True, slots=True)
class Field:
    """One place for a value."""

    key: str | int
    """The name or index of the value."""
    access: str
    """What follows the value in the expression: `.name`, `[0]`."""
    conversion: str
    """`!s`, `!r`, `!a`, or empty."""
    spec: str
    """After the colon; without nested fields."""
    needs: str
    """What the value must be for an equal result: "int", "number", "text" (anything, but
    `str` must come first unless it is a plain builtin), or "" for anything."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One string literal of several that stand next to each other."""

    before: str
    """What stands between it and the one before."""
    prefix: str
    quote: str
    body: str


def literals(text: str) -> list[Literal] | None:
    """Return the literals of a string expression; None for bytes, f-strings and the like."""
    found: list[Literal] = []
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    position = 0
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    for token in tokens:
        if token.type != tokenize.STRING:
            continue
        # Minus one on the first line: the bracket before it.
        start = starts[token.start[0] - 1] + token.start[1] - (token.start[0] == 1)
        head = _PREFIX.match(token.string)
        if head is None or set(head[1].lower()) - {"r", "u"}:
            return None
        quote = head[2]
        body = token.string[head.end() : -len(quote)]
        found.append(Literal(text[position:start], head[1], quote, body))
        position = start + len(token.string)
    return found if position == len(text) and found else None


Piece = str | Field


def percent_pieces(text: str) -> list[Piece] | None:
    """Read a text with `%` fields: pieces of text and fields in order; None for odd ones."""
    pieces: list[Piece] = []
    position = count = 0
    while True:
        start = text.find("%", position)
        if start < 0:
            pieces.append(text[position:])
            return [piece for piece in pieces if piece != ""]
        pieces.append(text[position:start])
        match = _PERCENT.match(text, start)
        if match is None:
            return None
        position = match.end()
        if match[0] == "%%":
            pieces.append("%")
            continue
        key = match["key"] if match["key"] is not None else count
        field = _percent_field(match, key)
        if field is None:
            return None
        pieces.append(field)
        count += 1


def _percent_field(match: re.Match[str], key: str | int) -> Field | None:
    flags, width, precision, kind = match.group("flags", "width", "precision", "type")
    if "*" in (width, precision) or "#" in flags:
        return None
    width = width or ""
    if kind in "sra":
        if set(flags) - {"-"}:
            return None
        align = ("<" if "-" in flags else ">") if width else ""
        spec = f"{align}{width}" + (f".{precision}" if precision else "")
        return Field(key, "", f"!{kind}", spec, "text" if kind == "s" else "")
    if kind not in _WHOLE | _REAL or (kind in _WHOLE and precision is not None):
        return None
    if kind in _REAL and "0" in flags:
        # `inf` and `nan` are filled with blanks by `%` and with zeros by `format`.
        return None
    align = "<" if "-" in flags and width else ""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    zero = "0" if "0" in flags and width and not align else ""
    digits = f".{precision}" if precision is not None else ""
    shown = "d" if kind in "iu" else kind
    needs = "int" if kind in _WHOLE else "number"
    return Field(key, "", "", f"{align}{sign}{zero}{width}{digits}{shown}", needs)


def brace_pieces(text: str) -> list[Piece] | None:
    """Read a text for `str.format`; None for nested fields and odd ones."""
    pieces: list[Piece] = []
    count = 0
    try:
        for literal, name, spec, conversion in string.Formatter().parse(text):
            pieces.append(literal)
            if name is None:
                continue
            head = re.match(r"[^.\[]*", name)
            assert head is not None, "the pattern matches nothing, too"
            access = _access(name[head.end() :])
            if access is None or "{" in (spec or ""):
                return None
            key: str | int = head[0]
            if head[0] == "":
                key, count = count, count + 1
            elif head[0].isdigit():
                key = int(head[0])
            pieces.append(
                Field(key, access, f"!{conversion}" if conversion else "", spec or "", "")
            )
    except ValueError:
        return None
    return [piece for piece in pieces if piece != ""]


def _access(text: str) -> str | None:
    """Return `.a[0][key]` of a field as Python; None when it is none."""
    found = ""
    for part in re.finditer(r"\.(\w+)|\[([^\]]*)\]|(.)", text, re.DOTALL):
        if part[3] is not None:
            return None
        if part[1] is not None:
            found += f".{part[1]}"
        elif part[2].isdigit():
            found += f"[{part[2]}]"
        elif part[2].isidentifier():
            found += f"['{part[2]}']"
        else:
            return None
    return found


def rebuilt(
    parts: Sequence[Literal], read: Callable[[str], list[Piece] | None]
) -> Iterator[tuple[Literal, list[Piece]]] | None:
    """Read each literal on its own; positional keys count over all of them.

    Returns:
        None when one can not be read.
    """
    found: list[tuple[Literal, list[Piece]]] = []
    offset = 0
    for part in parts:
        pieces = read(part.body)
        if pieces is None:
            return None
        moved: list[Piece] = []
        count = 0
        for piece in pieces:
            if isinstance(piece, Field) and _is_counted(piece, read, part.body):
                shifted = int(piece.key) + offset
                moved.append(
                    Field(shifted, piece.access, piece.conversion, piece.spec, piece.needs)
                )
                count += 1
            else:
                moved.append(piece)
        offset += count
        found.append((part, moved))
    return iter(found)


def _is_counted(field: Field, read: Callable[[str], list[Piece] | None], body: str) -> bool:
    """Tell whether a field takes the next value, not one that it names."""
    if not isinstance(field.key, int):
        return False
    return read is percent_pieces or re.search(r"\{\d", body) is None
