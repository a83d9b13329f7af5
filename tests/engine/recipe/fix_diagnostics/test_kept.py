"""A statement that is written anew keeps what no diagnostic speaks of, and brings nothing else."""

from textwrap import dedent

import pytest

from nanobot_engine.recipe.fix_diagnostics.kept import (
    NotKeptError,
    changes_annotations_only,
    check_kept,
    parsed,
    same_shape,
    words_of_file,
)
from nanobot_engine.refactor.open_finding import OpenFinding, Remark


def problem(
    old: str,
    new: str,
    message: str = "bad",
    *,
    tool: str = "ruff",
    rule: str = "",
    is_header: bool = False,
    is_top: bool = False,
    more: str = "",
) -> str:
    code = message.split(maxsplit=1)[0] if message.startswith("SIM") else "X1"
    finding = OpenFinding(tool, (Remark(code, message),), "", is_header=is_header, rule=rule)
    old, new = dedent(old).strip("\n"), dedent(new).strip("\n")
    try:
        check_kept(
            parsed(old, is_header=is_header),
            parsed(new, is_header=is_header),
            finding,
            file_words=words_of_file(f"{old} {more}"),
            is_top=is_top,
        )
    except NotKeptError as error:
        return str(error)
    return ""


CHAINED = """
    try:
        return int(text)
    except ValueError as err:
        raise PortError(f"{text}: no port") from err
    """
UNCHAINED = """
    try:
        return int(text)
    except ValueError:
        raise PortError(f"{text}: no port")
    """


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (UNCHAINED, CHAINED, "use `raise ... from err`"),
        (UNCHAINED, CHAINED.replace("err", "e"), "use `raise ... from err`"),
        ("d = dict(a=1)", 'd = {"a": 1}', "Unnecessary `dict()` call"),
        ("if x == None: f(x)", "if x is None: f(x)", "Comparison to `None`"),
        ('log.info(f"got {name}")', 'log.info("got %s", name)', "uses f-string"),
        ("for i, x in y:\n    f(x)", "for _i, x in y:\n    f(x)", "variable `i` not used"),
        ("x = [a for a in rows]", "x = list(rows)", "rewrite using `list()`"),
        ("if a:\n    return True\nelse:\n    return False", "return bool(a)", "SIM103 return `a`"),
    ],
)  # fmt: skip
def test_what_a_rule_asks_for_is_let_through(old: str, new: str, message: str) -> None:
    assert problem(old, new, message) == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x = f(a)", "x = a", "'f' is gone"),
        ("x = f(a) + f(b)", "x = f(a) + b", "a call of f is gone"),
        ("x = f(a)", "x = f(b)", "'a' is gone"),
        ("x = 1", "x = 2", "'1' is gone"),
        ("x = f('one two')", "x = f('one')", "'two' is gone"),
        ("f(a, force=True)", "f(a, force=False)", "the value True is gone"),
        ("f(a)  # why\ng(a)", "f(a)\ng(a)", "the comment '# why' is gone"),
        ("f(a)", "f(a)  # noqa", "silences the tool by a comment"),
        ("f(a)", "f(a)  # type: ignore[x]", "silences the tool by a comment"),
        ("f(a)", "f(a)  # done", "a new comment"),
        ("x: int = f(a)", "x: Any = f(a)", "'int' is gone"),
        ("x = f(a)", "x: Any = f(a)", "'Any' silences the tool"),
        ("x = f(a)", "x = cast(int, f(a))", "'cast' silences the tool"),
        ("f(a)", "pass", "the statement is gone"),
        ("f(a)", "...", "the statement is gone"),
        ("return f(a)", "f(a)", "'return' is gone"),
        ("f(a)", "return f(a)", "'return' is new"),
        ("try:\n    f(a)\n    return True\nexcept E:\n    return False",
         "try:\n    f(a)\nexcept E:\n    return False", "'return' is gone"),
        ("x = a or None", "x = a", "the value None is gone"),
        ("try:\n    f(a)\nexcept E:\n    g(E)", "try:\n    f(a)\nexcept E as err:\n    g(E)",
         "nothing uses 'err'"),
        ("f(a)", "msg = a\nf(a)", "nothing uses 'msg'"),
        ("f(a)", "import os\nf(a)", "imports something"),
        ("f(a)", "def g():\n    f(a)", "defines something"),
        ("f(a)", "f(a, other)", "'other' is said nowhere"),
        ("f(a)", "eval(f(a))", "'eval' is said nowhere"),
        ("f(a)", "f(a", "does not parse"),
    ],
)  # fmt: skip
def test_what_an_answer_drops_or_brings_is_told(old: str, new: str, words: str) -> None:
    assert words in problem(old, new)


def test_a_power_that_the_file_names_elsewhere_is_not_taken() -> None:
    assert problem("f(a)", "f(a)\nopen(a)", more="open") == "it reaches for open"


def test_a_type_checker_is_not_calmed_by_another_condition() -> None:
    said = problem("if a > b:\n    f(a)", "if a < b:\n    f(a)", tool="mypy")
    assert said == "an operator is gone: Gt"


def test_a_type_checker_may_be_told_by_an_assertion() -> None:
    new = "assert a is not None\nf(a)"
    message = 'Argument has type "None"'
    assert problem("f(a)", new, message, tool="mypy") == ""
    assert problem("f(a)", new, message, tool="ruff") == "'assert' is new"


def test_names_that_others_can_import_stay() -> None:
    message = "Variable `aB` should be lowercase"
    assert (
        problem("aB = f()", "a_b = f()", message, is_top=True, more="a_b") == "it binds other names"
    )
    assert problem("aB = f()", "a_b = f()", message, more="a_b") == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def f(a: dict) -> int:", "def f(a: dict[str, int]) -> int:", ""),
        ("class A(dict):", "class A(dict[str, int]):", ""),
        ("def f(a: int):", "def g(a: int):", "more than annotations"),
        ("def f(a: int, b=1):", "def f(a: int):", "more than annotations"),
        ("def f(a: int):", "def f(a: int = 1):", "more than annotations"),
        ("def f(a: int):", "async def f(a: int):", "another kind of statement"),
        ("class A(B):", "class A(C):", "more than annotations"),
        ("def f(a: int):", "def f(a: int):\n    return 1\ndef g():", "not one header"),
    ],
)
def test_of_a_header_only_annotations_change(old: str, new: str, words: str) -> None:
    said = problem(old, new, "type `int` of `b`", is_header=True, more="str g C")
    assert words in said
    assert bool(words) == bool(said)


def test_it_is_known_when_only_annotations_change() -> None:
    def changed(old: str, new: str) -> bool:
        return changes_annotations_only(parsed(old, is_header=False), parsed(new, is_header=False))

    assert changed("x: int = None", "x: int | None = None")
    assert changed("x = f()", "x: int = f()")
    assert not changed("x: int = None", "x: int = 0")


def test_names_of_caught_exceptions_and_layout_are_no_difference_between_answers() -> None:
    def shape(text: str) -> str:
        return same_shape(text, is_header=False)

    chained, unchained = dedent(CHAINED).strip(), dedent(UNCHAINED).strip()
    assert shape(chained) == shape(chained.replace("err", "e").replace("(text)", "(\n  text)"))
    assert shape(chained) != shape(unchained)
    assert shape(chained) != shape(chained.replace("PortError", "Error"))
