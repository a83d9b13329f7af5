"""File URIs and paths.

Editors spell one file in several ways (`%20`, `%C3%A9`, `C%3A`), so documents are
keyed by path. Only `file:` URIs of this machine have one.
"""

from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

REVIEW_SCHEME: Final = "nanobot-review"
"""Of documents that show a change: before, after, and as a diff."""
ANSWER_SCHEME: Final = "nanobot-answer"
"""Of documents that show the answer to a question."""


def path_of(uri: str) -> Path | None:
    """Return the absolute path of a file URI, or None for every other URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    try:
        text = unquote_to_bytes(parts.path).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None  # Half a surrogate pair in the URI.
    if not text.startswith("/") or "\0" in text:
        return None
    return Path(text)


def uri_of(path: Path) -> str:
    """Return the URI of an absolute path."""
    return "file://" + quote(bytes(path))


def document_key(uri: str) -> str:
    """Return what is equal for all spellings of one document's URI."""
    path = path_of(uri)
    return uri if path is None else uri_of(path)
