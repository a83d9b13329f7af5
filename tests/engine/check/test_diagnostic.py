"""What of a tool's remarks is new after a change."""

from nanobot_engine.check import Diagnostic, Trial, new_diagnostics
from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit, apply_edits, sha256_hex

TEXT = b"import os\n\n\ndef f(a):\n    return a.x\n\n\ndef g(a):\n    return a.y\n"


def edited(path: str, data: bytes, *changes: tuple[bytes, bytes]) -> FileEdit:
    edits = []
    for old, new in changes:
        start = data.index(old)
        edits.append(TextEdit(start, start + len(old), new, f"{path}::", ""))
    return FileEdit(path, sha256_hex(data), tuple(edits))


def trial(*files: FileEdit, **before: bytes) -> Trial:
    texts: dict[str, bytes | None] = {
        path.replace("_py", ".py"): data for path, data in before.items()
    }
    after: dict[str, bytes | None] = {}
    for file in files:
        texts.setdefault(file.path, None)
        after[file.path] = None
        if file.result_path is not None:
            after[file.result_path] = apply_edits(texts[file.path] or b"", file.edits)
            texts.setdefault(file.result_path, None)
    return Trial(texts, after, EditPlan(files))


def remark(line: int, message: str = "bad", path: str = "a.py", code: str = "X1") -> Diagnostic:
    return Diagnostic(path, line, code, message)


def test_a_line_that_moved_keeps_its_remarks() -> None:
    change = trial(edited("a.py", TEXT, (b"import os\n", b"import os\nimport re\n")), a_py=TEXT)

    assert new_diagnostics([remark(5), remark(9)], [remark(6), remark(10)], change) == []
    assert new_diagnostics([remark(5)], [remark(5)], change) == [remark(5)]


def test_lines_below_removed_ones_keep_their_remarks() -> None:
    change = trial(edited("a.py", TEXT, (b"def f(a):\n    return a.x\n\n\n", b"")), a_py=TEXT)

    assert new_diagnostics([remark(5), remark(9)], [remark(5)], change) == []


def test_a_second_remark_of_a_line_is_new() -> None:
    change = trial(edited("a.py", TEXT, (b"import os", b"import re")), a_py=TEXT)

    assert new_diagnostics([remark(5)], [remark(5), remark(5)], change) == [remark(5)]


def test_a_remark_on_a_written_line_is_new_unless_the_files_had_it() -> None:
    change = trial(edited("a.py", TEXT, (b"return a.x", b"return a.x + 1")), a_py=TEXT)

    assert new_diagnostics([remark(5)], [remark(5)], change) == []
    assert new_diagnostics([], [remark(5)], change) == [remark(5)]
    assert new_diagnostics([remark(5)], [remark(5, code="X2")], change) == [remark(5, code="X2")]


def test_a_remark_that_another_file_has_already_is_new_on_a_line_that_nothing_wrote() -> None:
    change = trial(edited("a.py", TEXT, (b"return a.x", b"return a.x + 1")), a_py=TEXT)

    assert new_diagnostics([remark(9)], [remark(9), remark(1)], change) == [remark(1)]


def test_messages_are_compared_without_the_names_that_were_replaced() -> None:
    change = trial(edited("a.py", TEXT, (b"f", b"first")), a_py=TEXT)

    before = [remark(9, 'Argument 1 to "f" is bad, see line 4')]
    assert (
        new_diagnostics(before, [remark(9, 'Argument 1 to "first" is bad, see line 5')], change)
        == []
    )
    other = remark(9, 'Argument 1 to "second" is bad, see line 5')
    assert new_diagnostics(before, [other], change) == [other]


def test_remarks_follow_a_file_that_moves() -> None:
    moved = FileEdit("a.py", sha256_hex(TEXT), (), new_path="pkg/b.py")
    change = trial(moved, a_py=TEXT)

    before = [remark(5, 'Module "a" is bad')]
    assert new_diagnostics(before, [remark(5, 'Module "pkg.b" is bad', "pkg/b.py")], change) == []


def test_what_moves_to_a_new_file_takes_its_remarks_along() -> None:
    made = FileEdit(
        "b.py", NO_FILE, (TextEdit(0, 0, b"def f(a):\n    return a.x\n", "b.py::", ""),)
    )
    cut = edited("a.py", TEXT, (b"def f(a):\n    return a.x\n\n\n", b""))
    change = trial(cut, made, a_py=TEXT)

    assert new_diagnostics([remark(5)], [remark(2, path="b.py")], change) == []
    fresh = remark(1, "other", "b.py")
    assert new_diagnostics([remark(5)], [fresh], change) == [fresh]


def test_remarks_of_untouched_files_stay_where_they_are() -> None:
    change = trial(edited("a.py", TEXT, (b"f", b"first")), a_py=TEXT)
    there = remark(3, path="c.py")

    assert new_diagnostics([there], [there], change) == []
    assert new_diagnostics([there], [remark(4, path="c.py")], change) == [remark(4, path="c.py")]
