"""What can be extracted and inlined is offered where it can be, with a name."""

from pathlib import Path

import pytest

from support.offered import Asked, offered, refactoring

SHOWS_WHY = {"textDocument": {"codeAction": {"disabledSupport": True}}}
ASKS = Asked(capabilities=SHOWS_WHY)


def check(root: Path, marked: str) -> dict[str, dict[str, str]]:
    """Return the arguments of what is offered, by name of the refactoring."""
    found = offered(root, marked).values()
    wanted = ("refactor.extract", "refactor.inline")
    return dict(refactoring(action) for action in found if str(action.kind).startswith(wanted))


LINES = """\
class Store:
    def load(self, path):
        ‸text = open(path).read()
        size = len(text)‸
        return size
"""


def test_whole_statements_become_a_function_named_for_what_they_give(tmp_path: Path) -> None:
    assert check(tmp_path, LINES) == {
        "extract function": {"module": "app/a.py", "lines": "3-4", "new_name": "compute_size"}
    }


@pytest.mark.parametrize(
    ("marked", "lines"),
    [
        ("def f(a):\n‸    b = a\n    c = b\n‸    return c\n", "2-3"),
        ("def f(a):\n    ‸b = a  # Why.‸\n    return b\n", "2-2"),
        ("def f(a):\n    if a:\n‸        b = 1\n        a = b\n‸    return a\n", "3-4"),
        ("def f(a):\n‸    # First.\n    b = a\n\n‸    return b\n", "3-3"),
        ('def f(a):\n    ‸é = "\U0001f600"‸\n    return é\n', "2-2"),
        ("@wraps(\n    f,\n)\ndef f(a):\n    ‸b = a‸\n    return b\n", "5-5"),
        ("\tx\ndef f(a):\n\tdef g():\n\t\t‸b = a‸\n\t\treturn b\n\treturn g\n", "4-4"),
    ],
)
def test_a_selection_of_lines_is_trimmed(tmp_path: Path, marked: str, lines: str) -> None:
    assert check(tmp_path, marked)["extract function"]["lines"] == lines


@pytest.mark.parametrize(
    "marked",
    [
        "def f(a):\n    ‸b =‸ a\n    return b\n",
        "def f(a):\n    if ‸a:\n        b = 1\n‸    return b\n",
        "def f(a):\n    if a:\n‸        b = 1\n    c = 2\n‸    return c\n",
        "def ‸f(a)‸:\n    return a\n",
        "def f(a):\n    ‸b = a‸; c = b\n    return c\n",
        "def f(a):\n    ‸b = (‸\n",
        "‸x = 1\n‸\ndef f(a):\n    return a\n",
    ],
)
def test_parts_of_statements_are_no_function(tmp_path: Path, marked: str) -> None:
    assert "extract function" not in check(tmp_path, marked)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("‸yield a‸\n", "the lines yield"),
        ("‸if a:\n        return 1‸\n", "the lines return only sometimes"),
        ("for b in a:\n        ‸if b:\n            break‸\n", "break or continue would leave"),
        ("‸b =‸ 1\n", "select whole statements of one block"),
    ],
)
def test_an_editor_that_shows_it_is_told_why_not(tmp_path: Path, body: str, reason: str) -> None:
    marked = f"def f(a):\n    {body}    a.close()\n"
    action = offered(tmp_path, marked, ASKS)["Extract into a function"]

    assert action.disabled is not None
    assert reason in action.disabled.reason
    assert action.command is None
    assert "Extract into a function" not in offered(tmp_path, marked)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("b = ‸a.get_count(1)‸", "count"),
        ("b = ‸len(a.lines)‸ + 1", "lines_count"),
        ('b = ‸a["first name"]‸', "first_name"),
        ("if ‸a.size > 3‸:\n        pass", "is_size"),
        ("b = ‸a.b.shortSide‸", "short_side"),
        ("b = (\n        ‸a.size\n        * 2‸\n    )", "product"),
        ("count = ‸a.get_count()‸", "count_2"),
        ("b = ‸a.f()‸", "f_2"),
    ],
)
def test_an_expression_becomes_a_variable(tmp_path: Path, statement: str, name: str) -> None:
    found = check(tmp_path, f"def f(a):\n    {statement}\n    return b\n")

    assert found["extract variable"]["new_name"] == name
    assert found["extract variable"]["function"] == "app/a.py::f"
    written = statement.split("‸")[1]
    expected = f"({written})" if "\n" in written else written
    assert found["extract variable"]["expression"] == expected


@pytest.mark.parametrize(
    ("statement", "literal", "name"),
    [
        ("wait(timeout=‸30)", "30", "TIMEOUT"),
        ("b = a > 1‸0", "10", "A_LIMIT"),
        ("side = 2‸.5", "2.5", "SIDE"),
        (
            'fail("can n‸ot be read at all today")',
            "'can not be read at all today'",
            "CAN_NOT_BE_READ",
        ),
        ('fail(b, "")\n    b = ["‸?"]', "'?'", "TEXT"),
    ],
)
def test_a_literal_becomes_a_constant(
    tmp_path: Path, statement: str, literal: str, name: str
) -> None:
    found = check(tmp_path, f'def f(a):\n    """Text."""\n    {statement}\n    return b\n')

    expected = {"module": "app/a.py", "literal": literal, "new_name": name}
    assert found["extract constant"] == expected


@pytest.mark.parametrize("text", ['"""Te‸xt."""', "b = ‸1", "b = Tr‸ue", 'b = ‸""', 'b = f"a‸b"'])
def test_what_is_plain_gets_no_name(tmp_path: Path, text: str) -> None:
    assert "extract constant" not in check(tmp_path, f"def f(a):\n    {text}\n    return a\n")


@pytest.mark.parametrize(
    ("marked", "symbol"),
    [
        ("def f(a):\n    side‸ = a\n    return side\n", "app/a.py::f.side"),
        ("def f(a):\n    side = a\n    return s‸ide\n", "app/a.py::f.side"),
        ("def f(a):\n    side: int = a\n    return s‸ide\n", "app/a.py::f.side"),
        ("class C:\n  def f(a):\n    b = a\n    def g():\n      return ‸b\n", "app/a.py::C.f.b"),
        ("def f(a):\n    def g():\n        b = 1\n        return ‸b\n", "app/a.py::f.g.b"),
    ],
)
def test_a_variable_that_is_set_once_is_inlined(tmp_path: Path, marked: str, symbol: str) -> None:
    assert check(tmp_path, marked)["inline variable"] == {"symbol": symbol}


@pytest.mark.parametrize(
    "body",
    [
        "b = 1\n    b = 2\n    return ‸b",
        "b = 1\n    b += 2\n    return ‸b",
        "for b in a:\n        print(‸b)",
        "return ‸a",
        "b, c = a\n    return ‸b",
        "with a as b:\n        return ‸b",
        "global b\n    b = 1\n    return ‸b",
        "import b\n    return ‸b",
        "try:\n        b = 1\n    except a as b:\n        return ‸b",
        "b = 1\n    del b\n    return ‸b",
        "return ‸other",
        "b = 1\n    match a:\n        case [*b]:\n            return ‸b",
    ],
)
def test_what_is_bound_in_other_ways_is_not_inlined(tmp_path: Path, body: str) -> None:
    assert check(tmp_path, f"def f(a):\n    {body}\n") == {}


@pytest.mark.parametrize(
    ("marked", "function"),
    [
        ("def f‸(a):\n    return a\n", "app/a.py::f"),
        ("class C:\n    def f‸(self):\n        return 1\n", "app/a.py::C.f"),
        ("def f(a):\n    return a\n\n\ndef g():\n    return ‸f(2 + 3)\n", "app/a.py::f"),
    ],
)
def test_a_function_is_inlined_at_its_name_and_at_a_call(
    tmp_path: Path, marked: str, function: str
) -> None:
    assert check(tmp_path, marked)["inline function"] == {"function": function}


@pytest.mark.parametrize(
    "marked",
    [
        "@cache\ndef f‸(a):\n    return a\n",
        "async def f‸(a):\n    return a\n",
        "def f‸(a):\n    yield a\n",
        "def f‸(a):\n    a()\n    a()\n    a()\n    a()\n    a()\n    a()\n",
        "class C:\n    def __len__‸(self):\n        return 1\n",
        "def g():\n    return ‸print(2 + 3)\n",
    ],
)
def test_what_can_not_go_is_not_inlined(tmp_path: Path, marked: str) -> None:
    assert "inline function" not in check(tmp_path, marked)


def test_a_selection_is_offered_something_without_being_asked_for_it(tmp_path: Path) -> None:
    automatic = Asked(is_automatic=True)

    assert "Extract into a function `compute_size`" in offered(tmp_path, LINES, automatic)
    assert offered(tmp_path, "def f(a):\n    b = a\n    return ‸b\n", automatic).keys() == {
        "Document this function"
    }


@pytest.mark.parametrize(
    ("only", "is_offered"),
    [
        (["refactor"], True),
        (["refactor.extract"], True),
        (["refactor.extract.function"], True),
        (["refactor.extract.variable"], False),
        (["refactor.ex"], False),
        (["quickfix"], False),
        ([""], True),
    ],
)
def test_only_what_the_editor_asks_for_is_offered(
    tmp_path: Path, only: list[str], *, is_offered: bool
) -> None:
    found = offered(tmp_path, LINES, Asked(only=only))

    assert ("Extract into a function `compute_size`" in found) is is_offered
