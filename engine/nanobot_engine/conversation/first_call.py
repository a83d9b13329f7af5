"""The first call for a question that says plainly what it wants: no model is asked.

Wherever a program can decide, a program decides. The rules read what is certain (line
numbers, paths, quotes, names in the spelling of code) and leave the rest to the model.
"""

import re
from typing import Final

from pydantic import ValidationError

from nanobot_engine.conversation.tool_call import (
    Definition,
    Grep,
    Outline,
    References,
    Search,
    Slice,
    ToolCall,
)

_PATH: Final = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-]+\.[a-z]{1,5})(?![\w/])")
_CODE_SUFFIX: Final = re.compile(
    r"\.(?:py|pyi|js|ts|tsx|go|rs|java|c|h|cc|cpp|hpp|md|toml|json|txt|cfg)$"
)
_LINES: Final = re.compile(
    r"\blines?\s+(\d+)(?:\s*(?:-|to|through|and|until)\s*(?:line\s+)?(\d+))?"
    r"|\.[a-z]{1,5}:(\d+)(?:-(\d+))?\b",
    re.I,
)
_FIRST_LINES: Final = re.compile(r"\bfirst\s+(\d+)\s+lines\b", re.I)
_QUOTED: Final = re.compile(r"\"([^\"]{2,80})\"|'((?=[^']*[^\w.'])[^']{2,80})'(?!\w)")
_TICKED: Final = re.compile(r"`([^`]{2,80})`")
_NAME: Final = re.compile(
    r"(?<![\w./'\"-])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|_*[a-z]+\w*_\w+|_+[a-z]\w*"
    r"|[A-Z][a-z0-9]+[A-Z]\w*|[A-Z]{2,}[a-z]\w*|[A-Z][A-Z0-9]*_[A-Z0-9_]+|[a-z]+[A-Z]\w*)(?:\(\))?(?![\w/])"
)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")
_USES_WANTED: Final = re.compile(
    r"\b(?:call(?:s|ed|ers?|ing)?|us(?:es?|ed|ages?|ing)|referenc\w*|import(?:s|ed)?|raised|"
    r"instantiat\w*|subclass\w*|depends?|needed|needs|breaks?|affected)\b",
    re.I,
)
_MAY_NAME: Final = re.compile(
    r"\b(?:class|function|method|variable|constant|attribute|module|file|folder|defin\w+|"
    r"implement\w*|signature|parameters?|arguments?|body|source|text|string|messages?|comments?|"
    r"phrase|words?|lines?|call\w*|us(?:es?|ed|ages?|ing)|referenc\w*|imports?|imported|raised|"
    r"instantiat\w*|subclass\w*|depends?|needed|breaks?)\b",
    re.I,
)
_HOW: Final = re.compile(r"^\s*(?:how|why|what happens|explain)\b", re.I)
_MARKS: Final = re.compile(r"\b(TODO|FIXME|XXX|HACK|noqa)\b")


def first_call(question: str) -> ToolCall | None:
    """Return the call that a question plainly asks for; None where a model must choose."""
    try:
        return _certain(question)
    except ValidationError:  # A name or a text that no tool takes.
        return None


def _certain(question: str) -> ToolCall | None:
    path = next((one for one in _PATH.findall(question) if _CODE_SUFFIX.search(one)), None)
    if path and (lines := _lines_wanted(question)) is not None:
        return Slice(path=path, first=lines[0], last=max(lines))
    if (text := _text_wanted(question)) is not None:
        return Grep(text=text)
    if (name := _name_in(question, path)) is not None:
        wants_uses = _USES_WANTED.search(question) and not _HOW.search(question)
        return References(name=name) if wants_uses else Definition(name=name)
    if path:
        return Outline(path=path)
    # All other tools need a name, a place or a text; one of plain letters is for a model to see.
    if _HOW.search(question) or not _MAY_NAME.search(question):
        words = question.strip().rstrip("?.!")
        return Search(query=words[:80])
    return None


def _lines_wanted(question: str) -> tuple[int, int] | None:
    if (begin := _FIRST_LINES.search(question)) is not None:
        return 1, int(begin[1])
    if (lines := _LINES.search(question)) is None:
        return None
    first = int(lines[1] or lines[3])
    return first, int(lines[2] or lines[4] or first)


def _text_wanted(question: str) -> str | None:
    """Return what is asked for as it stands: what is quoted and no name, or a mark."""
    if (quoted := _QUOTED.search(question)) is not None:
        return quoted[1] or quoted[2]
    ticked = _TICKED.search(question)
    if ticked is not None and not _IDENTIFIER.fullmatch(ticked[1]):
        return ticked[1]
    mark = _MARKS.search(question)
    return mark[1] if mark is not None else None


def _name_in(question: str, path: str | None) -> str | None:
    ticked = _TICKED.search(question)
    if ticked is not None:
        return ticked[1].removesuffix("()")
    return next((name for name in _NAME.findall(question) if name != path), None)
