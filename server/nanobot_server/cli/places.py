"""How a user names a place in a workspace: a path, a line, some lines."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_indexer import HandleInvalidError
from nanobot_indexer.search.handle import parse_handle
from nanobot_indexer.search.hit import Handle
from nanobot_server.host.errors import USAGE, HostError

_LINE: Final = re.compile(r"(?P<path>.+):(?P<line>[0-9]{1,10})", re.DOTALL)
_LINES: Final = re.compile(r"(?P<first>[0-9]{1,10})(?:-(?P<last>[0-9]{1,10}))?")


def path_in(root: Path, given: str) -> str:
    """Return a path as the index writes it.

    Args:
        root: The workspace, without symbolic links in it.
        given: Relative to the workspace, or absolute.

    Raises:
        HostError: It is outside of the workspace.
    """
    path = os.path.normpath(root / given)
    # Resolved only if need be: the index lists a link in the workspace under its own name.
    for candidate in (Path(path), Path(os.path.realpath(path))):
        if candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    raise HostError(USAGE, f"{given}: not in the workspace {root}; name a file in it")


def handle_in(root: Path, given: str) -> Handle:
    """Return a handle with its path as the index writes it.

    Args:
        root: The workspace, without symbolic links in it.
        given: A handle, or `path:line`.

    Raises:
        HandleInvalidError: It is neither.
        HostError: The path is outside of the workspace.
    """
    line = _LINE.fullmatch(given)
    handle = parse_handle(f"{given}-{line['line']}" if line else given)
    return replace(handle, path=path_in(root, handle.path))


def place_in(root: Path, given: str) -> str | tuple[str, int]:
    """Return a handle as the index writes it, or the path and the 1-based line of `path:line`.

    Raises:
        HostError: It is neither, or the path is outside of the workspace.
    """
    line = _LINE.fullmatch(given)
    if line is not None:
        return path_in(root, line["path"]), int(line["line"])
    try:
        return str(handle_in(root, given))
    except HandleInvalidError as error:
        message = f"{given}: not a place; write path:line, or pass the handle of an answer"
        raise HostError(USAGE, message) from error


def parsed_lines(given: str) -> tuple[int, int]:
    """Return the first and the last line of `A-B`, or of `A`.

    Raises:
        HostError: It is not written like that, or ends before it begins.
    """
    match = _LINES.fullmatch(given)
    first, last = (int(match["first"]), int(match["last"] or match["first"])) if match else (0, 0)
    if not 1 <= first <= last:
        raise HostError(USAGE, f"--lines {given}: not lines from 1; write it as 10-20 or 10")
    return first, last
