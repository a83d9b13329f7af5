"""A source file as bytes, with the few facts an edit must keep.

Nothing here normalises: the bytes are the truth, and encoding, newline and
indentation are only observed, so that inserted text can follow them.
"""

import codecs
import hashlib
import io
import re
import stat
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from nanobot_engine.edit.beneath import read_beneath
from nanobot_engine.edit.errors import SourceEncodingError

NEWLINE: Final = re.compile(rb"\r\n|\r|\n")
"""What ends a line in Python sources and in editors. Form feed, U+2028 and the
like do not, whatever `bytes.splitlines` thinks."""

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

# Codecs that encode each character on its own and keep ASCII as it is, so that a
# position in the text has one position in the bytes. Stateful ones (iso-2022,
# utf-7), those that can hide a newline (unicode_escape) and those that decode an
# ASCII byte as something else (johab, cp864) are left out.
_SAFE_ENCODING: Final = re.compile(
    r"ascii|utf-8|cp(?:437|720|737|775|85\d|86[0-35-9]|874|125\d|1125)|cp(?:932|949|950)"
    r"|iso8859-\d+|koi8-[rtu]|kz1048|mac-\w+|tis-620|ptcp154|hp-roman8"
    r"|gbk|gb2312|gb18030|big5(?:hkscs)?"
    r"|euc_(?:jp|kr|jis_2004|jisx0213)|shift_jis"
)

_INDENTED_LINE: Final = re.compile(rb"^(\t|  +)[^\s#]", re.MULTILINE)
_INDENT_DEFAULT: Final = "    "
_MODE_DEFAULT: Final = 0o644


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of one source file and what they say about themselves.

    Invariant: `data` decodes with `encoding`; a file that does not never becomes
    a `SourceFile`, so it is never written.
    """

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    data: bytes = field(repr=False)
    encoding: str
    """Python's name of the codec, from the BOM or a PEP 263 cookie; the BOM is
    not part of it."""
    has_bom: bool
    newline: str
    r"""`"\n"`, `"\r\n"` or `"\r"`: the most frequent one, `"\n"` without any."""
    indent_unit: str
    """One level of indentation, e.g. four spaces or a tab."""
    mode: int
    """Permission bits."""

    @property
    def sha256(self) -> str:
        """Lower-case hex digest of `data`."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def newline_bytes(self) -> bytes:
        """`newline` as it stands in `data`."""
        return self.newline.encode("ascii")


def read_source(root: Path, path: str, *, size_bytes_max: int) -> SourceFile:
    """Read a file of the workspace.

    Args:
        root: The workspace folder.
        path: Relative to `root`, `/`-separated.
        size_bytes_max: A larger file is refused.

    Raises:
        PathRefusedError: `path` is absolute or climbs.
        SourceUnreadableError: Missing, too large, not a regular file, or a link
            anywhere below `root`.
        SourceEncodingError: The bytes do not decode.
    """
    data, status = read_beneath(root, path, size_bytes_max=size_bytes_max)
    return source_from_bytes(path, data, mode=stat.S_IMODE(status.st_mode))


def source_from_bytes(path: str, data: bytes, *, mode: int = _MODE_DEFAULT) -> SourceFile:
    """Look at bytes that are already in memory, e.g. an editor's buffer.

    Raises:
        SourceEncodingError: The bytes do not decode, or their encoding has no
            fixed place for each character.
    """
    encoding, has_bom = _detected_encoding(path, data)
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceEncodingError(
            path, f"byte {error.start} is not {encoding}; save the file in its encoding"
        ) from error
    return SourceFile(
        path=path,
        data=data,
        encoding=encoding,
        has_bom=has_bom,
        newline=_dominant_newline(data),
        indent_unit=_indent_unit(data),
        mode=mode,
    )


def split_lines(data: bytes) -> list[bytes]:
    r"""Split at `\n`, `\r\n` and `\r` only, keeping them."""
    return _LINE.findall(data)


def _detected_encoding(path: str, data: bytes) -> tuple[str, bool]:
    # Python looks for the cookie after it translated newlines, `tokenize` before:
    # a file with bare carriage returns would be one long comment to it.
    head = [NEWLINE.sub(b"\n", line[0]) for line in islice(_LINE.finditer(data), 2)]
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(b"".join(head)).readline)
        name = codecs.lookup(encoding.removesuffix("-sig")).name
    except (SyntaxError, LookupError) as error:
        raise SourceEncodingError(path, f"has no usable encoding: {error}") from error
    if not _SAFE_ENCODING.fullmatch(name):
        raise SourceEncodingError(path, f"is written in {name}, which can not be edited in place")
    return name, data.startswith(codecs.BOM_UTF8)


def _dominant_newline(data: bytes) -> str:
    counts: Counter[bytes] = Counter(NEWLINE.findall(data))
    if not counts:
        return "\n"
    # On a tie the one that occurs first: `Counter` keeps that order.
    return counts.most_common(1)[0][0].decode("ascii")


def _indent_unit(data: bytes) -> str:
    """Guess one level from the smallest indentation that is used often."""
    counts = Counter(match[1] for match in _INDENTED_LINE.finditer(NEWLINE.sub(b"\n", data)))
    if not counts:
        return _INDENT_DEFAULT
    total = sum(counts.values())
    if counts[b"\t"] * 2 > total:
        return "\t"
    # One line in twenty: a lone continuation line aligned by hand is not a level.
    frequent = [unit for unit, count in counts.items() if unit != b"\t" and count * 20 >= total]
    return min(frequent, key=len).decode("ascii") if frequent else _INDENT_DEFAULT
