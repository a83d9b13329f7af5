"""Edits of whole lines, made again for a text in which the user typed elsewhere."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from nanobot_server.lsp.document.session import DocumentSnapshot
from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.hunk_place import LineRange, places_of
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange


def moved_change(change: FileChange, now: DocumentSnapshot) -> FileChange | None:
    """Return edits for the text of now, None where the user changed their lines.

    Args:
        change: Its edits replace whole lines.
        now: The document of its file.
    """
    lines = split_lines(change.base.data.decode())
    at = {start: line for line, start in enumerate(_starts(lines))}
    wanted = []
    for edit in change.file.edits:
        first, past = at.get(edit.start_byte), at.get(edit.end_byte)
        if first is None or past is None:
            return None
        wanted.append(LineRange(first, past))
    starts = _starts(now.lines)
    edits = list(change.file.edits[:0])
    for edit, place in zip(change.file.edits, places_of(wanted, lines, now.lines), strict=True):
        if place is None or (edits and starts[place.start] < edits[-1].end_byte):
            return None
        start, end = starts[place.start], starts[place.end]
        edits.append(replace(edit, start_byte=start, end_byte=end))
    base = now.text.encode()
    pieces, done = [], 0
    for edit in edits:
        pieces += [base[done : edit.start_byte], edit.new_text.encode()]
        done = edit.end_byte
    result = b"".join([*pieces, base[done:]])
    file = replace(
        change.file,
        base_sha256=hashlib.sha256(base).hexdigest(),
        result_sha256=hashlib.sha256(result).hexdigest(),
        edits=tuple(edits),
    )
    return FileChange.checked(file, BaseText(now.uri, now.version, base))


def _starts(lines: Sequence[str]) -> list[int]:
    """Return where each line begins, in bytes, and where the last one ends."""
    return list(accumulate((len(line.encode()) for line in lines), initial=0))
