"""Files that a sentence leaves out: "in a.py, but not in b.py".

Taken out of the sentence before anything else is read: a file that is left out is no place of
what is asked for. A plan may be made only where it does not reach the file anyway.
"""

from collections.abc import Sequence
from typing import Final

from nanobot_engine.intent.words.sentence import Token, TokenKind

# "in a.py, not in b.py" says where something is now.
_STARTS: Final = (
    ("but", "not"), ("and", "not"), ("except",), ("but",), ("excluding",),
    ("apart", "from"), ("other", "than"), ("outside", "of"),
)  # fmt: skip
_BETWEEN: Final = frozenset({"in", "for", "the", "file", "files", "module", "modules", "inside"})
_JOINS: Final = frozenset({"and", "or", "nor"})


def excluded(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Return a sentence without what leaves files out, and the tokens of these files.

    Args:
        tokens: Of the sentence.
    """
    kept: list[Token] = []
    files: list[Token] = []
    index = 0
    while index < len(tokens):
        end, found = _exclusion(tokens, index)
        if found:
            files += found
            if kept and kept[-1].text == ",":
                kept.pop()
        else:
            kept.append(tokens[index])
        index = end
    return kept, files


def _exclusion(tokens: Sequence[Token], start: int) -> tuple[int, list[Token]]:
    """Return where an exclusion ends that begins at a token, and its files; none for none."""
    words = [token.word for token in tokens[start : start + 2]]
    begin = next((one for one in _STARTS if tuple(words[: len(one)]) == one), None)
    if begin is None:
        return start + 1, []
    files: list[Token] = []
    end = index = start + len(begin)
    while index < len(tokens):
        token = tokens[index]
        if token.kind is TokenKind.PATH:
            files.append(token)
            end = index + 1
        elif token.word not in _BETWEEN and not (
            files and (token.word in _JOINS or token.text == ",")
        ):
            break
        index += 1
    return (end, files) if files else (start + 1, [])


def reaches(where: str, token: Token) -> bool:
    """Tell whether files of a plan may hold one that is left out.

    Args:
        where: Paths of files and folders, with commas between; empty for all.
        token: Of the file that is left out.
    """
    text = token.text.strip("/")
    if not where or not text.endswith((".py", ".pyi")):
        return True
    return any(
        not one.endswith((".py", ".pyi")) or f"/{one}".endswith(f"/{text}")
        for one in where.split(",")
    )
