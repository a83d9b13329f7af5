"""Gates over all files of a change: each refuses what it is for."""

import pytest

from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit, sha256_hex
from nanobot_engine.process.change_gates import change_gates
from nanobot_engine.process.record import GateVerdict
from nanobot_engine.refactor.codebase import Codebase

BEFORE = {"a.py": b"from os import name\n\n\ndef f():\n    return name + 1\n", "b.txt": b"text\r\n"}


def changed(path: str, old: bytes, new: bytes) -> FileEdit:
    at = BEFORE[path].index(old)
    edit = TextEdit(at, at + len(old), new, f"{path}::", "label")
    return FileEdit(path, sha256_hex(BEFORE[path]), (edit,))


def refusals(*files: FileEdit, **after: bytes) -> dict[str, str]:
    """Return why gates refuse a change whose result is `after`, by gate."""
    data = {**BEFORE, **{path.replace("_", "."): text for path, text in after.items()}}
    runs = change_gates(Codebase(BEFORE), data, EditPlan(files))
    assert [run.gate for run in runs] == ["parses", "names", "bytes kept", "statements"]
    return {run.gate: run.detail for run in runs if run.verdict is GateVerdict.REFUSED}


def test_a_good_change_passes_all() -> None:
    edit = changed("a.py", b"def f", b"def g")

    assert refusals(edit, a_py=BEFORE["a.py"].replace(b"def f", b"def g")) == {}


@pytest.mark.parametrize(
    ("old", "new", "gate", "detail"),
    [
        (b"def f():", b"def f(:", "parses", "a.py:4: "),
        (b"from os import name\n", b"\n", "names", "a.py: 'name' is not defined"),
        (b"name + 1", b"1", "names", "a.py: 'name' is imported and not used"),
        (b"return name", b"return\r\n name", "bytes kept", "inserts another newline"),
        (b"+ 1", b"+ 1  # \xe2\x80\xae", "bytes kept", "inserts the hidden"),
    ],
)
def test_a_bad_change_is_refused_by_its_gate(
    old: bytes, new: bytes, gate: str, detail: str
) -> None:
    found = refusals(changed("a.py", old, new), a_py=BEFORE["a.py"].replace(old, new))

    assert detail in found[gate]


def test_what_no_edit_names_must_not_change() -> None:
    edit = changed("a.py", b"def f", b"def g")
    after = BEFORE["a.py"].replace(b"def f", b"def g")

    assert "bytes outside the edits" in refusals(edit, a_py=after + b"#\n")["bytes kept"]
    assert refusals(edit, a_py=after, b_txt=b"other\r\n")["bytes kept"] == (
        "b.txt: changed although no edit names it"
    )


def test_a_created_file_must_parse_and_define_its_names() -> None:
    creation = FileEdit("c.py", NO_FILE, (TextEdit(0, 0, b"x = y\n", "c.py::", "new"),))

    assert refusals(creation, c_py=b"x = y\n") == {"names": "c.py: 'y' is not defined"}


def test_a_file_that_did_not_parse_before_need_not_after() -> None:
    broken = {"a.py": b"def f(:\n", "b.txt": b""}
    edit = TextEdit(4, 5, b"g", "a.py::", "label")
    plan = EditPlan((FileEdit("a.py", sha256_hex(broken["a.py"]), (edit,)),))

    runs = change_gates(Codebase(broken), {**broken, "a.py": b"def g(:\n"}, plan)

    assert {run.verdict for run in runs} == {GateVerdict.PASSED}


def test_a_file_of_another_language_has_no_new_errors() -> None:
    before = {"a.js": b"f(1);\n", "b.c": b"int f( { g(); }\n"}

    def refused(path: str, old: bytes, new: bytes) -> bool:
        at = before[path].index(old)
        edit = TextEdit(at, at + len(old), new, f"{path}::", "label")
        plan = EditPlan((FileEdit(path, sha256_hex(before[path]), (edit,)),))
        after = {**before, path: before[path].replace(old, new)}
        parses, *_ = change_gates(Codebase(before), after, plan)
        return parses.verdict is GateVerdict.REFUSED

    assert refused("a.js", b"f", b"g(")
    assert not refused("a.js", b"f", b"g")
    # What was broken before may stay so.
    assert not refused("b.c", b"g", b"h")


def test_a_name_that_a_file_without_edits_takes_must_be_there() -> None:
    before = {
        "m.py": b"f = 1\n",
        "p/__init__.py": b"from m import *\n",
        "u.py": b"from p import f\n",
    }
    edit = TextEdit(0, 1, b"g", "m.py::", "label")
    plan = EditPlan((FileEdit("m.py", sha256_hex(before["m.py"]), (edit,)),))

    runs = change_gates(Codebase(before), {**before, "m.py": b"g = 1\n"}, plan)

    refused = {run.gate: run.detail for run in runs if run.verdict is GateVerdict.REFUSED}
    assert refused == {"names": "u.py:1: takes 'f' from p/__init__.py, which has it no more"}


def test_a_module_that_is_half_run_must_have_what_is_taken() -> None:
    before = {"a.py": b"import b\nx = 1\n", "b.py": b"def f():\n    from a import x\n    x\n"}
    text = b"from a import x\nx\n"
    edit = TextEdit(0, len(before["b.py"]), text, "b.py::", "label")
    plan = EditPlan((FileEdit("b.py", sha256_hex(before["b.py"]), (edit,)),))

    runs = change_gates(Codebase(before), {**before, "b.py": text}, plan)

    [names] = [run for run in runs if run.gate == "names"]
    assert names.detail == "b.py:1: takes 'x' from a.py, which imports it before that is there"
