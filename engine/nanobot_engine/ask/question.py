"""What a question asks for, told by rules.

A question that names something is looked up by that name, one that quotes a text, a
number or an error code is looked up verbatim, and any other one is searched. Where
something is defined or used the index knows by itself: no model is asked.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nanobot_engine.ask.errors import QuestionInvalidError

QUESTION_CHARS_MAX: Final = 1_000
NAMES_MAX: Final = 4
LITERALS_MAX: Final = 4


class QuestionKind(StrEnum):
    """How a question is answered. Part of JSON documents: never rename a value."""

    LOCATION = "location"
    """Where a name is defined: the index knows."""
    USES = "uses"
    """Where a name is used: the index knows."""
    LITERAL = "literal"
    """It quotes what must stand in the evidence as it is."""
    NAME = "name"
    """It names something."""
    SEARCH = "search"
    """Everything else."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read by rules."""

    text: str
    """As typed, on one line."""
    kind: QuestionKind
    literals: tuple[str, ...]
    """Quoted text, numbers, codes."""
    names: tuple[str, ...]
    """What is written like an identifier, or called a function, class, … in the question."""
    cues: tuple[str, ...]
    """Text that a line with the answer often has."""


_QUOTED: Final = re.compile(
    r'"([^"\n]{2,300})"|`([^`\n]{1,300})`|“([^”\n]{2,300})”|(?<!\w)\'([^\'\n]{2,300})\'(?!\w)'
)
# Error codes, hexadecimal numbers, versions, long numbers.
_CODE: Final = re.compile(
    r"(?<![\w.-])(?:0[xX][0-9A-Fa-f]{3,}|[A-Z]+-?[0-9]{2,}(?:-[A-Z0-9]+)*"
    r"|[0-9]+(?:\.[0-9]+){2,}|[0-9]{3,})(?![\w-])"
)
_IDENTIFIER: Final = r"[A-Za-z_$][\w$]*"
_NAME: Final = re.compile(rf"{_IDENTIFIER}(?:(?:\.|::|#|->){_IDENTIFIER})*(?:\(\))?")
_CODE_LIKE: Final = re.compile(
    r"[^\W_]_+[^\W_]|^_+\w|[a-z0-9][A-Z]|[A-Z]{2,}[a-z]|\w(?:\.|::|->|#)[A-Za-z_]|\(\)$"
)
_THING: Final = (
    r"(?:function|method|class|struct|constant|variable|macro|type|module|parameter|argument|"
    r"option|attribute|enum|interface|trait|decorator|exception|property)"
)
_NAMED: Final = re.compile(rf"\b{_THING}\s+(?:named\s+|called\s+)?({_IDENTIFIER})\b(?!\s+{_THING})")
_NAMING: Final = re.compile(rf"\b(?:the|of|in|does|is)\s+({_IDENTIFIER})\s+{_THING}\b")
# What stands next to such a word without being a name.
_NO_NAME_LINES: Final = """
a an and are as at base be by call called can constructed default defined defines did do does
error first for from go has have if in is it java javascript last main name named names new no of
on one only opens or other private public python raise raised return returned returns rust same
second set should takes that the then this to turns type typescript use used uses value was what
when where which who why will with without
"""
_NO_NAME: Final = frozenset(_NO_NAME_LINES.split())
# Written like a name of a program, and everybody's word.
_NO_CODE: Final = frozenset(
    {"TypeScript", "JavaScript", "CoffeeScript", "GitHub", "GitLab", "MacOS", "OAuth", "WebSocket"}
)
_LOCATION: Final = re.compile(
    r"^\s*(?:where|(?:in\s+)?(?:which|what)\s+(?:file|module|line|path|place))\b"
    r".*\b(?:define[sd]?|definition|declare[sd]?|declaration|implement\w*|located|live[sd]?|find)\b",
    re.IGNORECASE,
)
_WHERE_IS: Final = re.compile(r"^\s*where(?:'s|\s+is|\s+are)\s+\S+\s*\??\s*$", re.IGNORECASE)
_USES: Final = re.compile(
    r"^\s*(?:where|who|what|(?:which|what)\s+(?:functions?|files?|modules?|code|places?|methods?))"
    r"\s+(?:is|are|do|does|else\s+)?\s*(?:\S+\s+)?"
    r"(?:calls?|called|uses?|used|imports?|imported|references?|referenced)\b",
    re.IGNORECASE,
)
_CUES: Final = (
    (re.compile(r"\b(?:rais|throw|exception|error)", re.I), ("raise ", "throw ", "panic(", "Err(")),
    (re.compile(r"\b(?:return|yield|give)", re.I), ("return ", "yield ", "return;")),
    (re.compile(r"\b(?:default|value|set to|how many|how much|size|limit)", re.I), ("=", "efault")),
    (re.compile(r"\benviron", re.I), ("environ", "getenv", "env::var")),
    (re.compile(r"\b(?:subclass|inherit|base class|parent class)", re.I), ("class ", "extends ")),
)


def parsed_question(text: str) -> Question:
    """Return what a question asks for.

    Raises:
        QuestionInvalidError: It is empty or too long.
    """
    written = " ".join(text.split())
    if not any(character.isalnum() for character in written):
        raise QuestionInvalidError(text[:80], "there is nothing to look for; ask about the code")
    if len(written) > QUESTION_CHARS_MAX:
        reason = f"has {len(written)} characters, at most {QUESTION_CHARS_MAX} are read"
        raise QuestionInvalidError(f"{written[:40]}…", reason)
    quoted = ["".join(match.groups(default="")).strip() for match in _QUOTED.finditer(written)]
    rest = _QUOTED.sub(" ", written)
    literals = [one for one in quoted if one and not _NAME.fullmatch(one)]
    names = [one for one in quoted if _NAME.fullmatch(one)]
    literals += [match[0] for match in _CODE.finditer(rest)]
    rest = _CODE.sub(" ", rest)
    names += [
        match[0]
        for match in _NAME.finditer(rest)
        if _CODE_LIKE.search(match[0]) and match[0] not in _NO_CODE
    ]
    if not names:
        # A plain word is only taken for a name where nothing looks more like one.
        named = (match[1] for one in (_NAMED, _NAMING) for match in one.finditer(rest))
        names = [one for one in named if one.lower() not in _NO_NAME]
    names = list(dict.fromkeys(name.removesuffix("()") for name in names))[:NAMES_MAX]
    return Question(
        text=written,
        kind=_kind(written, literals, names),
        literals=tuple(dict.fromkeys(literals))[:LITERALS_MAX],
        names=tuple(names),
        cues=tuple(cue for pattern, cues in _CUES if pattern.search(written) for cue in cues),
    )


def _kind(text: str, literals: list[str], names: list[str]) -> QuestionKind:
    if len(names) == 1 and not literals:
        if _LOCATION.search(text) or _WHERE_IS.search(text):
            return QuestionKind.LOCATION
        if _USES.search(text):
            return QuestionKind.USES
    if literals:
        return QuestionKind.LITERAL
    return QuestionKind.NAME if names else QuestionKind.SEARCH
