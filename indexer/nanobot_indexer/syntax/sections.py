"""The headings of Markdown texts, each with what it heads.

A scanner of lines: it knows fenced code, HTML comments, front matter and underlined
headings, and nothing else of the language.
Source: the rules of headings and fences in CommonMark 0.31.
"""

import codecs
import re
from typing import Final

from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.rows import NAME_SIZE_BYTES_MAX, NO_PARENT, SyntaxRows

# One alternative per line that matters; the scanner steps over all others.
_LINE: Final = re.compile(
    rb"^ {0,3}(?:(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
    rb"|(?P<level>\#{1,6})[ \t](?P<title>[^\n]*)"
    rb"|(?P<comment><!--)"
    rb"|(?P<rule>=+|-+)[ \t\r]*$)",
    re.MULTILINE,
)
_FRONT_MATTER: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?---[ \t\r]*\n(?:.*?\n)??---[ \t\r]*$", re.DOTALL | re.MULTILINE
)
# What can not be the text of an underlined heading.
_NO_TITLE: Final = re.compile(rb"[ \t\r]*(?:\n|[>#|]|[-*+][ \t]|\d+[.)][ \t]|<!--|```|~~~| {4}|\t)")
_NO_RANGE: Final = (0, 0)


def add_sections(rows: SyntaxRows, text: bytes) -> None:
    """Append the headings of a text, nested by their level."""
    headings = _headings(text)
    ends = _ends([level for level, *_ in headings], [start for _, start, *_ in headings], len(text))
    open_levels: list[tuple[int, int]] = []
    for (level, start, name_start, name_end, line_end), end in zip(headings, ends, strict=True):
        while open_levels and open_levels[-1][0] >= level:
            open_levels.pop()
        parent = open_levels[-1][1] if open_levels else NO_PARENT
        index = rows.add_definition(
            DefinitionKind.SECTION,
            parent,
            (start, end),
            name=(name_start, name_end),
            signature=(start, line_end),
            docstring=_NO_RANGE,
        )
        open_levels.append((level, index))


def _headings(text: bytes) -> list[tuple[int, int, int, int, int]]:
    """Return level, start, start and end of the title, and end of the line of each heading."""
    found: list[tuple[int, int, int, int, int]] = []
    if text.startswith(codecs.BOM_UTF8):
        text = b"   " + text[3:]  # As wide, and may stand before a heading.
    front = _FRONT_MATTER.match(text)
    position = taken = front.end() if front else 0
    while match := _LINE.search(text, position):
        position = max(match.end(), match.start() + 1)
        if match["fence"]:
            position = taken = _fence_end(text, match["fence"], match.end())
        elif match["comment"]:
            closed = text.find(b"-->", match.end())
            position = taken = len(text) if closed < 0 else closed + 3
        elif match["level"]:
            title_start, line_end = match.span("title")
            line_end -= len(match["title"]) - len(match["title"].rstrip())
            span = _titled(text, title_start, line_end - len(_closing(match["title"].rstrip())))
            _append(found, len(match["level"]), match.start(), span, line_end)
        else:
            above = text.rfind(b"\n", 0, max(match.start() - 1, 0)) + 1
            taken = max(taken, found[-1][4] if found else 0)
            if above >= taken and above < match.start() and not _NO_TITLE.match(text, above):
                span = _titled(text, above, match.start() - 1)
                level = 1 if match["rule"].startswith(b"=") else 2
                _append(found, level, above, span, match.start() + len(match[0].rstrip()))
    return found


def _append(
    found: list[tuple[int, int, int, int, int]],
    level: int,
    start: int,
    span: tuple[int, int] | None,
    line_end: int,
) -> None:
    if span is not None:
        found.append((level, start, *span, line_end))


def _titled(text: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return the range of a title without its white space, None when it is no name."""
    title = text[start:end]
    start += len(title) - len(title.lstrip())
    title = title.strip()
    if not 0 < len(title) <= NAME_SIZE_BYTES_MAX:
        return None
    try:
        title.decode()
    except UnicodeDecodeError:
        return None
    return start, start + len(title)


def _closing(title: bytes) -> bytes:
    """Return the `#`s that close a title: they stand behind a space, or alone."""
    bare = title.rstrip(b"#")
    return title[len(bare) :] if not bare or bare[-1:] in {b" ", b"\t"} else b""


def _fence_end(text: bytes, fence: bytes, position: int) -> int:
    closing = re.compile(rb"^ {0,3}%c{%d,}[ \t\r]*$" % (fence[0], len(fence)), re.MULTILINE)
    match = closing.search(text, position)
    return len(text) if match is None else match.end()


def _ends(levels: list[int], starts: list[int], size: int) -> list[int]:
    """Return where each section ends: before the next heading of its level or above."""
    ends = [size] * len(levels)
    nexts = [size] * 8  # By level: the start of the nearest heading below, of it or above.
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        ends[index] = nexts[level]
        for deeper in range(level, 8):
            nexts[deeper] = starts[index]
    return ends
