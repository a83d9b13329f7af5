"""Why a file is not in the index, or is there without definitions."""

from dataclasses import dataclass
from enum import StrEnum


class SkipReason(StrEnum):
    """Stored in the index by value: never rename a value, only add one."""

    NOT_REGULAR = "not a regular file"
    NAME_NOT_TEXT = "name is not UTF-8 or holds control characters"
    FOLDER_UNREADABLE = "folder can not be listed"
    FILE_UNREADABLE = "file can not be read"
    CHANGED = "changed while it was read"
    TOO_LARGE = "too large"
    LINE_TOO_LONG = "line too long"
    GENERATED = "generated or minified"
    BINARY = "binary"
    UNKNOWN_ENCODING = "not text in a known encoding"
    TOO_MANY_FILES = "too many files"
    # The last three leave the file in the index, as text without definitions.
    PARSE_TIMED_OUT = "syntax took too long"
    PARSE_CRASHED = "parse worker crashed"
    PARSE_GARBLED = "parse worker answered garbage"


@dataclass(frozen=True, slots=True)
class Skipped:
    """One file or folder that was left out, and why."""

    path: str
    """Workspace-relative, `/`-separated; bytes that are not printable are escaped."""
    reason: SkipReason
    detail: str
    """The measured value or the words of the operating system; may be empty."""


def shown_path(path: str) -> str:
    """Return `path` with everything escaped that a terminal or JSON can not carry.

    Args:
        path: As `os` decoded it, so it may hold lone surrogates.
    """
    if path.isascii() and path.isprintable():
        return path
    readable = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in readable
    )
