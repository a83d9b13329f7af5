"""Edits as data."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_engine.edit.errors import PlanInvalidError
from nanobot_engine.edit.plan import (
    NO_FILE,
    EditPlan,
    FileEdit,
    TextEdit,
    apply_edits,
    sorted_edits,
)

SHA256 = "0" * 64


def edit(start_byte: int, end_byte: int, new_text: bytes = b"x") -> TextEdit:
    return TextEdit(start_byte, end_byte, new_text, "step", "label")


@st.composite
def edits_of(draw: st.DrawFn, size_bytes: int) -> tuple[TextEdit, ...]:
    places = sorted(draw(st.sets(st.integers(0, size_bytes), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return tuple(
        replace(edit(start, end, draw(st.binary(max_size=5))), is_likely=draw(st.booleans()))
        for start, end in pairs
    )


def test_edits_are_made_from_left_to_right() -> None:
    edits = [edit(0, 0, b"<"), edit(1, 3, b"-"), edit(3, 3, b"+"), edit(6, 6, b">")]

    assert apply_edits(b"abcdef", edits) == b"<a-+def>"


@given(st.data())
def test_bytes_outside_the_edits_stay(data: st.DataObject) -> None:
    before = data.draw(st.binary(max_size=40))
    edits = data.draw(edits_of(len(before)))

    after = apply_edits(before, edits)

    position, shift = 0, 0
    for one in edits:
        assert after[position + shift : one.start_byte + shift] == before[position : one.start_byte]
        shift += len(one.new_text) - (one.end_byte - one.start_byte)
        position = one.end_byte
    assert after[position + shift :] == before[position:]


@pytest.mark.parametrize(
    "edits", [[edit(2, 3), edit(0, 1)], [edit(0, 2), edit(1, 3)], [edit(0, 7)], [edit(7, 7)]]
)
def test_edits_that_do_not_fit_are_a_bug(edits: list[TextEdit]) -> None:
    with pytest.raises(ValueError, match="does not follow"):
        apply_edits(b"abcdef", edits)


@pytest.mark.parametrize(
    "edits",
    [
        (edit(2, 3), edit(0, 1)),
        (edit(0, 2), edit(1, 3)),
        (edit(1, 1), edit(1, 1)),
        (edit(1, 1), edit(1, 2)),
    ],
)
def test_a_file_edit_refuses_what_has_no_clear_order(edits: tuple[TextEdit, ...]) -> None:
    with pytest.raises(ValueError, match=r"^a\.py: edits overlap or are not sorted"):
        FileEdit("a.py", SHA256, edits)


def test_sorting_makes_a_file_edit_possible() -> None:
    edits = sorted_edits([edit(5, 6), edit(0, 0), edit(0, 5)][:2])

    assert FileEdit("a.py", SHA256, edits).edits[0] == edit(0, 0)


def test_inverted_ranges_bad_hashes_and_double_files_are_refused() -> None:
    file = FileEdit("a.py", SHA256, ())

    with pytest.raises(ValueError, match="inverted edit range"):
        edit(3, 2)
    with pytest.raises(ValueError, match="not a SHA-256"):
        FileEdit("a.py", "abc", ())
    with pytest.raises(ValueError, match=r"files occur twice in one plan: a\.py"):
        EditPlan((file, file))


@given(st.data())
def test_json_gives_the_same_plan_back(data: st.DataObject) -> None:
    paths = data.draw(st.sets(st.text(min_size=1), max_size=3))
    plan = EditPlan(
        tuple(FileEdit(path, SHA256, data.draw(edits_of(30))) for path in sorted(paths))
    )

    assert EditPlan.from_json(plan.to_json()) == plan


def test_files_that_are_created_moved_and_removed_survive_json() -> None:
    plan = EditPlan(
        (
            FileEdit("new.py", NO_FILE, (edit(0, 0, b"text"),)),
            FileEdit("old.py", SHA256, (edit(1, 2),), new_path="folder/old.py"),
            FileEdit("gone.py", SHA256, (), is_removed=True),
        )
    )

    assert EditPlan.from_json(plan.to_json()) == plan
    assert [file.is_created for file in plan.files] == [True, False, False]


def test_a_plan_of_the_first_format_can_be_read() -> None:
    text = json.dumps(
        {"version": 1, "files": [{"path": "a.py", "base_sha256": SHA256, "edits": []}]}
    )

    assert EditPlan.from_json(text) == EditPlan((FileEdit("a.py", SHA256, ()),))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: FileEdit("a.py", NO_FILE, ()), "created is one insertion"),
        (lambda: FileEdit("a.py", NO_FILE, (edit(0, 1),)), "created is one insertion"),
        (lambda: FileEdit("a.py", SHA256, (edit(0, 1),), is_removed=True), "has no edits"),
        (lambda: FileEdit("a.py", SHA256, (), new_path="b.py", is_removed=True), "only one of"),
        (
            lambda: EditPlan(
                (FileEdit("a.py", SHA256, (), new_path="b.py"), FileEdit("b.py", SHA256, ()))
            ),
            "files occur twice",
        ),
    ],
)
def test_what_can_not_happen_to_a_file_is_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_text_is_stored_readably() -> None:
    plan = EditPlan((FileEdit("a.py", SHA256, (edit(0, 0, "ü".encode()), edit(1, 1, b"\xff"))),))

    edits = json.loads(plan.to_json())["files"][0]["edits"]

    assert edits[0]["new_text"] == "ü"
    assert edits[1]["new_text_base64"] == "/w=="


def _document(**changes: object) -> dict[str, object]:
    one = {"start_byte": 0, "end_byte": 0, "new_text": "x", "step_key": "s", "label": "l"}
    return {**one, **changes}


def _plan(**changes: object) -> str:
    file = {"path": "a.py", "base_sha256": SHA256, "edits": [_document(**changes)]}
    return json.dumps({"version": 1, "files": [file]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "expected an object with 'version', found list"),
        ('{"version": 4, "files": []}', "format 4, this build reads 3"),
        ('{"version": true, "files": []}', "'version' must be int, found True"),
        ('{"version": 1, "files": {}}', "'files' must be list"),
        ('{"version": 1, "files": [{}]}', "'path' must be str, found None"),
        (_plan(start_byte=-1), "inverted edit range"),
        (_plan(start_byte="0"), "'start_byte' must be int, found '0'"),
        (_plan(new_text=None), "'new_text' must be str"),
        (_plan(new_text="\ud800"), "new_text: "),
        (_plan(new_text_base64="*"), "new_text_base64: "),
        (_plan(label=1), "'label' must be str, found 1"),
        (_plan(is_likely=1), "'is_likely' must be bool, found 1"),
    ],
)
def test_a_damaged_plan_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PlanInvalidError) as caught:
        EditPlan.from_json(text)

    assert str(caught.value).startswith(f"edit plan: {reason}")
