"""Random files as editors, systems and people leave them, and random edits of them."""

import random
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import TextEdit

_NEWLINES: Final = ("\n", "\r\n", "\r")
_PIECES: Final = (
    "x = 1", "def f(a, b):", "    return a", "\t\tpass", "# comment", '"""text"""', "'''", "\\",
    "", " ", "\f", "\f\n# page", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b",
    "é", "ß", "naïve", "Ж", "漢字", "😀", "👩\u200d👩\u200d👧", "e\u0301", "\U00010348", "a" * 5000,
)  # fmt: skip
_COOKIES: Final = ("iso-8859-1", "cp1252", "koi8-r", "shift_jis", "gbk", "euc-jp", "big5")
UNDECODABLE: Final = (
    "x = 'é'\n".encode("utf-16"),
    "x = 1\n".encode("utf-16-le"),
    b"x = '\0'\n",
    "x = 'é'\n".encode("utf-32"),
    "x = 'é'\n".encode("latin-1"),
    b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    b"# coding: no-such-codec\nx = 1\n",
    b"# coding: utf-7\nx = '+AOk-'\n",
    b"# coding: ascii\nx = '\xc3\xa9'\n",
    b"x = '\xf0\x9f\x98'\n",
    b"x = '\xed\xa0\x80'\n",
    b"\x80\x81\xfe\xff",
)
"""No text, or none that can be edited in place."""


@dataclass(frozen=True, slots=True)
class OddFile:
    """The bytes of a file, and how they are read."""

    data: bytes
    encoding: str
    prefix_bytes: int
    """How much at its start says how it is encoded: a BOM and a line with a cookie."""


def odd_file(numbers: random.Random) -> OddFile:
    """Return a text in some encoding, with some line ends."""
    kind = numbers.random()
    if kind < 0.6:
        # A first character that stays: U+FEFF there would be a BOM, and losing it refused.
        encoding, prefix = "utf-8", numbers.choice((b"#", b"\n", b"\r\n", b"x"))
    elif kind < 0.75:
        encoding, prefix = "utf-8", b"\xef\xbb\xbf"
    else:
        encoding = numbers.choice(_COOKIES)
        prefix = f"# -*- coding: {encoding} -*-{numbers.choice(_NEWLINES)}".encode()
    # One kind of line end, mostly; a file that several systems wrote has several.
    newlines = _NEWLINES if numbers.random() < 0.3 else (numbers.choice(_NEWLINES),)
    lines = [
        odd_text(numbers, encoding) + numbers.choice(newlines)
        for _ in range(numbers.choice((0, 1, 2, 10, 60)))
    ]
    if lines and numbers.random() < 0.3:
        lines[-1] = lines[-1].rstrip("\r\n")
    return OddFile(prefix + "".join(lines).encode(encoding), encoding, len(prefix))


def odd_text(numbers: random.Random, encoding: str) -> str:
    """Return some characters that an encoding has."""
    pieces = numbers.choices(_PIECES, k=numbers.choice((0, 1, 1, 2, 5)))
    return "".join(pieces).encode(encoding, errors="ignore").decode(encoding)


def odd_edits(numbers: random.Random, file: OddFile, count: int) -> tuple[TextEdit, ...]:
    """Return up to `count` sorted edits between characters, behind what names the encoding."""
    text = file.data[file.prefix_bytes :].decode(file.encoding)
    offsets = [file.prefix_bytes]
    for character in text:
        offsets.append(offsets[-1] + len(character.encode(file.encoding)))
    places = sorted(numbers.choices(offsets, k=2 * count))
    edits: list[TextEdit] = []
    for start, end in zip(places[::2], places[1::2], strict=True):
        if edits and start <= edits[-1].start_byte:
            continue
        new_text = odd_text(numbers, file.encoding).encode(file.encoding)
        edits.append(TextEdit(start, end, new_text, f"odd::{len(edits)}", "odd"))
    return tuple(edits)
