"""Rewriting one definition with a model, whatever the language.

The model reads the definition without the indentation around it and answers with the
whole new one between fences. Here is the question, and the way back: from the answer to
the bytes that replace the old definition.
"""

import re
from typing import Final

from nanobot_engine.edit import SourceFile

LINES_MAX: Final = 60
"""A small model forgets parts of a longer definition."""
BYTES_MAX: Final = 2_400
"""What the runner shows of code at most."""
ANSWER_TOKENS_MAX: Final = 800
"""A definition of `BYTES_MAX`, and a fourth more."""
STOP: Final = ("\n```",)

_GROWTH_MAX: Final = 1.5
_LINES_FREE: Final = 6
_OPENING: Final = re.compile(r"\A\s*```[A-Za-z+#]*[ \t]*\n")


def grammar(language: str) -> str:
    """Return the GBNF of an answer: a fence, then lines, up to the next fence."""
    return f'root ::= "```{language}\\n" ([^\\n]* "\\n")+ "```"'


def question(instruction: str, language: str, code: str) -> str:
    """Return what the model is asked."""
    return f"Instruction: {instruction}\n```{language}\n{code}\n```"


def answered_code(answer: str) -> str | None:
    """Return the code of an answer; None when there is none."""
    opening = _OPENING.match(answer)
    text = answer[opening.end() :] if opening else answer
    text = text.partition("\n```")[0].strip("\n")
    return text.rstrip() or None


def indented(code: str, indent: bytes, source: SourceFile) -> bytes:
    """Return code as it stands in the file: indented, with the file's line ends.

    Blank lines stay empty.

    Raises:
        UnicodeEncodeError: The file's encoding has not all its characters.
    """
    prefix = indent.decode(source.encoding, errors="replace")
    first, *others = code.split("\n")
    lines = [first, *(prefix + line if line.strip() else "" for line in others)]
    return source.newline.join(lines).encode(source.encoding)


def size_problem(before: str, after: str) -> str:
    """Return why the size of a rewrite is not sane; empty when it is."""
    old, new = before.count("\n") + 1, after.count("\n") + 1
    if new > old * _GROWTH_MAX + _LINES_FREE:
        return f"{old} lines became {new}"
    return ""
