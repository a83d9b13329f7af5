"""Whether the text of an editor may be laid over a file, by the rules for files.

What is ignored on the disk stays out of the index unsaved, too: a buffer may hold
what was ignored for a reason.
"""

import hashlib
import os
import stat
import time
from typing import Final

from nanobot_indexer.options import IndexOptions
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.workspace.folder import (
    CARGO_MARK,
    CARGO_OUTPUT,
    VIRTUAL_ENVIRONMENT_MARK,
    RulesByFolder,
    is_plain_name,
)
from nanobot_indexer.workspace.ignore import SKIPPED_NAMES
from nanobot_indexer.workspace.skip import Skipped
from nanobot_indexer.workspace.source import encoding_or_refusal, refusal_before_reading

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
    if refusal_before_reading(path, len(text), options) is not None or is_left_out(root_fd, path):
        return None
    encoding = encoding_or_refusal(path, text, options)
    if isinstance(encoding, Skipped):
        return None
    return file_record(path, text, hashlib.sha256(text).digest(), encoding)


def is_left_out(root_fd: int, path: str) -> bool:
    """Tell whether a walk would not list a file at a path, for its name or for what is there.

    Args:
        root_fd: The open root of the workspace.
        path: Workspace-relative; there may be nothing on the way to it.
    """
    names = path.split("/")
    for name in names:
        if name in _NO_NAMES or name in SKIPPED_NAMES or not is_plain_name(name):
            return True
    rules = RulesByFolder(root_fd, now_ns=time.time_ns())
    folder = ""
    for name in names[:-1]:
        if _is_folder_left_out(root_fd, rules, folder, name):
            return True
        folder = f"{folder}/{name}" if folder else name
    mode = _mode_of(root_fd, path)
    if mode is not None and not stat.S_ISREG(mode):
        return True
    return rules.of(folder).ignores(path, is_folder=False)


def _is_folder_left_out(root_fd: int, rules: RulesByFolder, folder: str, name: str) -> bool:
    """Tell whether a walk would not enter a folder of a folder that it enters."""
    prefix = f"{folder}/" if folder else ""
    path = prefix + name
    mode = _mode_of(root_fd, path)
    # Links are not followed: of a linked folder a walk lists nothing.
    if mode is not None and not stat.S_ISDIR(mode):
        return True
    if rules.of(folder).ignores(path, is_folder=True):
        return True
    if name == CARGO_OUTPUT and _mode_of(root_fd, prefix + CARGO_MARK) is not None:
        return True
    return _mode_of(root_fd, f"{path}/{VIRTUAL_ENVIRONMENT_MARK}") is not None


def _mode_of(root_fd: int, path: str) -> int | None:
    """Return the mode of what is at a path, None for nothing. A link at its end is not followed."""
    try:
        return os.stat(path, dir_fd=root_fd, follow_symlinks=False).st_mode
    except (OSError, ValueError):
        return None
