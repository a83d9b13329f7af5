"""Tell what nobody wrote from what somebody did: minified bundles, maps, binaries.

Only clear cases: a generated file that people read, such as a protocol stub or a
small lock file, stays searchable.
"""

from typing import Final

BINARY_PROBE_BYTES: Final = 8 * 1024
LOCK_FILE_SIZE_BYTES_MAX: Final = 256 * 1024
"""A larger lock file is left out: it answers no question and dilutes every search."""

# Shorter scripts of one line exist that somebody wrote.
_MINIFIED_SIZE_BYTES_MIN: Final = 4096
_AVERAGE_LINE_BYTES_MAX: Final = 500

_MINIFIED_ENDINGS: Final = (".min.js", ".min.mjs", ".min.cjs", ".min.css")
_SOURCE_MAP_ENDINGS: Final = (".js.map", ".mjs.map", ".cjs.map", ".css.map", ".ts.map")
_BUNDLE_ENDINGS: Final = (".js", ".mjs", ".cjs", ".css")

_LOCK_FILES: Final = frozenset(
    {
        "Cargo.lock",
        "Gemfile.lock",
        "Pipfile.lock",
        "bun.lock",
        "composer.lock",
        "flake.lock",
        "go.sum",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "packages.lock.json",
        "pdm.lock",
        "poetry.lock",
        "pnpm-lock.yaml",
        "uv.lock",
        "yarn.lock",
    }
)

# Formats whose first 8 KiB may be free of NUL bytes, or whose name tells more than "binary".
_SIGNATURES: Final = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh91AY&SY", "bzip2"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x7fELF", "ELF"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"SQLite format 3\x00", "SQLite"),
)
_SIGNATURE_STARTS: Final = tuple(start for start, _ in _SIGNATURES)
_WIDE_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def binary_format(text: bytes) -> str | None:
    """Return what kind of binary this is, "" for an unknown one, None for text."""
    if text.startswith(_SIGNATURE_STARTS):
        return next(word for start, word in _SIGNATURES if text.startswith(start))
    return "" if text.find(0, 0, BINARY_PROBE_BYTES) >= 0 else None


def wide_encoding(text: bytes) -> str | None:
    """Return the encoding whose byte order mark starts the text, if its units are wide."""
    if text[:1] not in {b"\xff", b"\xfe", b"\x00"}:
        return None
    return next((word for mark, word in _WIDE_MARKS if text.startswith(mark)), None)


def generated_name(path: str) -> str | None:
    """Return what the name of the file says it is, or None when it says nothing."""
    if path.endswith(_MINIFIED_ENDINGS):
        return "minified"
    if path.endswith(_SOURCE_MAP_ENDINGS):
        return "source map"
    return None


def oversized_lock_file(path: str, size_bytes: int) -> str | None:
    """Return why a lock file is left out, or None when it is small or none."""
    if size_bytes <= LOCK_FILE_SIZE_BYTES_MAX or path.rpartition("/")[2] not in _LOCK_FILES:
        return None
    return f"lock file of {size_bytes} bytes, limit {LOCK_FILE_SIZE_BYTES_MAX}"


def minified_text(path: str, text: bytes) -> str | None:
    """Return why a script or style sheet counts as minified, or None when it does not."""
    if len(text) < _MINIFIED_SIZE_BYTES_MIN or not path.endswith(_BUNDLE_ENDINGS):
        return None
    average = len(text) // (text.count(b"\n") + 1)
    if average <= _AVERAGE_LINE_BYTES_MAX:
        return None
    return f"lines of {average} bytes on average, limit {_AVERAGE_LINE_BYTES_MAX}"
