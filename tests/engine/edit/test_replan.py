"""Placing verified docstrings again."""

import re

import pytest

from nanobot_engine.edit.docstring import insert_docstring
from nanobot_engine.edit.plan import FileEdit, TextEdit, apply_edits, sorted_edits
from nanobot_engine.edit.python_syntax import parse_source
from nanobot_engine.edit.replan import Replan, moved_edits, replan, replan_lines
from nanobot_engine.edit.source import SourceFile, source_from_bytes

BEFORE = b"def f():\n    return 1\n\n\nclass A:\n    def g(self): return 2\n"


def planned(before: SourceFile) -> FileEdit:
    edits = (
        insert_docstring(before, definition, f"Do {definition.qualified_name}.", line_length_max=99)
        for definition in parse_source(before).definitions
        if not definition.has_docstring
    )
    return FileEdit("a.py", before.sha256, sorted_edits(edits))


def check_replan(now: bytes, before: bytes = BEFORE) -> tuple[Replan, str]:
    source_before, source_now = (source_from_bytes("a.py", data) for data in (before, now))
    result = replan(planned(source_before), source_before, source_now)
    edits = () if result.file is None else result.file.edits
    if result.file is not None:
        assert result.file.base_sha256 == source_now.sha256
    return result, apply_edits(now, edits).decode()


def reasons(result: Replan) -> list[str]:
    return [refusal.reason for refusal in result.refused]


def test_an_unchanged_file_gives_the_same_edits() -> None:
    result, _ = check_replan(BEFORE)

    assert result == Replan(planned(source_from_bytes("a.py", BEFORE)), ())


def test_definitions_that_moved_keep_their_docstrings() -> None:
    f, a = BEFORE.split(b"\n\n\n")
    now = b"# coding: utf-8\nimport x\n\n\n" + a + b"\n\n" + f + b"\n"

    result, after = check_replan(now)

    assert not result.refused
    assert after == (
        "# coding: utf-8\nimport x\n\n\n"
        'class A:\n    """Do A."""\n    def g(self): """Do A.g."""; return 2\n\n\n'
        'def f():\n    """Do f."""\n    return 1\n'
    )


def test_a_definition_that_changed_is_refused_and_the_others_are_not() -> None:
    result, after = check_replan(BEFORE.replace(b"return 1", b"return 10"))

    assert reasons(result) == ["a.py: document f: changed since"]
    assert after.count('"""') == 4


def test_a_class_whose_method_changed_is_refused_too() -> None:
    result, _ = check_replan(BEFORE.replace(b"return 2", b"return 3"))

    assert reasons(result) == [
        "a.py: document A: changed since",
        "a.py: document A.g: changed since",
    ]


def test_a_docstring_written_meanwhile_is_kept() -> None:
    now = BEFORE.replace(b"    return 1", b"    'Mine.'\n    return 1")

    result, after = check_replan(now)

    assert reasons(result) == ["a.py: document f: changed since"]
    assert "'Mine.'" in after


def test_a_definition_that_was_renamed_moved_into_another_or_removed_is_refused() -> None:
    renamed, _ = check_replan(BEFORE.replace(b"def f", b"def h"))
    moved, _ = check_replan(
        b"if x:\n    def f():\n        return 1\n" + BEFORE[BEFORE.index(b"class") :]
    )
    removed, _ = check_replan(BEFORE[BEFORE.index(b"class") :])

    for result in (renamed, moved, removed):
        assert reasons(result) == ["a.py: document f: changed since"]


def test_twins_are_told_apart_by_their_order() -> None:
    before = b"if x:\n    def f(): pass\nelse:\n    def f(): pass\n"
    now = b"# new\n" + before

    result, after = check_replan(now, before)

    assert not result.refused
    assert after.count('"""Do f."""') == 2


def test_twins_of_another_number_are_refused() -> None:
    before = b"if x:\n    def f(): pass\nelse:\n    def f(): pass\n"
    now = b"def f(): pass\n" + before.partition(b"else")[0]

    result, _ = check_replan(now, before)

    assert result.file is None
    assert len(result.refused) == 2


@pytest.mark.parametrize("now", [BEFORE + b"(", BEFORE + b"\x00"])
def test_a_file_that_does_not_parse_is_refused(now: bytes) -> None:
    result, _ = check_replan(now)

    assert result.file is None
    assert len(result.refused) == 3
    assert all(reason.startswith("a.py: document ") for reason in reasons(result))


def test_lines_that_end_otherwise_now_are_refused() -> None:
    result, _ = check_replan(BEFORE.replace(b"\n", b"\r\n"))

    assert reasons(result) == ["a.py: document f: changed since", "a.py: document A: changed since"]


def test_a_text_that_would_read_otherwise_in_a_new_encoding_is_refused() -> None:
    before = b"def f(): pass\n"
    source = source_from_bytes("a.py", before)
    (definition,) = parse_source(source).definitions
    edit = insert_docstring(source, definition, "Grüße.", line_length_max=99)
    now = source_from_bytes("a.py", b"# coding: latin-1\n" + before)

    result = replan(FileEdit("a.py", source.sha256, (edit,)), source, now)

    assert result.file is None
    assert "reads 'GrÃ¼Ã\\x9fe.' instead of 'Grüße.'" in reasons(result)[0]


def test_one_line_bodies_survive_other_newlines() -> None:
    before = b"x = 1\ndef f(): pass\n"

    result, after = check_replan(before.replace(b"\n", b"\r\n"), before)

    assert not result.refused
    assert after == 'x = 1\r\ndef f(): """Do f."""; pass\r\n'


def test_an_edit_that_is_no_insertion_of_a_docstring_is_refused() -> None:
    source = source_from_bytes("a.py", BEFORE)
    (edit, *_) = planned(source).edits
    other = type(edit)(0, 3, b"DEF", "step", "label")

    result = replan(FileEdit("a.py", source.sha256, (other,)), source, source)

    assert reasons(result) == ["a.py: label: changed since"]


def test_an_edit_of_another_version_is_a_bug() -> None:
    source = source_from_bytes("a.py", BEFORE)
    file_edit = FileEdit("a.py", "0" * 64, ())

    with pytest.raises(ValueError, match="made for another version"):
        replan(file_edit, source, source)


LINES = (
    b'"""Doc."""\n\nimport a\n\n\ndef f():\n    x = 1\n    return a.x\n'
    b"\n\ndef g():\n    y = 1\n    return a.y\n\n\nZ = 1\n"
)


def lines_again(now: bytes, before: bytes = LINES) -> tuple[Replan, bytes]:
    """Rename `a` to `b` in `before`, and place that again in `now`."""
    source_before, source_now = (source_from_bytes("a.py", data) for data in (before, now))
    edits = tuple(
        TextEdit(at, at + 1, b"b", "a.py::", f"edit {number}")
        for number, at in enumerate(m.start() for m in re.finditer(rb"\ba\b", before))
    )
    file_edit = FileEdit("a.py", source_before.sha256, edits, "moved/a.py")
    result = replan_lines(file_edit, source_before, source_now)
    if result.file is None:
        return result, now
    assert result.file.base_sha256 == source_now.sha256
    assert result.file.new_path == "moved/a.py"
    return result, apply_edits(now, result.file.edits)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_edits_of_lines_follow_them(newline: bytes) -> None:
    before = LINES.replace(b"\n", newline)
    now = b"# new" + newline + before.replace(b"def g", b"def h") + b"X = 1" + newline

    result, after = lines_again(now, before)

    assert result.refused == ()
    assert after == re.sub(rb"\ba\b", b"b", now)
    assert result.file is not None
    assert [edit.label for edit in result.file.edits] == ["edit 0", "edit 1", "edit 2"]


@pytest.mark.parametrize(
    "now",
    [
        LINES.replace(b"a.x", b"a.z"),
        LINES.replace(b"import a\n", b"import a as c\n"),
        b"",
    ],
)
def test_edits_of_lines_that_changed_are_refused_together(now: bytes) -> None:
    result, _ = lines_again(now)

    assert result.file is None
    assert {refusal.reason for refusal in result.refused} == {
        f"a.py: edit {number}: the same lines changed since" for number in range(3)
    }


def test_edits_that_would_break_the_file_are_refused() -> None:
    before, now = b"x = 1\n\n\n\ny = 2\n", b"x = 1\n\nif x: pass\n\ny = 2\n"
    source, source_now = (source_from_bytes("a.py", data) for data in (before, now))
    edits = (
        TextEdit(0, 5, b"x = (", "a.py::", "open it"),
        TextEdit(9, 14, b")", "a.py::", "close it"),
    )

    result = replan_lines(FileEdit("a.py", source.sha256, edits), source, source_now)

    assert result.file is None
    assert "parses: a.py:" in result.refused[0].reason


def moved(edits: list[TextEdit], before: bytes, now: bytes) -> list[tuple[int, int] | None]:
    found = moved_edits(edits, before, now)
    return [None if (to := found[edit]) is None else (to.start_byte, to.end_byte) for edit in edits]


def test_an_edit_moves_with_its_lines_and_not_where_they_or_those_beside_changed() -> None:
    before = b"a\nb\nc\nd\ne\n"
    edits = [
        TextEdit(0, 0, b"x\n", "k", ""),
        TextEdit(2, 3, b"y", "k", ""),
        TextEdit(6, 6, b"z\n", "k", ""),
        TextEdit(10, 10, b"w\n", "k", ""),
    ]

    assert moved(edits, before, before) == [(0, 0), (2, 3), (6, 6), (10, 10)]
    assert moved(edits, before, b"new\n" + before) == [(4, 4), (6, 7), (10, 10), (14, 14)]
    assert moved(edits, before, b"a\nb\nC\nd\ne\n") == [(0, 0), (2, 3), None, (10, 10)]
    assert moved(edits, before, b"a\nB\nc\nd\ne\nf\n") == [(0, 0), None, (6, 6), (10, 10)]
    assert moved(edits, before, b"") == [None] * 4


@pytest.mark.parametrize(
    ("now", "place"),
    [
        (b"a\nX\nc\n", 2),
        (b"new\na\nX\nc\n", 6),
        (b"X\nb\nc\n", 2),
        (b"a\nX\nb\nc\n", None),
        (b"X\nY\nc\n", None),
    ],
)
def test_an_insertion_that_stands_may_have_another_line_on_one_side(
    now: bytes, place: int | None
) -> None:
    edit = TextEdit(2, 2, b"in\n", "a.py::a", "insert")

    found = moved_edits([edit], b"a\nb\nc\n", now, one_side=True)[edit]

    assert (None if found is None else found.start_byte) == place
    assert moved_edits([edit], b"a\nb\nc\n", now)[edit] is None
