"""The recipe that writes tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_engine.edit import FileEdit, SourceFile, read_source
from nanobot_engine.recipe import Candidate, DeclinedError, Item, RecipeError, RedFlag
from nanobot_engine.recipe.place import Place
from nanobot_engine.recipe.write_tests.call_input import checked_calls
from nanobot_engine.recipe.write_tests.recipe import (
    Scope,
    WriteTestsRecipe,
    from_arguments,
    goal_of,
    with_code,
)

CODE = '''\
"""A module."""

import os


def shorten(text: str, limit: int = 10) -> str:
    if limit < 4:
        raise ValueError("limit")
    if len(text) <= limit:
        return text
    return text[: limit - 3] + "..."


def order(words):
    return list({str(word) for word in words})


def made(a):
    return object()


def gone(path):
    os.remove(path)
    return path


def tested(a):
    return a


def _private(a):
    return a


def shown(a):
    print(a)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "__init__.py").write_text("")
    (tmp_path / "src" / "pkg" / "text.py").write_text(CODE)
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "test_other.py").write_text("from pkg.text import tested\n")
    return tmp_path


def read(root: Path) -> SourceFile:
    return read_source(root, "src/pkg/text.py", size_bytes_max=10**6)


def recipe(root: Path) -> WriteTestsRecipe:
    return WriteTestsRecipe(Scope(root=str(root), python=sys.executable))


def item(root: Path, name: str) -> Item:
    return next(one for one in recipe(root).enumerate(read(root)) if one.label == name)


def check(root: Path, name: str, *calls: str) -> FileEdit:
    """Return the file for one function; the only place that knows the API under test."""
    found = recipe(root).edit(
        read(root), item(root, name), Candidate("\n".join(calls), frozenset())
    )
    assert isinstance(found, FileEdit)
    return found


def test_public_functions_that_no_test_names_are_found(root: Path) -> None:
    assert [one.label for one in recipe(root).enumerate(read(root))] == [
        "shorten",
        "order",
        "made",
        "gone",
    ]


def test_what_is_named_gets_tests_though_it_is_private_or_tested(root: Path) -> None:
    named = Place(names=frozenset({"tested", "_private"}))
    wanted = WriteTestsRecipe(Scope(named, str(root), sys.executable))

    assert [one.label for one in wanted.enumerate(read(root))] == ["tested", "_private"]


def test_a_function_that_remembers_is_tested_as_any_other(root: Path) -> None:
    text = CODE.replace("def shorten", "@functools.lru_cache(maxsize=8)\ndef shorten")
    (root / "src" / "pkg" / "text.py").write_text(text.replace("import os", "import functools, os"))

    made = check(root, "shorten", 'shorten("a text that is too long")', 'shorten("", limit=3)')

    assert b"a text ..." in made.edits[0].new_text


def test_who_names_what_gets_no_tests_hears_why(root: Path) -> None:
    (root / "src" / "pkg" / "text.py").write_text(f"{CODE}\n\nclass Box:\n    size = 1\n")
    named = Place(names=frozenset({"shown", "Box"}))
    wanted = WriteTestsRecipe(Scope(named, str(root), sys.executable))
    found = {}
    for one in wanted.enumerate(read(root)):
        winner = wanted.settled(read(root), one)
        assert winner is not None
        with pytest.raises(DeclinedError) as declined:
            wanted.edit(read(root), one, winner)
        found[one.label] = str(declined.value)

    assert found == {
        "shown": "it returns nothing that a test could compare",
        "Box": "it is a class: tests are written for functions alone",
    }


def test_what_a_function_gives_is_pinned_where_the_project_has_its_tests(root: Path) -> None:
    file = check(
        root,
        "shorten",
        "shorten('short')",
        "shorten('a text that is too long')",
        "shorten('abcd', limit=3)",
        "shorten(5)",
    )

    text = file.edits[0].new_text.decode()
    assert file.path == "test/test_text.py"
    assert file.is_created
    assert "from pkg.text import shorten\n" in text
    assert "    assert shorten('a text that is too long') == 'a text ...'\n" in text
    assert "with pytest.raises(ValueError):\n" in text
    assert "shorten(5)" not in text
    (root / file.path).write_text(text)
    (root / "src/pkg/text.py").write_text(CODE.replace("limit - 3", "limit - 2"))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file.path],
        cwd=root,
        env={"PYTHONPATH": str(root / "src")},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout


def test_marks_that_the_code_speaks_of_are_tried_where_no_type_says_what_it_takes(
    root: Path,
) -> None:
    code = """

def unquoted(value):
    if value is None:
        return ""
    if value[0] in ("'", "`") and value[0] == value[-1]:
        value = value[1:-1]
    return value
"""
    (root / "src" / "pkg" / "text.py").write_text(CODE + code)

    text = check(root, "unquoted", "unquoted('Hello')", "unquoted('World')").edits[0]

    written = text.new_text.decode()
    assert "    assert unquoted(\"'a'\") == 'a'\n" in written
    assert "    assert unquoted('`a`') == 'a'\n" in written
    assert "    assert unquoted(None) == ''\n" in written
    told, _, made = text.label.partition("tell ")[2].removesuffix(" mistakes").partition(" of ")
    assert int(told) >= int(made) - 1, text.label


@pytest.mark.parametrize(
    ("name", "call", "reason"),
    [
        ("order", "order(['a', 'b', 'c', 'd', 'e', 'f', 'g'])", "same literal twice"),
        ("made", "made(1)", "same literal twice"),
        ("gone", "gone('a')", "reaches for remove"),
    ],
)
def test_what_can_not_be_pinned_is_left(root: Path, name: str, call: str, reason: str) -> None:
    with pytest.raises(DeclinedError, match=reason):
        check(root, name, call)


def test_a_module_that_needs_what_is_not_there_is_told(root: Path) -> None:
    (root / "src" / "pkg" / "text.py").write_text(f"import not_installed\n{CODE}")

    with pytest.raises(DeclinedError, match="imported: ModuleNotFoundError: No module named 'not_"):
        check(root, "shorten", "shorten('short')")


def test_a_function_that_reaches_out_is_not_asked_about(root: Path) -> None:
    made = recipe(root)

    assert made.settled(read(root), item(root, "gone")) is not None
    assert made.settled(read(root), item(root, "order")) is None


def test_tests_of_several_functions_make_one_file(root: Path) -> None:
    one = check(root, "shorten", "shorten('short')", "shorten('abcd', limit=3)")
    other = FileEdit(one.path, one.base_sha256, one.edits)
    text = one.edits[0].new_text.decode()

    joined = recipe(root).joined([one, other]).edits[0].new_text.decode()

    assert joined.count("def test_shorten():") == 2
    assert joined.count("from pkg.text import shorten\n") == 1
    assert joined.count("import pytest\n") == text.count("import pytest\n")
    compile(joined, "<joined>", "exec")


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        ("f(1)\nf('a', b=[1])", ["f(1)", "f('a', b=[1])"]),
        ("f(x)\ng(1)\nf(open('a'))\nf(*[1])\nf(**{})", []),
        ("f(1)\nf( 1 )\nf(", ["f(1)"]),
        ("f(__import__('os'))", []),
    ],
)
def test_only_calls_with_literals_are_run(answer: str, calls: list[str]) -> None:
    assert checked_calls(answer, "f") == calls


def test_an_answer_without_such_a_call_is_no_vote(root: Path) -> None:
    made = recipe(root)

    found = made.parse(read(root), item(root, "order"), "order(words)")

    assert isinstance(found, RedFlag)
    assert isinstance(made.parse(read(root), item(root, "order"), "order([1])"), Candidate)


def test_without_leave_to_run_code_it_is_refused(root: Path) -> None:
    goal = goal_of("write tests for the functions in text.py")

    assert goal is not None
    with pytest.raises(RecipeError, match="needs to run the functions"):
        from_arguments(goal.arguments)
    allowed = with_code(goal, root=root, python=Path(sys.executable))
    assert [one.label for one in from_arguments(allowed.arguments).enumerate(read(root))]


@pytest.mark.parametrize(
    ("sentence", "is_taken"),
    [
        ("write tests for parser.py", True),
        ("add unit tests for the functions in y.py", True),
        ("create tests", True),
        ("rename the tests", False),
        ("add a parameter to tests", False),
        ("move everything to the tests folder", False),
        ("add docstrings to the tests", False),
    ],
)
def test_only_a_clear_wish_is_taken(sentence: str, is_taken: bool) -> None:  # noqa: FBT001 - a case
    assert (goal_of(sentence) is not None) == is_taken


def test_without_an_interpreter_of_the_user_nothing_is_asked_and_nothing_runs(root: Path) -> None:
    left = from_arguments(
        {**Scope(root=str(root), python=sys.executable).to_arguments(), "python": ""}
    )
    source = read(root)
    due = next(iter(left.enumerate(source)))

    assert left.settled(source, due) is not None
    with pytest.raises(DeclinedError, match="was not allowed by you here"):
        left.edit(source, due, Candidate('shorten("a")', frozenset()))


def test_a_model_that_sees_a_part_of_a_function_is_told_so(root: Path) -> None:
    shorten = item(root, "shorten")
    whole = recipe(root).ask(read(root), shorten, code_bytes_max=2_000)
    part = recipe(root).ask(read(root), shorten, code_bytes_max=70)

    assert "..." not in whole.splitlines()
    assert part == (
        "```python\ndef shorten(text: str, limit: int = 10) -> str:\n"
        "    if limit < 4:\n    ...\n```"
    )
