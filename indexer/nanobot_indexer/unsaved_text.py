"""Whether the text of an editor may be laid over a file, by the rules for files.

What is ignored on the disk stays out of the index unsaved, too: a buffer may hold
what was ignored for a reason.
"""

import hashlib
import os
import time
from typing import Final

from nanobot_indexer.options import IndexOptions
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.workspace.encoding import text_encoding
from nanobot_indexer.workspace.folder import (
    CARGO_MARK,
    CARGO_OUTPUT,
    VIRTUAL_ENVIRONMENT_MARK,
    RulesByFolder,
    is_plain_name,
)
from nanobot_indexer.workspace.generated import (
    binary_format,
    generated_name,
    minified_text,
    oversized_lock_file,
    wide_encoding,
)
from nanobot_indexer.workspace.ignore import SKIPPED_NAMES

_NO_NAMES: Final = frozenset({"", ".", ".."})


def unsaved_record(
    root_fd: int, path: str, text: bytes, options: IndexOptions
) -> FileRecord | None:
    """Return what would be stored for a file with this text, or None if nothing would.

    Args:
        root_fd: The open root of the workspace.
        path: Workspace-relative; there may be no such file.
        text: What the file would hold.
        options: Limits.
    """
    if len(text) > options.file_size_bytes_max or is_left_out(root_fd, path):
        return None
    reasons = (
        generated_name(path),
        oversized_lock_file(path, len(text)),
        wide_encoding(text),
        binary_format(text),
        minified_text(path, text),
    )
    if any(reason is not None for reason in reasons):
        return None
    if _has_line_longer_than(text, options.line_length_bytes_max):
        return None
    is_python = path.endswith((".py", ".pyi", ".pyw")) or b"python" in text[:64]
    encoding = text_encoding(text, is_python=is_python)
    if encoding is None:
        return None
    return file_record(path, text, hashlib.sha256(text).digest(), encoding)


def is_left_out(root_fd: int, path: str) -> bool:
    """Tell whether a walk would not list a path, whatever is there."""
    names = path.split("/")
    for name in names:
        if name in _NO_NAMES or name in SKIPPED_NAMES or not is_plain_name(name):
            return True
    rules = RulesByFolder(root_fd, now_ns=time.time_ns())
    folder = ""
    for name in names[:-1]:
        below = f"{folder}/{name}" if folder else name
        if rules.of(folder).ignores(below, is_folder=True):
            return True
        if name == CARGO_OUTPUT and _is_there(root_fd, f"{folder}/{CARGO_MARK}".lstrip("/")):
            return True
        if _is_there(root_fd, f"{below}/{VIRTUAL_ENVIRONMENT_MARK}"):
            return True
        folder = below
    return rules.of(folder).ignores(path, is_folder=False)


def _is_there(root_fd: int, path: str) -> bool:
    try:
        os.stat(path, dir_fd=root_fd, follow_symlinks=False)
    except (OSError, ValueError):
        return False
    return True


def _has_line_longer_than(text: bytes, limit: int) -> bool:
    if len(text) <= limit:
        return False
    lines = text.replace(b"\r", b"\n").split(b"\n")
    # The end of a line is part of it; the last one has none.
    return any(len(line) >= limit for line in lines[:-1]) or len(lines[-1]) > limit
