"""Positions as language servers count them, and as we do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of a file that a server named. Not checked: it may lie."""

    path: str
    """Workspace-relative, `/`-separated."""
    start_byte: int
    end_byte: int
    """Exclusive."""


def position(data: bytes, offset: int, *, encoding: str) -> dict[str, int]:
    """Return a byte of a text as a line and a character.

    Args:
        data: UTF-8.
        offset: At the start of a character.
        encoding: `utf-8` or `utf-16`: what characters are counted in.
    """
    start = data.rfind(b"\n", 0, offset) + 1
    before = data[start:offset]
    characters = len(before)
    if encoding != "utf-8":
        characters = len(before.decode(errors="replace").encode("utf-16-le")) // 2
    return {"line": data.count(b"\n", 0, start), "character": characters}


def byte_offset(data: bytes, place: Mapping[str, Any], *, encoding: str) -> int | None:
    """Return the byte at a line and a character; None when there is none."""
    line, character = place.get("line"), place.get("character")
    if not isinstance(line, int) or not isinstance(character, int) or min(line, character) < 0:
        return None
    start = 0
    for _ in range(line):
        start = data.find(b"\n", start) + 1
        if start == 0:
            return None
    end = data.find(b"\n", start)
    text = data[start : len(data) if end < 0 else end]
    if encoding == "utf-8":
        return start + character if character <= len(text) else None
    units = text.decode(errors="replace").encode("utf-16-le")[: 2 * character]
    if len(units) < 2 * character:
        return None
    return start + len(units.decode("utf-16-le", errors="replace").encode())


def path_of(uri: str, folder: Path) -> str | None:
    """Return the path of a URI below a folder; None for others."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = Path(unquote(parts.path))
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return None
