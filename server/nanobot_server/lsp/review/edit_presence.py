"""Whether edits are in a text that its user has typed in since.

An editor may tell of an edit of ours and of what was typed right after it as one change.
Then no text ever had the verified hash, and still the edit is there: each of its places
shows the new lines beside a line that was there before, and none shows the old ones.
"""

from collections.abc import Sequence

from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.edit_plan import BOM
from nanobot_server.lsp.review.hunk_place import LineRange, places_of
from nanobot_server.lsp.review.patch import changed_blocks
from nanobot_server.lsp.review.workspace_edit import FileChange


def has_edits(change: FileChange, now: Sequence[str]) -> bool:
    """Say whether all edits of a file are in a text, as far as lines can show it.

    Args:
        change: The edits, and the texts without and with them.
        now: The lines of the text, as an editor shows them.
    """
    old = split_lines(change.base.data.removeprefix(BOM).decode(errors="replace"))
    new = split_lines(change.result.removeprefix(BOM).decode(errors="replace"))
    shift = 0
    blocks = changed_blocks(change)
    for start, end, lines in blocks:
        first, past = start + shift, start + shift + len(lines)
        before = LineRange(max(0, start - 1), min(len(old), end + 1))
        above = LineRange(max(0, first - 1), past)
        below = LineRange(first, min(len(new), past + 1))
        # Lines that only went leave nothing but their neighbours side by side.
        sides = [above, below] if lines else [LineRange(above.start, below.end)]
        if places_of([before], old, now)[0] or not any(places_of(sides, new, now)):
            return False
        shift += len(lines) - (end - start)
    return bool(blocks)
