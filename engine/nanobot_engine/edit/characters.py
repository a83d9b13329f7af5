"""Characters that a reviewer can not see or that change what he sees.

Source: Unicode Technical Report 36 (bidirectional text spoofing) and UTS 39.
"""

import unicodedata

_SEEN_CONTROLS = frozenset("\t\n\r")

# Format characters (Cf: bidi controls, zero-width, tags), other controls, private
# use, lone surrogates, unassigned, and line ends that only some programs know.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})

# Drawn as nothing although their category says letter, mark or symbol.
_BLANK_CHARACTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATION_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def is_hidden(character: str) -> bool:
    """Say whether one character is invisible or reorders others on the screen."""
    if character.isascii():
        return not character.isprintable() and character not in _SEEN_CONTROLS
    return (
        unicodedata.category(character) in _HIDDEN_CATEGORIES
        or character in _BLANK_CHARACTERS
        or any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)
    )


def first_hidden(text: str) -> str | None:
    """Return the first hidden character of `text`, None when all can be seen."""
    return next(filter(is_hidden, text), None)


def character_name(character: str) -> str:
    """Name a character for a message: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def shown(text: str) -> str:
    r"""Replace every hidden character by its visible name, e.g. `<U+202E>`.

    Angle brackets and not a backslash: `\u202e` may stand in the source itself.
    """
    return "".join(f"<U+{ord(c):04X}>" if is_hidden(c) else c for c in text)
