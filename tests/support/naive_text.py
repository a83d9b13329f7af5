"""Positions in a text, counted one character after the other: too slow to be wrong."""

from typing import Final

from nanobot_server.lsp.document.text_buffer import Encoding, Place

# Every character that `str.splitlines` takes for a line end, those that are, and wide ones.
CHARACTERS: Final = "ab\n\r\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u00e9\u4e2d\U0001f600\u0301"


def width(char: str, encoding: Encoding) -> int:
    if encoding is Encoding.UTF_8:
        return len(char.encode())
    return 1 + (char > "\uffff") if encoding is Encoding.UTF_16 else 1


def naive_places(text: str, encoding: Encoding) -> list[Place]:
    """Return the position of every offset in `text`, by counting characters."""
    places, line, character = [], 0, 0
    for at, char in enumerate(text):
        places.append(Place(line, character))
        if char == "\n" or (char == "\r" and text[at : at + 2] != "\r\n"):
            line, character = line + 1, 0
        else:
            character += width(char, encoding)
    return [*places, Place(line, character)]


def is_inside_line_end(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n" and at > 0
