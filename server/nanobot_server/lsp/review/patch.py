"""A plan as a unified diff, for editors without a view for it.

The edits are known, so the hunks are read off them and not searched for: linear
in the size of the files, however large these are.
"""

import bisect
from collections.abc import Sequence
from typing import Final

from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.workspace_edit import FileChange

_CONTEXT_LINES: Final = 3

_Block = tuple[int, int, list[str]]
"""Old lines [start, end) and the lines in their place."""


def unified_diff(changes: Sequence[FileChange]) -> str:
    """Return one patch for all files. `git apply` and `patch -p1` take it."""
    return "".join(_file_diff(change) for change in changes)


def _file_diff(change: FileChange) -> str:
    old = _lines(change.base.data.decode(errors="replace"))
    file = change.file
    blocks = changed_blocks(change)
    out = []
    if file.new_path is not None:
        out += [f"rename from {file.path}\n", f"rename to {file.new_path}\n"]
    if blocks or file.new_path is None:
        out += [
            "--- /dev/null\n" if file.is_created else f"--- a/{file.path}\n",
            "+++ /dev/null\n" if file.is_removed else f"+++ b/{file.new_path or file.path}\n",
        ]
    shift = 0
    for hunk in _hunks(blocks):
        first = max(0, hunk[0][0] - _CONTEXT_LINES)
        last = min(len(old), hunk[-1][1] + _CONTEXT_LINES)
        body, at = [], first
        for start, end, new in hunk:
            body += [" " + line for line in old[at:start]]
            body += ["-" + line for line in old[start:end]]
            body += ["+" + line for line in new]
            at = end
        body += [" " + line for line in old[at:last]]
        added = sum(len(new) - (end - start) for start, end, new in hunk)
        out.append(_hunk_header(first, last - first, shift, added))
        out += [_terminated(line) for line in body]
        shift += added
    return "".join(out)


def _hunk_header(first: int, old_count: int, shift: int, added: int) -> str:
    new_count = old_count + added
    # A side without lines is numbered by the line before it.
    old_start = first + (1 if old_count else 0)
    new_start = first + shift + (1 if new_count else 0)
    return f"@@ -{old_start},{old_count} +{new_start},{new_count} @@\n"


def changed_blocks(change: FileChange) -> list[_Block]:
    """Return the touched line ranges, sorted, without overlap, and their new lines."""
    old = _lines(change.base.data.decode(errors="replace"))
    if change.file.is_removed:
        return [(0, len(old), [])]
    ends, at = [], 0
    for line in old:
        at += len(line.encode())
        ends.append(at)
    spans: list[list[int]] = []  # [first line, end line, first edit, end edit]
    for number, edit in enumerate(change.file.edits):
        first = _line_of(ends, edit.start_byte)
        end = min(len(old), _line_of(ends, max(edit.start_byte, edit.end_byte)) + 1)
        if spans and first < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
            spans[-1][3] = number + 1
        else:
            spans.append([first, max(first, end), number, number + 1])
    starts = [0, *ends]
    blocks = []
    for first, end, first_edit, end_edit in spans:
        at, pieces = starts[first], []
        for edit in change.file.edits[first_edit:end_edit]:
            pieces += [change.base.data[at : edit.start_byte], edit.new_text.encode()]
            at = edit.end_byte
        pieces.append(change.base.data[at : max(at, starts[end])])
        new = _lines(b"".join(pieces).decode(errors="replace"))
        blocks.append(_trimmed((first, end, new), old))
    return blocks


def _trimmed(block: _Block, old: list[str]) -> _Block:
    """Leave out equal lines at both ends: an insertion then shows as one."""
    start, end, new = block
    while start < end and new and old[start] == new[0]:
        start, new = start + 1, new[1:]
    while start < end and new and old[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    return start, end, new


def _hunks(blocks: list[_Block]) -> list[list[_Block]]:
    hunks: list[list[_Block]] = []
    for block in blocks:
        if hunks and block[0] - hunks[-1][-1][1] <= 2 * _CONTEXT_LINES:
            hunks[-1].append(block)
        else:
            hunks.append([block])
    return hunks


def _line_of(ends: list[int], offset: int) -> int:
    return bisect.bisect_right(ends, offset)


def _lines(text: str) -> list[str]:
    lines = split_lines(text)
    return lines if lines[-1] else lines[:-1]


def _terminated(line: str) -> str:
    if line.endswith("\n"):
        return line
    return line + ("\n" if line.endswith("\r") else "\n\\ No newline at end of file\n")
