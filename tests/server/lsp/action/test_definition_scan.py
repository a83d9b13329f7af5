from pathlib import Path

import pytest

from nanobot_server.lsp.action import definition_scan
from nanobot_server.lsp.action.definition_scan import LINES_MAX, definition_at, scan_definitions
from nanobot_server.lsp.document.text_buffer import split_lines


def check(marked: str, wanted: str | None) -> None:
    """`$0` marks the cursor; the wanted name has a `+` if the definition has a docstring."""
    line = marked[: marked.index("$0")].count("\n")
    lines = split_lines(marked.replace("$0", ""))
    found = definition_at(lines, line)
    assert (found and found.name + "+" * found.has_docstring) == wanted


def test_on_the_header() -> None:
    check("def $0f():\n    return 1\n", "f")


def test_in_the_body() -> None:
    check("def f():\n    x = 1\n\n    $0return x\n\ny = 2\n", "f")


def test_between_definitions() -> None:
    check("def f():\n    return 1\n\n$0x = 1\n\ndef g():\n    pass\n", None)


def test_with_a_docstring() -> None:
    check('def f():\n    # why\n\n    r"""Doc."""\n    $0return 1\n', "f+")


def test_bytes_and_f_strings_are_no_docstrings() -> None:
    check('def $0f():\n    b"no"\n', "f")
    check('def $0f():\n    f"no"\n', "f")


def test_the_innermost_definition_counts() -> None:
    check("class A:\n    async def f(self):\n        $0pass\n", "f")
    check("class A:\n    x = 1\n    def f(self):\n        pass\n    $0y = 2\n", "A")


def test_a_decorator_belongs_to_its_definition() -> None:
    check("$0@cache\n@other\ndef f():\n    pass\n", "f")


def test_a_header_of_many_lines() -> None:
    text = "def f(\n    a: dict[str, int] = {1: 2},  # ):\n    $0b=')',\n) -> int:\n    return a\n"
    check(text, "f")
    check(text.replace("$0", "").replace("-> int", "-> $0int"), "f")


def test_text_in_strings_is_no_code() -> None:
    check('x = """\ndef no():\n    $0pass\n"""\n', None)
    check('def f():\n    x = """\nleft\n"""\n    $0return x\n', "f")
    check('def f():\n    x = "# \\" def"\n    $0return x\n', "f")


def test_a_body_on_the_header_line_has_no_place_for_a_docstring() -> None:
    check("def $0f(): return 1\n", None)
    check("class $0A: ...\n", None)


def test_a_header_that_continues_after_a_backslash() -> None:
    check("def f(a) \\\n    -> int:\n    $0return a\n", "f")


def test_an_open_bracket_hides_nothing_behind_the_next_definition() -> None:
    check("x = foo(\n\ndef f():\n    $0pass\n", "f")


@pytest.mark.parametrize(
    "text", ["", "def", "def f(", '"""', "class A:\n", "@\n", "\\", "def f():\n"]
)
def test_half_typed_text_offers_nothing_and_never_fails(text: str) -> None:
    assert scan_definitions(split_lines(text)) == []


def test_other_line_ends() -> None:
    check("def f():\r\n    $0return 1\r\n", "f")
    check("\x0cdef f():\n    $0return 1\n".replace("\x0c", "x = 1\n\x0c\n"), "f")


def test_a_header_inside_a_string_is_no_place_to_start_reading() -> None:
    check('def f():\n    x = """\ndef no():\n"""\n    $0return x\n', "f")
    check("def f():\n    x = '''\ndef no():\n    $0a\n'''\n", "f")
    check("# it's\nx = '\"\"\"'\ndef f():\n    $0pass\n", "f")


def test_reading_a_part_finds_what_reading_everything_finds() -> None:
    text = Path(definition_scan.__file__).read_text(encoding="utf-8")
    lines = split_lines(text)
    everything = scan_definitions(lines)

    for line in range(len(lines)):
        holders = [x for x in everything if x.line <= line <= x.end_line]
        wanted = max(holders, key=lambda x: x.line, default=None)
        if not lines[line].startswith("@"):
            assert definition_at(lines, line) == wanted


def test_a_huge_buffer_is_not_read() -> None:
    assert definition_at(["def f():\n", "    pass\n"] * LINES_MAX, 1) is None
