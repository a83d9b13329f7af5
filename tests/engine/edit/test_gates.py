"""Each gate refuses what it promises to refuse."""

import codecs

import pytest

from nanobot_engine.edit.gates import (
    BytesKeptGate,
    Gate,
    OnlyDocstringsChangedGate,
    ParsesGate,
    Verdict,
    run_gates,
)
from nanobot_engine.edit.plan import TextEdit, apply_edits
from nanobot_engine.edit.source import source_from_bytes

BEFORE = b"def f(a):\n    x = 1\n    return a\n\n\nclass A:\n    y = '2'\n"
F_EDIT = TextEdit(10, 10, b'    """Do it."""\n', "f", "document f")
A_EDIT = TextEdit(44, 44, b'    """Hold it."""\n', "A", "document A")
TEXTS = {"f": "Do it.", "A": "Hold it."}
GOOD = apply_edits(BEFORE, [F_EDIT, A_EDIT])


def check(
    gate: Gate,
    after: bytes,
    before: bytes = BEFORE,
    edits: tuple[TextEdit, ...] = (F_EDIT, A_EDIT),
) -> Verdict:
    return gate.check(source_from_bytes("a.py", before), after, edits)


def one_edit(new_text: bytes, start_byte: int = 10, end_byte: int | None = None) -> TextEdit:
    return TextEdit(start_byte, start_byte if end_byte is None else end_byte, new_text, "f", "edit")


def check_edit(gate: Gate, edit: TextEdit, before: bytes = BEFORE) -> Verdict:
    return check(gate, apply_edits(before, [edit]), before, (edit,))


GATES: list[Gate] = [ParsesGate(), OnlyDocstringsChangedGate(TEXTS), BytesKeptGate()]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: str(gate.name))
def test_a_good_change_is_accepted(gate: Gate) -> None:
    assert check(gate, GOOD) == Verdict(ok=True, reason="")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (GOOD + b"(", "a.py:10: '(' was never closed"),
        (GOOD.replace(b'it."""\n', b'it.""\n', 1), "a.py:"),
        (GOOD.replace(b"    x", b"  x"), "a.py:3: unindent"),
        (GOOD + b"\xff", "a.py: byte "),
    ],
)
def test_what_does_not_parse_is_refused(after: bytes, reason: str) -> None:
    assert check(ParsesGate(), after).reason.startswith(reason)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (GOOD.replace(b"    x = 1\n", b""), "line 2: a list of another length"),
        (GOOD.replace(b"x = 1", b"x = 2"), "1 became 2"),
        (GOOD.replace(b"x = 1", b"x = True"), "1 became True"),
        (GOOD.replace(b"x = 1", b"x = 1.0"), "1 became 1.0"),
        (GOOD.replace(b"x = 1", b"x += 1"), "line 3: Assign became AugAssign"),
        (GOOD.replace(b"'2'", b"b'2'"), "'2' became b'2'"),
        (GOOD.replace(b"'2'", b"u'2'"), "None became 'u'"),
        (GOOD.replace(b"f(a)", b"f(b)"), "'a' became 'b'"),
        (GOOD.replace(b"def f", b"async def f"), "FunctionDef became AsyncFunctionDef"),
        (GOOD + b"import os\n", "a list of another length"),
        (b'"""Of the module."""\n' + GOOD, "a list of another length"),
        (BEFORE, "2 edits made 0 docstrings"),
        (GOOD.replace(b"Do it", b"Do at"), "reads 'Do at.' instead of 'Do it.'"),
        (GOOD.replace(b'"""Do it."""', b'"""Do it.""" ""'), "is not where its edit is"),
        (b"# shifted\n" + GOOD, "is not where its edit is"),
        (GOOD.replace(b'    """Hold it."""\n', b""), "2 edits made 1 docstrings"),
        (GOOD + b"\xff", "a.py: byte "),
    ],
)
def test_any_other_change_of_the_program_is_refused(after: bytes, reason: str) -> None:
    assert reason in check(OnlyDocstringsChangedGate(TEXTS), after).reason


def test_a_docstring_before_a_docstring_is_refused() -> None:
    before = b"def f():\n    'old'\n"
    edit = one_edit(b'    """Do it."""\n', 9)

    verdict = check_edit(OnlyDocstringsChangedGate(TEXTS), edit, before)

    assert verdict.reason == "line 2: a list of another length"


def test_an_edit_of_an_unknown_step_is_refused() -> None:
    verdict = check(OnlyDocstringsChangedGate({"f": "Do it."}), GOOD)

    assert verdict.reason == "edit of A (line 7) has the unknown step 'A'"


def test_deep_nesting_is_compared_without_recursion() -> None:
    before = b"def f():\n    return " + b"-" * 2500 + b"1\n"
    edit = one_edit(b'    """Do it."""\n', 9)

    assert check_edit(OnlyDocstringsChangedGate(TEXTS), edit, before).ok


@pytest.mark.parametrize(
    "after",
    [
        GOOD + b"\n",
        GOOD.removesuffix(b"\n"),
        GOOD.replace(b"    x = 1\n", b""),
        GOOD.replace(b"x = 1", b"x = 1 "),
        GOOD.replace(b"x = 1", b"x = 1  # comment"),
        GOOD.replace(b"\n", b"\r\n"),
        codecs.BOM_UTF8 + GOOD,
        b"",
    ],
)
def test_a_byte_outside_the_edits_is_kept(after: bytes) -> None:
    assert "bytes outside the edits differ" in check(BytesKeptGate(), after).reason


def test_a_lost_bom_is_refused() -> None:
    before = codecs.BOM_UTF8 + b"x = 1\n"
    edit = TextEdit(0, 3, b"", "f", "edit")

    assert "the BOM" in check_edit(BytesKeptGate(), edit, before).reason


def test_a_new_encoding_is_refused() -> None:
    edit = one_edit(b"# coding: latin-1\n", 0)

    assert "encoding utf-8 became iso8859-1" in check_edit(BytesKeptGate(), edit).reason


@pytest.mark.parametrize(
    ("before", "edit"),
    [
        (b"x = 1\r\ny = 2\r\n", one_edit(b"# c\n", 7)),
        (b"x = 1\r\ny = 2\r\n", one_edit(b"# c\r", 7)),
        (b"x = 1\ny = 2\n", one_edit(b"# c\r\n", 6)),
        (b"x = 1\ry = 2\r", one_edit(b"# c\n", 6)),
    ],
)
def test_another_newline_is_refused(before: bytes, edit: TextEdit) -> None:
    assert "inserts another newline" in check_edit(BytesKeptGate(), edit, before).reason


@pytest.mark.parametrize(
    ("before", "edit"),
    [
        (b"x = 1\r\ny = 2\r\n", one_edit(b"# c", 6)),
        (b"x = 1\r\ny = 2\r\n", one_edit(b"", 5, 6)),
        (b"x = 1\r\ny = 2\r\n", one_edit(b"", 6, 7)),
        (b"x\ry\n\nz\n", one_edit(b"", 2, 3)),
        (b"x\ry\n\nz\n", one_edit(b"\n", 2)),
        (b"x\r\ry\n\n\r\r", one_edit(b"# c\r", 4)),
    ],
)
def test_a_line_end_is_not_torn_or_joined(before: bytes, edit: TextEdit) -> None:
    assert "splits or joins a line end" in check_edit(BytesKeptGate(), edit, before).reason


def test_the_newline_at_the_end_is_kept() -> None:
    without = check_edit(BytesKeptGate(), one_edit(b"\n", 5), b"x = 1")
    removed = check_edit(BytesKeptGate(), one_edit(b"", 5, 6), b"x = 1\n")

    assert without.reason == removed.reason == "the newline at the end of the file changed"


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u2066", "\U000e0020", "\x00", "\x0c"])
def test_a_hidden_character_is_refused(character: str) -> None:
    edit = one_edit(f'    """Do{character} it."""\n'.encode())

    reason = check_edit(BytesKeptGate(), edit).reason

    assert reason.startswith(f"edit: inserts the hidden U+{ord(character):04X}")


def test_hidden_characters_that_were_there_are_no_obstacle() -> None:
    before = "x = '\u202e'\n\x0cdef f():\n    pass\n".encode()
    edit = one_edit(b'    """Do it."""\n', before.index(b"    pass"))

    assert check_edit(BytesKeptGate(), edit, before).ok


def test_bytes_of_another_encoding_are_refused() -> None:
    before = b"# coding: ascii\nx = 1\n"

    assert not check_edit(BytesKeptGate(), one_edit(b"# \xff\n", 16), before).ok


def test_an_edit_outside_the_file_is_refused() -> None:
    edit = one_edit(b"x", len(BEFORE) + 1)

    assert "does not follow" in check(BytesKeptGate(), BEFORE, edits=(edit,)).reason


def test_the_first_refusal_names_its_gate() -> None:
    class Never:
        name = "never asked"

        def check(self, *_: object) -> Verdict:
            raise AssertionError

    verdict = run_gates(
        [ParsesGate(), BytesKeptGate(), Never()],
        source_from_bytes("a.py", BEFORE),
        BEFORE,
        [F_EDIT],
    )

    assert verdict.reason.startswith("bytes kept: bytes outside the edits differ from byte 14")


def test_no_gates_accept() -> None:
    assert run_gates([], source_from_bytes("a.py", BEFORE), b"(", []).ok
