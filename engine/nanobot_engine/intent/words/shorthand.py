"""What is typed in a hurry, spelled out: "2" for "to", "n" for "and", misspelled plain words.

Names are left to `spelling`, which compares them with the code. Here only words are
touched that say what is to be done, and only where no name of the code is written so.
"""

from collections.abc import Callable, Sequence
from typing import Final

from nanobot_engine.intent.words.clause import VERBS
from nanobot_engine.intent.words.mention import KIND_WORDS
from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.intent.words.spelling import letters_apart

_SHORT: Final = {
    "+": "and", "n": "and", "nd": "and", "w": "with", "frm": "from", "b4": "before",
    "thru": "through", "r": "are", "u": "you", "tho": "though",
}  # fmt: skip
_NUMBERS: Final = {"2": "to", "4": "for"}
_WORDS: Final = (
    frozenset({"everywhere", "instead", "keyword", "default", "should", "called", "named", "with"})
    | {"unused", "imports", "import", "please", "before", "after", "modules", "logging", "error"}
    | {"handling", "docstrings", "docstring", "tests", "annotations", "duplicate", "readme"}
    | {"documentation", "comments", "strings", "static", "constant", "literal", "exception"}
    | {word for word in KIND_WORDS if len(word) > 3}
)  # fmt: skip
_VERBS: Final = frozenset(word for word in VERBS if len(word) > 3)
_TYPO_CHARS_MIN: Final = 5
_VERB_CHARS_MIN: Final = 3


def spelled_out(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> list[Token]:
    """Return tokens with plain words as they were meant.

    Args:
        tokens: Of a sentence.
        is_name: Tells whether a word stands in the code.
    """
    found: list[Token] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        word = _meant(token, before, after, is_name)
        is_other = word is not None and word != token.text
        found.append(Token(TokenKind.WORD, word, token.raw) if is_other and word else token)
    return found


def _meant(
    token: Token, before: Token | None, after: Token | None, is_name: Callable[[str], bool]
) -> str | None:
    if _may_be_named(before) and _may_be_named(after):
        if token.raw in _NUMBERS and not _is_thing(before, after):
            return _NUMBERS[token.raw]
        if token.raw in _SHORT and not _is_thing(before, after):
            return _SHORT[token.raw]
    if token.kind is not TokenKind.WORD or token.word in VERBS or token.word in _WORDS:
        return None
    if is_name(token.text):
        return None
    if before is None and len(token.word) >= _VERB_CHARS_MIN:
        return _nearest(token.word, _VERBS)
    return _nearest(token.word, _WORDS) if len(token.word) >= _TYPO_CHARS_MIN else None


def _may_be_named(token: Token | None) -> bool:
    return token is not None and token.kind not in {TokenKind.PUNCTUATION, TokenKind.ARROW}


_BEFORE_A_THING: Final = frozenset(
    {"default", "by", "with", "line", "lines", "literal", "number", "to", "value", "is", "of"}
    | {"the", "a", "an", "parameter", "variable", "called", "named", *VERBS}
)
_BEHIND_A_THING: Final = frozenset(
    {"in", "and", "to", "of", "from", "as", "with", "everywhere", "parameters", "instead", "should"}
    | {"is", "keyword-only", "kw-only"}
)


def _is_thing(before: Token | None, after: Token | None) -> bool:
    """Tell whether what stands between two tokens is spoken of: "default 2 in load"."""
    is_before = before is not None and before.word in _BEFORE_A_THING
    return is_before or (after is not None and after.word in _BEHIND_A_THING)


def _nearest(word: str, known: frozenset[str]) -> str | None:
    """Return the one known word that a letter is wrong in."""
    if word.rstrip("s") in known:
        return None
    near = sorted(
        one for one in known if one[0] == word[0] and letters_apart(word, one, most=1) is not None
    )
    if not near:
        return None
    meanings = {VERBS.get(one, one) for one in near}
    return near[0] if len(meanings) == 1 else None
