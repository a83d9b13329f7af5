r"""A small part of regular expressions as a grammar: characters and classes, counted.

Enough for names, paths and handles, such as `^[a-z_][a-z0-9_]{0,39}$`. What goes on
without an end (`*`, `+`) is refused, and so is a character that JSON would escape.
"""

import re
from typing import Final

from nanobot_engine.model.errors import GrammarError

_COUNT_MAX: Final = 1_000
_CHAR: Final = r"(?:[\w\-/:@,;=<>!%&~#' ]|\\[.\-/+*?()\[\]{}|^$])"
_ITEM: Final = r"(?:[\w./+*?(){}|$:@,;=<>!%&~#' ]|\\[.\-/+*?()\[\]{}|^$])"
_PART: Final = re.compile(
    rf"(?P<class>\[(?:{_ITEM}(?:-{_ITEM})?)+-?\])|(?P<char>{_CHAR})", re.ASCII
)
_CLASS_ITEM: Final = re.compile(rf"({_ITEM})(?:-({_ITEM}))?|(-)", re.ASCII)
_COUNT: Final = re.compile(r"\{(?P<least>\d+)(?:,(?P<most>\d+))?\}|(?P<maybe>\?)")


def pattern_grammar(pattern: str, place: str) -> str:
    """Return a sequence that admits what a pattern admits.

    Args:
        pattern: From `^` to `$`.
        place: Where it is said, for the error.

    Raises:
        GrammarError: It has more than characters, classes and counts.
    """
    if not (pattern.startswith("^") and pattern.endswith("$") and len(pattern) > 2):
        raise GrammarError(place, f"the pattern {pattern!r} must be from ^ to $")
    parts: list[str] = []
    at, end = 1, len(pattern) - 1
    while at < end:
        part = _PART.match(pattern, at, end)
        if part is None:
            what = "characters, classes and {m,n} only"
            raise GrammarError(place, f"the pattern {pattern!r} at {pattern[at:]!r}: {what}")
        at = part.end()
        symbol = _class(part["class"]) if part["class"] else f"[{_written(part['char'])}]"
        if (count := _COUNT.match(pattern, at, end)) is not None:
            at = count.end()
            least = 0 if count["maybe"] else int(count["least"])
            most = 1 if count["maybe"] else int(count["most"] or count["least"])
            if not least <= most <= _COUNT_MAX:
                raise GrammarError(place, f"the pattern {pattern!r} counts to {most}")
            symbol += f"{{{least},{most}}}"
        parts.append(symbol)
    return " ".join(parts)


def _class(text: str) -> str:
    items = []
    for first, last, hyphen in _CLASS_ITEM.findall(text[1:-1]):
        items.append(_written(first or hyphen) + (f"-{_written(last)}" if last else ""))
    return f"[{''.join(items)}]"


def _written(char: str) -> str:
    """Write a character of a class; a grammar knows other escapes than a pattern."""
    plain = char.removeprefix("\\")
    return plain if plain.isalnum() else f"\\x{ord(plain):02X}"
