"""Unified diffs for people: what changes, with nothing hidden.

A diff is for reading. Line ends are not drawn unless they differ, and invisible
characters are spelled out, so it is not meant to be fed to `patch`.
"""

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.edit.characters import shown
from nanobot_engine.edit.errors import SourceEncodingError
from nanobot_engine.edit.source import NEWLINE, source_from_bytes, split_lines

_CONTEXT_LINES: Final = 3
_NO_NEWLINE: Final = "\\ No newline at end of file"


def unified_diff(path: str, before: bytes, after: bytes) -> str:
    r"""Describe the change of one file.

    Args:
        path: Workspace-relative, as it appears after `a/` and `b/`.
        before: The whole file.
        after: The whole file.

    Returns:
        A unified diff with three lines of context and `\n` as its own line end;
        the empty string when nothing changes.
    """
    return "" if before == after else file_diff(path, path, before, after)


def file_diff(old_path: str | None, new_path: str | None, before: bytes, after: bytes) -> str:
    """Describe the change of one file that may be created, moved or removed.

    Args:
        old_path: None for a file that is created.
        new_path: None for a file that is removed.
        before: The whole file; empty where there is none.
        after: The whole file; empty where there is none.
    """
    path = old_path or new_path
    assert path is not None, "a file has a path"
    show_newlines = set(NEWLINE.findall(before)) | set(NEWLINE.findall(after))
    style = _Style(_encoding(path, before or after), draws_newlines=len(show_newlines) > 1)
    lines = []
    if old_path and new_path and old_path != new_path:
        lines += [f"rename from {shown(old_path)}", f"rename to {shown(new_path)}"]
    if before != after or not (old_path and new_path):
        lines += [
            f"--- a/{shown(old_path)}" if old_path else "--- /dev/null",
            f"+++ b/{shown(new_path)}" if new_path else "+++ /dev/null",
        ]
        lines += _hunks(split_lines(before), split_lines(after), style)
    return "".join(f"{line}\n" for line in lines)


class _Style:
    """How one line of bytes becomes text."""

    def __init__(self, encoding: str, *, draws_newlines: bool) -> None:
        self._encoding = encoding
        self._draws_newlines = draws_newlines

    def lines(self, mark: str, raw_lines: Sequence[bytes]) -> Iterator[str]:
        for raw in raw_lines:
            text = raw.decode(self._encoding, errors="backslashreplace")
            content = text.rstrip("\r\n")
            newline = text[len(content) :]
            # Only carriage returns: each line of the diff ends in a line feed.
            drawn = "<U+000D>" if self._draws_newlines and "\r" in newline else ""
            yield f"{mark}{shown(content)}{drawn}"
            if not newline:
                yield _NO_NEWLINE


def _hunks(before: list[bytes], after: list[bytes], style: _Style) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(_CONTEXT_LINES):
        _, before_start, _, after_start, _ = group[0]
        _, _, before_end, _, after_end = group[-1]
        yield (f"@@ -{_range(before_start, before_end)} +{_range(after_start, after_end)} @@")
        for tag, before_from, before_to, after_from, after_to in group:
            if tag == "equal":
                yield from style.lines(" ", before[before_from:before_to])
                continue
            yield from style.lines("-", before[before_from:before_to])
            yield from style.lines("+", after[after_from:after_to])


def _range(start: int, end: int) -> str:
    """Format as GNU diff: 1-based, the line before an empty range, no count of 1."""
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


def _encoding(path: str, data: bytes) -> str:
    try:
        return source_from_bytes(path, data).encoding
    except SourceEncodingError:
        return "utf-8"
