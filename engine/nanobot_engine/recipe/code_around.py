"""The lines around a place of a file, as a question shows them."""

from typing import Final

from nanobot_engine.edit import SourceFile

_MARK: Final = "> "


def code_around(source: SourceFile, start: int, end: int, bytes_max: int) -> str:
    """Return the lines from one byte to another, marked, and as many around as have room.

    Args:
        source: The file.
        start: Of what is marked, in bytes.
        end: Behind it.
        bytes_max: Of what is shown; the marked lines are shown in any case.
    """
    lines = plain_lines(source.data.decode(source.encoding, errors="replace"))
    head = plain_lines(source.data[:start].decode(source.encoding, errors="replace"))
    first = last = len(head) - 1
    last += len(plain_lines(source.data[start:end].decode(source.encoding, errors="replace"))) - 1
    marked = range(first, last + 1)
    room = bytes_max - sum(len(lines[at].encode()) + 3 for at in marked)
    # More of what comes before: that is where a name gets its meaning.
    for step in (-1, -1, 1) * len(lines):
        at = (first if step < 0 else last) + step
        if not 0 <= at < len(lines):
            continue
        room -= len(lines[at].encode()) + 3
        if room < 0:
            break
        first, last = min(first, at), max(last, at)
        if (first, last) == (0, len(lines) - 1):
            break
    shown = (
        f"{_MARK if at in marked else '  '}{lines[at]}".rstrip() for at in range(first, last + 1)
    )
    return "\n".join(shown).strip("\n")


def plain_lines(text: str) -> list[str]:
    """Split at whatever ends a line in an editor."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
