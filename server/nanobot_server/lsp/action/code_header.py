"""The first line of a definition in another language than Python, read by its words.

No parser: good enough to offer something at the cursor. The host knows what is really there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

_SCRIPT: Final = re.compile(
    r"\s*+(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:"
    r"(?:async\s+)?(?P<function>function)\s*\*?\s*(?P<a>[\w$]+)"
    r"|(?:class|interface|enum|namespace)\s+(?P<b>[\w$]+)"
    r"|(?:const|let|var)\s+(?P<c>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^)]*\)[^=]*=>|[\w$]+\s*=>)"
    r"|(?:(?:public|protected|static|async|get|set|override)\s+)*(?P<d>(?!if|for|while|switch|catch|return)[\w$]+)"
    r"\([^;]*\)[^;=]*\{)"
)
_GO: Final = re.compile(r"func\s+(?:\([^)]*\)\s*)?(?P<a>\w+)|type\s+(?P<b>\w+)\s")
_RUST: Final = re.compile(
    r"\s*+(?:pub(?:\([^)]*\))?\s+)?(?:(?:(?:const|async|unsafe|extern(?:\s+\"[^\"]*\")?)\s+)*"
    r"fn\s+(?P<a>\w+)|(?:struct|enum|trait|union|mod|type)\s+(?P<b>\w+))"
)
_JAVA: Final = re.compile(
    r"\s*+(?:(?:public|protected|static|final|abstract|synchronized|default|native)\s+)*(?:"
    r"(?:class|interface|enum|record|@interface)\s+(?P<b>\w+)"
    r"|(?:<[^>]+>\s*)?(?!return|new|else|throw)[\w.<>\[\], ?]+\s+(?P<a>\w+)\s*\([^;]*$)"
)
_C: Final = re.compile(
    r"\s*+(?:(?:class|struct|union|enum(?:\s+class)?|namespace)\s+(?P<b>\w+)[^;()]*\{?\s*$"
    r"|(?!return|else|if|for|while|switch|typedef|#)(?:[\w:<>,&*]+\s+)+[*&]*(?:\w+::)*(?P<a>~?\w+)\s*\([^;]*$)"
)
_PATTERN_BY_LANGUAGE: Final = {
    **dict.fromkeys(
        ("javascript", "javascriptreact", "typescript", "typescriptreact"), _SCRIPT
    ),
    "go": _GO, "rust": _RUST, "java": _JAVA, "c": _C, "cpp": _C,
}  # fmt: skip
_LANGUAGE_BY_SUFFIX: Final = {
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".cts": "typescript",
    ".go": "go", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c",
    ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp",
}  # fmt: skip
_LINE_CHARS_MAX: Final = 1_000
_COMMENT: Final = re.compile(r"\s*(?://|/?\*|\*/)|.*\*/\s*$")
# What stands between a comment and what it is about.
_ATTRIBUTE: Final = re.compile(r"\s*(?:@\w|#\[|\[\[)")
_SAYABLE: Final = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class CodeHeader:
    """Where a definition begins."""

    name: str
    """Without what is around it."""
    is_function: bool
    has_comment: bool
    """A comment stands directly above it."""
    can_be_said: bool
    """A sentence can name it and its file."""


def language_of(language: str, path: str) -> str:
    """Return which language this is, as editors call it; "" for one that is not worked on."""
    known = _LANGUAGE_BY_SUFFIX.get(PurePosixPath(path).suffix, "")
    return language if language in _PATTERN_BY_LANGUAGE else "" if language else known


def header_at(lines: Sequence[str], line: int, language: str, path: str) -> CodeHeader | None:
    """Return the definition that begins on a line.

    Args:
        lines: Of the buffer.
        line: 0-based.
        language: As the editor calls it, or empty.
        path: Of the file.
    """
    pattern = _PATTERN_BY_LANGUAGE.get(language_of(language, path))
    if pattern is None or not 0 <= line < len(lines) or len(lines[line]) > _LINE_CHARS_MAX:
        return None
    match = pattern.match(lines[line].rstrip())
    if match is None:
        return None
    found = match.groupdict()
    name = next(found[key] for key in "abcd" if found.get(key))
    above = line - 1
    while above >= 0 and _ATTRIBUTE.match(lines[above]):
        above -= 1
    return CodeHeader(
        name,
        is_function=found.get("b") is None,
        has_comment=above >= 0 and _COMMENT.match(lines[above].rstrip()) is not None,
        can_be_said=_SAYABLE.fullmatch(path) is not None and name.isidentifier(),
    )
