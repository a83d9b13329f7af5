"""A suggestion must not break what parsed before it.

Python is parsed; only the statements around the cursor, so that a mistake elsewhere in
the file does not matter, nor how long the file is. In languages with braces the
brackets are counted.
"""

import re
import textwrap
import warnings
from typing import Final

from nanobot_engine.completion.request import CompletionRequest
from nanobot_indexer import Language

_CHARS_MAX: Final = 40_000
_BRACE_LANGUAGES: Final = frozenset(
    {
        Language.JAVASCRIPT,
        Language.TYPESCRIPT,
        Language.TSX,
        Language.GO,
        Language.JAVA,
        Language.C,
        Language.CPP,
        Language.CSHARP,
        Language.PHP,
        Language.JSON,
    }
)
# Rust is not among them: a lifetime looks like the beginning of a character.
_NO_CODE: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_BRACKETS: Final = re.compile(r"[()\[\]{}]")
_CLOSER_BY_OPENER: Final = {"(": ")", "[": "]", "{": "}"}
_TOP_LEVEL: Final = re.compile(r"^(?=[^\s#)\]}])(?!(?:else|elif|except|finally)\b)", re.MULTILINE)


def unbroken(text: str, request: CompletionRequest) -> str:
    """Return as many lines of a suggestion as leave the text as sound as it was.

    Args:
        text: The suggestion.
        request: Where it goes.

    Returns:
        All of it when the text did not parse before, or nothing can be said.
    """
    is_sound = _soundness(request.language)
    if is_sound is None:
        return text
    before, after = _around(request)
    if not is_sound(before + after):
        return text
    lines = text.split("\n")
    while lines:
        shown = "\n".join(lines)
        if shown.strip() and is_sound(before + shown + after):
            return shown.rstrip() if len(lines) < text.count("\n") + 1 else shown
        lines.pop()
    return ""


def _soundness(language: Language):  # type: ignore[no-untyped-def]
    if language is Language.PYTHON:
        return _parses
    return _is_balanced if language in _BRACE_LANGUAGES else None


def _around(request: CompletionRequest) -> tuple[str, str]:
    """Return the whole statements of the outermost level that the cursor is in or between."""
    if request.language is not Language.PYTHON:
        return request.before, request.after
    starts = [found.start() for found in _TOP_LEVEL.finditer(request.before)]
    before = request.before[starts[-1] :] if starts else request.before
    # A decorator belongs to what is below it, and the cursor may stand right in front of it.
    while len(starts) > 1 and request.before[starts[-2]] == "@":
        starts.pop()
        before = request.before[starts[-1] :]
    line_end = len(request.rest)
    ends = [
        found.start() for found in _TOP_LEVEL.finditer(request.after) if found.start() > line_end
    ]
    return before, request.after[: ends[0]] if ends else request.after


def _parses(text: str) -> bool:
    if len(text) > _CHARS_MAX:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Such as an escape that is none.
            # Not only parsed: a `return` outside of a function is found later.
            compile(textwrap.dedent(text), "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_balanced(text: str) -> bool:
    opened: list[str] = []
    for found in _BRACKETS.finditer(_NO_CODE.sub("", text)):
        bracket = found.group()
        if bracket in _CLOSER_BY_OPENER:
            opened.append(_CLOSER_BY_OPENER[bracket])
        elif not opened or opened.pop() != bracket:
            return False
    return not opened
