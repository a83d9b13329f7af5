"""The file behind an open document: read with care, and compared with its buffer.

An editor may open anything, so nothing here waits on a pipe or a device, and no more
is read than can matter.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nanobot_indexer.workspace.encoding import text_encoding
from nanobot_server.lsp.review.edit_plan import BOM

_CHARACTER_BYTES_MAX: Final = 4
"""In each encoding of Unicode, and of a mark at the start."""
# UTF-32 first: its mark begins with that of UTF-16.
_WIDE_ENCODINGS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_regular(path: Path, *, size_bytes_max: int) -> bytes | None:
    """Return the bytes of a regular file, or None.

    Args:
        path: Links are followed: it is what the user opened.
        size_bytes_max: A larger file is not read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > size_bytes_max:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # One byte more than allowed, to see it grow.
            content = file.read(size_bytes_max + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= size_bytes_max else None


def has_bytes_of(path: Path, text: str) -> bool:
    """Tell whether a file holds a buffer byte for byte, in UTF-8 and without a mark.

    Where bytes are counted only this will do: edits are verified against bytes.
    """
    encoded = text.encode("utf-8", "replace")
    return read_regular(path, size_bytes_max=len(encoded)) == encoded


def has_text_of(path: Path, text: str) -> bool:
    """Tell whether a file holds the text of a buffer, in an encoding that editors know.

    A line end that only the last line of the file lacks makes no difference: some
    editors show every text with it.
    """
    content = read_regular(path, size_bytes_max=_CHARACTER_BYTES_MAX * (len(text) + 1))
    if content is None:
        return False
    return any(text in (decoded, decoded + "\n") for decoded in _decoded(content))


def _decoded(content: bytes) -> Iterator[str]:
    """Yield what editors may show of a file, the likeliest first."""
    for mark, name in _WIDE_ENCODINGS:
        if content.startswith(mark):
            yield content.decode(name, "replace")
            return
    # An editor that finds no encoding shows a sign for what it can not read.
    yield content.removeprefix(BOM).decode("utf-8", "replace")
    if content.isascii():
        return
    declared = text_encoding(content, is_python=True)
    if declared is not None:
        yield content.decode(declared.name, "replace")
    yield content.decode("latin-1")
    yield content.decode("cp1252", "replace")
