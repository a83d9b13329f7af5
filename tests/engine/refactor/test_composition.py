"""Edits one after the other as edits of the text at the start."""

import random

import pytest

from nanobot_engine.edit import FileEdit, TextEdit, apply_edits, sha256_hex
from nanobot_engine.refactor.composition import before_edits, composed, fits_between
from support.index_twin import seeded


def edit(start: int, end: int, text: bytes, label: str = "a") -> TextEdit:
    return TextEdit(start, end, text, "f::", label)


def test_places_apart_keep_their_reasons_and_a_shared_one_has_both() -> None:
    before = b"load(x); other(y)"
    made = [edit(0, 4, b"read", "first")]
    between = apply_edits(before, made)

    found = composed(before, made, between, [edit(5, 6, b"z", "second")])
    assert found == (edit(0, 4, b"read", "first"), edit(5, 6, b"z", "second"))

    assert composed(before, made, between, [edit(0, 4, b"fetch", "second")]) == (
        edit(0, 4, b"fetch", "first; second"),
    )


def test_what_is_taken_back_is_no_edit() -> None:
    assert composed(b"load()", [edit(0, 4, b"read")], b"read()", [edit(0, 4, b"load")]) == ()


def test_two_lists_of_random_edits_do_together_what_they_do_in_turn() -> None:
    rng = seeded()
    carried = 0
    for _ in range(2000):
        before = bytes(rng.choices(b"abc", k=rng.randrange(12)))
        made = random_edits(rng, before)
        between = apply_edits(before, made)
        further = random_edits(rng, between)
        whole = composed(before, made, between, further)
        assert apply_edits(before, whole) == apply_edits(between, further)
        FileEdit("f", sha256_hex(before), whole)  # Refuses what no plan may have.
        for one in further:
            first = before_edits(one, made)
            if first is None or not fits_between(first, made):
                continue
            carried += 1
            both = sorted([*made, first], key=lambda e: (e.start_byte, e.end_byte))
            assert apply_edits(before, both) == apply_edits(between, [one])
    assert carried > 500


@pytest.mark.parametrize(
    ("place", "wanted"), [((0, 1), True), ((1, 3), False), ((5, 7), True), ((3, 3), False)]
)
def test_an_edit_does_not_fit_where_another_begins(place: tuple[int, int], *, wanted: bool) -> None:
    others = [edit(2, 4, b"x"), edit(3, 5, b"y")] if place == (3, 3) else [edit(2, 5, b"x")]
    assert fits_between(edit(*place, b"new"), others) is wanted


def random_edits(rng: random.Random, text: bytes) -> tuple[TextEdit, ...]:
    found: list[TextEdit] = []
    at = 0
    while at <= len(text) and len(found) < 4:
        start = rng.randrange(at, len(text) + 1)
        end = rng.randrange(start, min(start + 3, len(text)) + 1)
        if not found or found[-1].start_byte != start:
            found.append(edit(start, end, bytes(rng.choices(b"xyz", k=rng.randrange(3)))))
        at = max(end, start + 1)
    return tuple(found)
