"""Where a rename is to reach beside the code: "also in docs and comments".

Taken out of the sentence before anything else is read, because it asks for no part of its own.
"""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.intent.words.sentence import Token, TokenKind
from nanobot_engine.refactor.mention import (
    COMMENTS,
    CONFIGURATION,
    DOCUMENTS,
    MENTION_KINDS,
    STRINGS,
)

_WORDS: Final = {
    "docs": (DOCUMENTS,), "doc": (DOCUMENTS,), "documentation": (DOCUMENTS,),
    "documents": (DOCUMENTS,), "docstrings": (DOCUMENTS,), "docstring": (DOCUMENTS,),
    "readme": (DOCUMENTS,), "changelog": (DOCUMENTS,), "comments": (COMMENTS,),
    "comment": (COMMENTS,), "strings": (STRINGS,), "literals": (STRINGS,),
    "config": (CONFIGURATION,), "configuration": (CONFIGURATION,), "configs": (CONFIGURATION,),
    "text": (COMMENTS, DOCUMENTS), "prose": (COMMENTS, DOCUMENTS),
}  # fmt: skip
# What a program reads stays as it is, unless asked for by its name.
_EVERYWHERE: Final = (COMMENTS, DOCUMENTS)
_STARTS: Final = frozenset({"in", "also", "including", "plus", "even", "incl", "includes", "with"})
_STARTS_AT_END: Final = frozenset({"and", "update", "fix", "or", "adjust"})
_BETWEEN: Final = frozenset(
    {"the", "in", "all", "any", "also", "both", "its", "our", "of", "mentions", "from", "and"}
    | {
        "or",
        "fix",
        "adjust",
        "change",
        "please",
        "update",
        "plus",
        "even",
        "string",
        "files",
        "code",
        "to",
        "too",
        "dotted",
    }
)
# Which strings are meant: "that the tests hand to mocker.patch".
_HANDED: Final = frozenset({"that", "which", "passed", "given", "handed", "used", "within", "of"})
_PATCHES: Final = frozenset({"patch", "patches", "mock", "mocks", "mocker", "monkeypatch"})
_HANDED_TOKENS_MAX: Final = 9
_NOT: Final = frozenset({"not", "without", "except", "leave", "never", "dont", "no"})


def reach(tokens: Sequence[Token]) -> tuple[str, str, list[Token]]:
    """Return where text is changed, too; why; and the other tokens.

    Returns:
        `also` of "rename", the words that say so, and what is left of the sentence.
    """
    wanted: set[str] = set()
    unwanted: set[str] = set()
    said: list[str] = []
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        end, words = _run(tokens, index)
        if words:
            before = [one.word for one in tokens[max(0, index - 3) : index]]
            inside = [one.word for one in tokens[index:end]]
            is_negated = bool(_NOT & {*before, *inside})
            kinds = {kind for word in words for kind in _WORDS[word]}
            (unwanted if is_negated else wanted).update(kinds)
            while is_negated and kept and (kept[-1].word in _NOT | {"but", "do", "and", "touch"}):
                kept.pop()
            said += [] if is_negated else words
            index = end
            continue
        if tokens[index].word == "everywhere":
            wanted.update(_EVERYWHERE)
            said.append("everywhere")
            index += 1
            continue
        kept.append(tokens[index])
        index += 1
    return ",".join(one for one in MENTION_KINDS if one in wanted - unwanted), ", ".join(said), kept


def _run(tokens: Sequence[Token], start: int) -> tuple[int, list[str]]:
    """Return where "in docs and comments too" ends that begins at a token, and its kinds."""
    words: list[str] = []
    end = start
    first = tokens[start]
    is_start = first.word in _STARTS or first.word in _WORDS or first.word in _STARTS_AT_END
    if not is_start and not (first.text == "," and first.kind is TokenKind.PUNCTUATION):
        return start, []
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.word in _WORDS:
            words.append(token.word)
            end = index + 1
        elif token.word not in _BETWEEN | _STARTS | _NOT and token.text not in {",", "&"}:
            break
    if not words:
        return start, []
    if words[-1] == "strings":
        end = _behind_patches(tokens, end)
    follows = tokens[end].word if end < len(tokens) else ""
    at_end = end == len(tokens) or tokens[end].kind is TokenKind.PUNCTUATION
    if follows in {"too", "also", "included", "inclusive"} or (
        follows == "as" and end + 1 < len(tokens)
    ):
        end += 2 if follows == "as" else 1
    elif first.word in _WORDS or not (first.word in _STARTS or at_end):
        # "rename docs to pages" is about a name.
        return start, []
    if first.word == "with" and not at_end:
        return start, []
    return end, words


def _behind_patches(tokens: Sequence[Token], start: int) -> int:
    """Return where words end that say which strings: those that a test patches by."""
    ahead = tokens[start : start + _HANDED_TOKENS_MAX]
    if not ahead or ahead[0].word not in _HANDED:
        return start
    end = start
    for index, token in enumerate(ahead, start):
        is_patch = bool(_PATCHES & {*token.text.lower().split(".")})
        if token.kind is TokenKind.PUNCTUATION or (token.is_code and not is_patch):
            break
        end = index + 1 if is_patch else end
    return end
