"""Hunks: what belongs together, and ids that stay."""

import random
from itertools import pairwise

import pytest

from nanobot_engine.edit import NO_FILE, FileEdit, TextEdit, apply_edits, sha256_hex, sorted_edits
from nanobot_engine.process.hunk import Hunk, HunkKind, hunks_of, narrowed, shifted

BASE = b"one\ntwo\nthree\nfour\nfive\nsix\n"


def edit(old: bytes, new: bytes, *, key: str = "a.py::", base: bytes = BASE) -> TextEdit:
    start = base.index(old)
    return TextEdit(start, start + len(old), new, key, f"say {new.decode().strip()}")


def inserted(before: bytes, new: bytes, key: str) -> TextEdit:
    place = BASE.index(before)
    return TextEdit(place, place, new, key, key)


def split(*edits: TextEdit, base: bytes = BASE) -> list[Hunk]:
    return hunks_of("p1", FileEdit("a.py", sha256_hex(base), sorted_edits(edits)), base)


def test_edits_of_one_line_are_one_hunk_with_all_their_reasons() -> None:
    (hunk,) = split(edit(b"thr", b"THR"), edit(b"ee", b"EE"))

    assert (hunk.line, hunk.line_count, hunk.new_line_count) == (3, 1, 1)
    assert hunk.reasons == ("say THR", "say EE")


@pytest.mark.parametrize(
    ("keys", "count"), [(("a.py::", "a.py::"), 1), (("a.py::f", "a.py::g"), 2)]
)
def test_lines_that_touch_are_one_hunk_only_within_a_step(
    keys: tuple[str, str], count: int
) -> None:
    assert len(split(edit(b"two", b"2", key=keys[0]), edit(b"three", b"3", key=keys[1]))) == count


def test_lines_that_are_inserted_touch_neither_neighbour() -> None:
    found = split(inserted(b"two", b"new\n", "a.py::f"), inserted(b"three", b"more\n", "a.py::g"))

    assert [(hunk.line, hunk.line_count, hunk.new_line_count) for hunk in found] == [
        (2, 0, 1),
        (3, 0, 1),
    ]


def test_an_id_stays_when_other_lines_come_and_other_hunks_go() -> None:
    both = split(edit(b"two", b"2"), edit(b"five", b"5"))
    moved = b"zero\nzero\n" + BASE

    (alone,) = split(edit(b"five", b"5", base=moved), base=moved)

    assert alone.hunk_id == both[1].hunk_id
    assert alone.line == both[1].line + 2


def test_equal_hunks_of_one_file_have_ids_of_their_own() -> None:
    base = b"x = 1\n\nx = 1\n\nx = 1\n"
    edits = [TextEdit(at, at + 1, b"y", "a.py::", "r") for at in (0, 7, 14)]

    assert len({hunk.hunk_id for hunk in split(*edits, base=base)}) == 3


def test_an_equal_hunk_of_another_step_that_goes_changes_no_id() -> None:
    base = b"x\n\nx\n\nx\n"
    edits = [
        TextEdit(at, at, b"new\n", f"a.py::{name}", name)
        for at, name in zip((0, 3, 6), "fgh", strict=True)
    ]

    whole, rest = split(*edits, base=base), split(edits[0], edits[2], base=base)

    assert [hunk.hunk_id for hunk in rest] == [whole[0].hunk_id, whole[2].hunk_id]


def test_a_step_that_is_called_by_its_place_gives_no_id_that_depends_on_it() -> None:
    here = split(edit(b"two", b"2", key="a.py::#4"))
    below = split(edit(b"two", b"2", key="a.py::#8", base=b"new\n" + BASE), base=b"new\n" + BASE)

    assert here[0].hunk_id == below[0].hunk_id


def test_an_id_depends_on_process_file_and_text() -> None:
    file = FileEdit("a.py", sha256_hex(BASE), (edit(b"two", b"2"),))
    other = FileEdit("b.py", sha256_hex(BASE), (edit(b"two", b"2"),))
    text = FileEdit("a.py", sha256_hex(BASE), (edit(b"two", b"zwei"),))

    found = [hunks_of("p1", one, BASE)[0].hunk_id for one in (file, other, text)]
    found += [hunks_of("p2", file, BASE)[0].hunk_id]

    assert len(set(found)) == 4
    assert found[0] == hunks_of("p1", file, BASE)[0].hunk_id


def test_files_that_come_move_and_go_are_hunks_of_the_whole_file() -> None:
    created = FileEdit("a.py", NO_FILE, (TextEdit(0, 0, b"x\ny\n", "a.py::", "new"),))
    removed = FileEdit("a.py", sha256_hex(BASE), (), is_removed=True)
    moved = FileEdit("a.py", sha256_hex(BASE), (edit(b"two", b"2"),), "b.py")

    assert [h.kind for h in hunks_of("p1", created, b"")] == [HunkKind.CREATED]
    assert [h.kind for h in hunks_of("p1", removed, BASE)] == [HunkKind.REMOVED]
    kinds = [(h.kind, h.line) for h in hunks_of("p1", moved, BASE)]
    assert kinds == [(HunkKind.MOVED, 0), (HunkKind.EDITED, 2)]


@pytest.mark.parametrize("seed", range(40))
def test_hunks_accepted_in_any_order_end_in_the_whole_plan(seed: int) -> None:
    chance = random.Random(seed)
    base = b"".join(b"line %d\n" % n for n in range(chance.randrange(1, 30)))
    cuts = sorted({chance.randrange(len(base) + 1) for _ in range(12)})
    edits = [
        TextEdit(start, end, chance.choice([b"", b"X", b"new\n", b"a\nb\n"]), f"s{start}", "r")
        for start, end in pairwise(cuts)
        if chance.random() < 0.6
    ]
    file = FileEdit("a.py", sha256_hex(base), tuple(edits))
    hunks = hunks_of("p1", file, base)
    assert [e for hunk in hunks for e in hunk.edits] == edits
    chance.shuffle(hunks)

    text, standing = base, list[TextEdit]()
    for hunk in hunks:
        wanted = sorted_edits([*standing, *hunk.edits])
        part, now = narrowed(
            file, base, standing=sorted_edits(standing), wanted=wanted, has_moved=False,
            moves=False,
        )  # fmt: skip
        assert now == text
        assert part is not None
        assert part.base_sha256 == sha256_hex(text)
        text = apply_edits(text, part.edits)
        standing += hunk.edits

    assert text == apply_edits(base, edits)


def test_an_edit_behind_others_is_shifted_by_what_they_add() -> None:
    made = [TextEdit(0, 0, b"12345", "s", "r"), TextEdit(8, 10, b"", "s", "r")]

    (moved,) = shifted([TextEdit(20, 21, b"x", "s", "r")], made)

    assert (moved.start_byte, moved.end_byte) == (23, 24)
