"""Which encoding a file is in: UTF-8, or what a Python source declares.

The index keeps raw bytes, so the encoding only says how to decode them later.
A declared codec must agree with ASCII, because syntax and search look for ASCII
bytes, and must give the same bytes back, because edits are written with it.
"""

import codecs
import io
import tokenize
from dataclasses import dataclass
from typing import Final

_ASCII: Final = bytes(range(128))
# PEP 263 looks at two lines; a cookie further right than this is not honoured.
_COOKIE_PROBE_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How to decode one file."""

    name: str
    """Python's normal name of the codec, e.g. `utf-8` or `iso8859-1`."""
    has_bom: bool
    """The file starts with the UTF-8 byte order mark, which is not part of the text."""


_PLAIN: Final = TextEncoding("utf-8", has_bom=False)


def text_encoding(text: bytes, *, is_python: bool) -> TextEncoding | None:
    """Return how to decode `text`, or None when no known encoding fits.

    Args:
        text: The whole file.
        is_python: Honour a PEP 263 cookie in the first two lines.
    """
    # The common case first: every cookie has this word in it.
    may_have_cookie = is_python and b"coding" in text[:_COOKIE_PROBE_BYTES]
    if not may_have_cookie and text.isascii():
        return _PLAIN
    has_bom = text.startswith(codecs.BOM_UTF8)
    if may_have_cookie and not has_bom:
        declared = _declared_codec(text)
        if declared is not None and declared != "utf-8" and _fits(text, declared):
            return TextEncoding(declared, has_bom=False)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return TextEncoding("utf-8", has_bom=has_bom)


def _declared_codec(text: bytes) -> str | None:
    try:
        cookie, _ = tokenize.detect_encoding(io.BytesIO(text[:_COOKIE_PROBE_BYTES]).readline)
        return codecs.lookup(cookie).name
    except (SyntaxError, LookupError):
        return None


def _fits(text: bytes, codec: str) -> bool:
    try:
        if _ASCII.decode(codec) != _ASCII.decode("ascii"):
            return False
        return text.decode(codec).encode(codec) == text
    except (UnicodeError, LookupError, ValueError):
        # LookupError: a codec that is not for text, such as "hex".
        return False
