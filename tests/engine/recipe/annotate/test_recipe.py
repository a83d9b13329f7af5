"""The recipe that adds annotations."""

import pytest

from nanobot_engine.edit import (
    SourceFile,
    apply_edits,
    run_gates,
    sorted_edits,
    source_from_bytes,
)
from nanobot_engine.recipe import Candidate, DeclinedError, RedFlag
from nanobot_engine.recipe.annotate.recipe import AnnotateRecipe, Scope, goal_of
from nanobot_engine.recipe.place import Place

RECIPE = AnnotateRecipe(Scope())


def source(code: str, path: str = "pkg/mod.py") -> SourceFile:
    return source_from_bytes(path, code.encode())


def check(code: str, answers: dict[str, str] | None = None) -> str:
    """Return a file with what is settled and answered; the only place that knows the API."""
    file = source(code)
    text_by_key: dict[str, str] = {}
    edits = []
    for item in RECIPE.enumerate(file):
        found = RECIPE.settled(file, item)
        slot = item.key.partition("::")[2]
        if found is None and answers and slot in answers:
            parsed = RECIPE.parse(file, item, answers[slot])
            assert isinstance(parsed, Candidate), parsed
            found = parsed
        if found is None:
            continue
        try:
            edits.append(RECIPE.edit(file, item, found))
        except DeclinedError:
            continue
        text_by_key[item.key] = found.text
    if not text_by_key:
        return code
    whole = sorted_edits([*edits, *RECIPE.file_edits(file, text_by_key)])
    after = apply_edits(file.data, whole)
    verdict = run_gates(RECIPE.gates(text_by_key), file, after, whole)
    assert verdict.ok, verdict.reason
    return after.decode()


def flag(code: str, slot: str, answer: str) -> str:
    file = source(code)
    item = next(one for one in RECIPE.enumerate(file) if one.key.endswith(f"::{slot}"))
    found = RECIPE.parse(file, item, answer)
    return found.detail if isinstance(found, RedFlag) else ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    print(1)\n", "def f() -> None:\n    print(1)\n"),
        ("def f(a=True): return 'x'\n", "def f(a: bool = True) -> str: return 'x'\n"),
        ("def f(a = ''):\n    return 1\n", "def f(a: str = '') -> int:\n    return 1\n"),
        ("async def f(*, a=b''):\n    pass\n", "async def f(*, a: bytes = b''):\n    pass\n"),
        ("def f(a=0): return not a\n", "def f(a=0) -> bool: return not a\n"),
        ("def f(a=(False)):\n    return 1\n", "def f(a: bool = (False)) -> int:\n    return 1\n"),
        (
            "class A:\n    def __len__(self):\n        return g()\n",
            "class A:\n    def __len__(self) -> int:\n        return g()\n",
        ),
        (
            "class A:\n    def __eq__(self, o):\n        return isinstance(o, A)\n",
            "class A:\n    def __eq__(self, o: object) -> bool:\n        return isinstance(o, A)\n",
        ),
        (
            "class A:\n    def __contains__(self, o):\n        return g(o)\n",
            "class A:\n    def __contains__(self, o) -> bool:\n        return g(o)\n",
        ),
        (
            "def f(a):\n    ''':param str a: A name.'''\n    return 1\n",
            "def f(a: str) -> int:\n    ''':param str a: A name.'''\n    return 1\n",
        ),
        ("def f(a):\n    return a\n", "def f(a):\n    return a\n"),
        ("def f():\n    raise NotImplementedError\n", "def f():\n    raise NotImplementedError\n"),
        ("def f() -> int:\n    return 1\n", "def f() -> int:\n    return 1\n"),
        (
            "def f(a=True):\n    if isinstance(a, str):\n        g(a)\n",
            "def f(a=True) -> None:\n    if isinstance(a, str):\n        g(a)\n",
        ),
    ],
)
def test_what_a_program_knows_is_settled(before: str, after: str) -> None:
    assert check(before) == after


def test_annotations_that_python_would_evaluate_are_kept_from_it() -> None:
    code = '"""Doc."""\n\nimport os\n\n\ndef f(a):\n    if a:\n        return 1\n'

    assert check(code) == (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\n\n'
        "def f(a) -> int | None:\n    if a:\n        return 1\n"
    )


def test_a_file_whose_annotations_are_read_gets_only_what_can_be_evaluated() -> None:
    code = (
        "import pydantic\n\n\ndef f(a):\n    if a:\n        return 1\n\n\ndef g():\n    return 1\n"
    )

    assert check(code) == code.replace("def g()", "def g() -> int")


def test_a_decorator_that_may_read_annotations_is_left_alone() -> None:
    code = "@app.command\ndef f(a=True):\n    return 1\n\n\n@table[0]\ndef g():\n    return 1\n"
    file = source(code)

    assert check(code) == code
    for item in RECIPE.enumerate(file):
        settled = RECIPE.settled(file, item)
        assert settled is not None
        with pytest.raises(DeclinedError, match="while the program runs"):
            RECIPE.edit(file, item, settled)


@pytest.mark.parametrize(
    "decorator", ['click.command("go")', "pytest.mark.skipif(OLD, reason='old')", "click.pass_obj"]
)
def test_a_decorator_that_is_known_to_read_none_is_no_obstacle(decorator: str) -> None:
    code = f"import click\nimport pytest\n\nOLD = 1\n\n\n@{decorator}\ndef f():\n    return 1\n"

    assert check(code) == code.replace("def f()", "def f() -> int")


def test_a_method_that_gives_nothing_here_and_something_in_another_class_is_open() -> None:
    code = (
        "class A:\n    def get(self):\n        return None\n\n\n"
        "class B(A):\n    def get(self):\n        return 1\n"
    )

    assert check(code) == code.replace(
        "get(self):\n        return 1", "get(self) -> int:\n        return 1"
    )


def test_generators_yield_what_they_yield() -> None:
    after = check("def f():\n    yield 1\n    yield 'a'\n")

    assert "from collections.abc import Iterator\n" in after
    assert after.startswith("from __future__ import annotations\n")
    assert "def f() -> Iterator[int | str]:\n" in after


def test_answers_are_written_as_today_and_imported() -> None:
    code = (
        "import os\n\n\ndef f(a, b=None, *c, **d):\n    for one in a:\n"
        "        g(one, b)\n    return h()\n"
    )

    after = check(
        code,
        {
            "f(a)": "typing.Iterable[Optional[List[int]]]",
            "f(b)": "str",
            "f(c)": "int",
            "f(d)": "Any",
            "f(return)": "Union[int, str]",
        },
    )

    assert (
        "def f(a: Iterable[list[int] | None], b: str | None = None, *c: int, **d) -> int | str:"
        in after
    )
    assert "import os\nfrom collections.abc import Iterable\n" in after


CODE = (
    "import os\nfrom x import Iterable\n\n\nclass Box: ...\n\n\n"
    "def f(a, b):\n    a.append(1)\n    for one in b:\n        if one:\n            return one\n"
)


@pytest.mark.parametrize(
    ("slot", "answer", "problem"),
    [
        ("f(a)", "str", "str has no append"),
        ("f(a)", "list[int]", ""),
        ("f(a)", "Box", ""),
        ("f(a)", "Shape", "Shape is no type of this file"),
        ("f(a)", "os", "os is no type"),
        ("f(a)", "Iterable[int]", "something else in this file"),
        ("f(a)", "list[", "is no type"),
        ("f(a)", "list + 1", "is no type"),
        ("f(a)", "print()", "is no type"),
        ("f(b)", "int", "int has no __iter__"),
        ("f(b)", "str | int", ""),
        ("f(return)", "Box", "can give None"),
        ("f(return)", "Box | None", ""),
        ("f(b)", "list[" * 20 + "int" + "]" * 20, "too long"),
    ],
)
def test_an_answer_must_mean_something_and_fit(slot: str, answer: str, problem: str) -> None:
    found = flag(CODE, slot, answer)

    assert problem in found
    assert bool(problem) == bool(found)


def test_what_can_be_anything_is_left() -> None:
    file = source(CODE)
    item = next(one for one in RECIPE.enumerate(file) if one.key.endswith("f(a)"))

    found = RECIPE.parse(file, item, "Any")

    assert isinstance(found, Candidate)
    with pytest.raises(DeclinedError, match="anything"):
        RECIPE.edit(file, item, found)


def test_a_question_shows_the_function_and_what_is_asked() -> None:
    file = source(CODE)
    items = {one.key: one for one in RECIPE.enumerate(file)}

    asked = RECIPE.ask(file, items["pkg/mod.py::f(a)"], code_bytes_max=2000)
    short = RECIPE.ask(file, items["pkg/mod.py::f(return)"], code_bytes_max=40)

    assert asked.startswith("```python\ndef f(a, b):\n    a.append(1)\n")
    assert asked.endswith("```\nType of the parameter `a`:")
    assert "\n    ...\n```\nType of the result:" in short


def test_tests_stubs_and_other_places_are_left_out() -> None:
    named = AnnotateRecipe(Scope(Place(frozenset({"mod.py"}), frozenset({"f"}))))
    code = "def f(a): ...\ndef g(a): ...\n"

    assert not list(RECIPE.enumerate(source(code, "tests/test_a.py")))
    assert not list(RECIPE.enumerate(source(code, "a.pyi")))
    assert not list(named.enumerate(source(code, "other.py")))
    assert {one.label for one in named.enumerate(source(code))} == {
        "parameter a of f",
        "result of f",
    }


def test_who_names_a_function_that_says_its_types_hears_so() -> None:
    named = AnnotateRecipe(Scope(Place(names=frozenset({"f"}))))
    code = source("def f(a: int) -> int:\n    return a\n\n\ndef g(a: int) -> int:\n    return a\n")
    (item,) = named.enumerate(code)

    winner = named.settled(code, item)

    assert winner is not None
    with pytest.raises(DeclinedError, match="no parameter and no result without an annotation"):
        named.edit(code, item, winner)
    assert not list(RECIPE.enumerate(code))


def test_a_change_of_anything_else_is_refused() -> None:
    file = source("def f(a=1):\n    return a\n")
    gates = RECIPE.gates({"pkg/mod.py::f(a)": "int"})

    def reason(after: str) -> str:
        return run_gates(gates[:2], file, after.encode(), []).reason

    assert reason("def f(a: int=1):\n    return a\n") == ""
    assert "something else changed" in reason("def f(a: int=2):\n    return a\n")
    assert "was not asked for" in reason("def f(a: int=1) -> int:\n    return a\n")
    assert "is missing" in reason("def f(a=1):\n    return a\n")


@pytest.mark.parametrize(
    ("sentence", "is_taken"),
    [
        ("add type annotations to every function in app/settings.py", True),
        ("annotate functions in x.py", True),
        ("add type hints", True),
        ("remove all type annotations", False),
        ("add docstrings", False),
        ("rename the type of annotation", False),
    ],
)
def test_only_a_clear_wish_is_taken(sentence: str, is_taken: bool) -> None:  # noqa: FBT001 - a case
    goal = goal_of(sentence)

    assert (goal is not None) == is_taken
    assert goal is None or Scope.from_arguments(goal.arguments).to_arguments() == goal.arguments
