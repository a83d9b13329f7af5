"""Edits of a text that edits made: as edits of the text before, and back.

    text at the start ─ made ─> text between ─ further ─> text at the end
                      └──────────── composed ───────────┘

Places that only one of both touches stay edits of their own, with their own reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nanobot_engine.edit import TextEdit, apply_edits


@dataclass(slots=True)
class _Group:
    """Edits that share or touch bytes of the text between."""

    start_byte: int
    end_byte: int
    made: list[TextEdit]
    further: list[TextEdit]


def composed(
    before: bytes, made: Sequence[TextEdit], between: bytes, further: Sequence[TextEdit]
) -> tuple[TextEdit, ...]:
    """Return the edits that do at once what two lists do one after the other.

    What comes out as it went in is no edit. Edits that touch become one, which gives the
    reasons of both.

    Args:
        before: The text at the start.
        made: Its edits, sorted.
        between: What they lead to.
        further: Edits of that, sorted.
    """
    found = []
    shift = 0
    for group in _groups(made, further):
        start = group.start_byte - shift
        shift += sum(map(_growth, group.made))
        end = group.end_byte - shift
        inside = [_moved(edit, -group.start_byte) for edit in group.further]
        new_text = apply_edits(between[group.start_byte : group.end_byte], inside)
        if new_text != before[start:end]:
            edits = (*group.made, *group.further)
            label = "; ".join(dict.fromkeys(edit.label for edit in edits))
            is_likely = any(edit.is_likely for edit in edits)
            found.append(TextEdit(start, end, new_text, edits[0].step_key, label, is_likely))
    return tuple(found)


def before_edits(edit: TextEdit, made: Sequence[TextEdit]) -> TextEdit | None:
    """Return an edit as it counts in the text before others were made.

    Args:
        edit: Of the text after.
        made: Sorted edits of the text before.

    Returns:
        None where its place has text that they made.
    """
    shift = 0
    for one in made:
        start, end = one.start_byte + shift, one.start_byte + shift + len(one.new_text)
        if start >= edit.end_byte and (start, end) != (edit.start_byte, edit.end_byte):
            break
        if end > edit.start_byte or edit.start_byte == edit.end_byte == start:
            return None
        shift += _growth(one)
    return _moved(edit, -shift)


def fits_between(edit: TextEdit, others: Sequence[TextEdit]) -> bool:
    """Say whether an edit can be made beside others of the same text."""
    return all(
        edit.start_byte != other.start_byte
        and (edit.end_byte <= other.start_byte or other.end_byte <= edit.start_byte)
        for other in others
    )


def _groups(made: Sequence[TextEdit], further: Sequence[TextEdit]) -> list[_Group]:
    places: list[tuple[int, int, bool, TextEdit]] = []
    shift = 0
    for edit in made:
        start = edit.start_byte + shift
        places.append((start, start + len(edit.new_text), True, edit))
        shift += _growth(edit)
    places += [(edit.start_byte, edit.end_byte, False, edit) for edit in further]
    groups: list[_Group] = []
    for start, end, is_made, edit in sorted(places, key=lambda place: place[:2]):
        if not groups or start > groups[-1].end_byte:
            groups.append(_Group(start, end, [], []))
        group = groups[-1]
        group.end_byte = max(group.end_byte, end)
        (group.made if is_made else group.further).append(edit)
    return groups


def _growth(edit: TextEdit) -> int:
    """Return by how many bytes an edit makes a text longer."""
    return len(edit.new_text) - (edit.end_byte - edit.start_byte)


def _moved(edit: TextEdit, shift: int) -> TextEdit:
    return replace(edit, start_byte=edit.start_byte + shift, end_byte=edit.end_byte + shift)
