"""Refactorings in a row: their doubts, their reasons and the files between them."""

from collections.abc import Mapping

import pytest

from nanobot_engine.edit import apply_edits
from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.registry import refactoring_named
from nanobot_engine.refactor.sequence import plan_between, planned_in_turn
from support.refactored import encoded

CODE = {
    "m.py": """
        def first():
            return 1


        class A:
            def go(self): ...


        class B:
            def go(self): ...


        def f(x):
            first()
            x.go()
            return first
    """
}
GO = ("rename", {"symbol": "m.py::A.go", "new_name": "run"})
FIRST = ("rename", {"symbol": "m.py::first", "new_name": "the_first_of_them"})
Steps = list[tuple[str, Mapping[str, str]]]


def in_turn(files: dict[str, str], steps: Steps) -> Change:
    found = [(refactoring_named(name), arguments) for name, arguments in steps]
    return planned_in_turn(Codebase(encoded(files)), found)


@pytest.mark.parametrize("steps", [[GO, FIRST], [FIRST, GO]])
def test_a_doubt_of_one_part_is_judged_beside_the_others(steps: Steps) -> None:
    change = in_turn(CODE, steps)

    (doubt,) = change.doubts
    assert (doubt.path, doubt.line, doubt.question) == ("m.py", 15, "line 15: does .go mean A.go?")
    before = encoded(CODE)["m.py"]
    (file,) = change.plan.files
    after = apply_edits(before, sorted([*file.edits, doubt.edit], key=lambda e: e.start_byte))
    assert b"    the_first_of_them()\n    x.run()\n    return the_first_of_them\n" in after
    assert doubt.edit.label.startswith("rename ")
    assert change.notes == ()


def test_every_edit_names_its_part() -> None:
    (file,) = in_turn(CODE, [GO, FIRST]).plan.files

    parts = {edit.new_text: edit.label.partition(":")[0] for edit in file.edits}
    titles = in_turn(CODE, [GO, FIRST]).title.split("; ")
    assert (parts[b"run"], parts[b"the_first_of_them"]) == tuple(titles)


def test_a_doubt_whose_answer_a_later_part_makes_stale_is_a_note() -> None:
    again = ("rename", {"symbol": "m.py::A.run", "new_name": "walk"})
    change = in_turn(CODE, [GO, again])

    assert change.doubts == ()
    assert [note.text for note in change.notes] == ["line 15: does .go mean A.go?"]


def test_a_doubt_whose_text_another_part_removes_is_a_note() -> None:
    gone = ("replace pattern", {"pattern": "x.go()", "replacement": "print(x)"})
    change = in_turn(CODE, [GO, gone])

    assert change.doubts == ()
    assert [note.text for note in change.notes] == ["line 15: does .go mean A.go?"]


@pytest.mark.parametrize("is_moved_first", [True, False])
def test_a_doubt_goes_along_with_a_file_that_moves(*, is_moved_first: bool) -> None:
    move = ("move module", {"module": "m.py", "target": "sub/n.py"})
    go = ("rename", {"symbol": "sub/n.py::A.go", "new_name": "run"}) if is_moved_first else GO
    change = in_turn(CODE | {"sub/__init__.py": ""}, [move, go] if is_moved_first else [go, move])

    (doubt,) = change.doubts
    assert (doubt.path, doubt.line) == ("m.py", 15)
    (file,) = change.plan.files
    assert (file.path, file.new_path) == ("m.py", "sub/n.py")


def test_a_file_that_one_part_makes_and_the_next_moves_is_there_in_the_end() -> None:
    change = in_turn(
        CODE | {"sub/__init__.py": ""},
        [
            ("split module", {"symbols": "m.py::B", "target": "b.py"}),
            ("move module", {"module": "b.py", "target": "sub/c.py"}),
        ],
    )

    after = change.applied(encoded(CODE | {"sub/__init__.py": ""}))
    assert b"class B:" in after["sub/c.py"]
    assert "b.py" not in after


def test_a_file_in_the_place_of_one_that_moved_is_refused_and_not_lost() -> None:
    with pytest.raises(UnsafeError, match=r"a\.py: it moves to b\.py and another file takes its"):
        plan_between({"a.py": b"1\n"}, {"b.py": b"1\n", "a.py": b"2\n"}, {"a.py": "b.py"}, "move")
