"""The recipe that writes functions anew."""

import pytest

from nanobot_engine.edit import SourceFile, apply_edits, run_gates, sorted_edits, source_from_bytes
from nanobot_engine.recipe import Candidate, DeclinedError, Item, RedFlag
from nanobot_engine.recipe.place import Place
from nanobot_engine.recipe.rewrite.goal import (
    GoalUnreliableError,
    RewriteScope,
    goal_of,
    last_resort,
)
from nanobot_engine.recipe.rewrite.recipe import RewriteRecipe

CODE = '''\
"""A module."""

import json


class Store:
    def load(self, path):
        """Load it."""
        # The path comes first.
        found = None
        if path:
            # Most have one.
            found = json.loads(path)
        else:
            found = self.default
        return found

    def __len__(self):
        return 0


def parse(path):
    if path in KNOWN:
        return KNOWN[path]
    value = compute(path)
    KNOWN[path] = value
    return value


KNOWN = {}


def compute(path):
    for one in path:
        if one:
            print(one)
'''


def source(code: str = CODE, path: str = "pkg/store.py") -> SourceFile:
    return source_from_bytes(path, code.encode())


def recipe(sentence: str) -> RewriteRecipe:
    return RewriteRecipe(RewriteScope.from_arguments(last_resort(sentence).arguments))


def item(made: RewriteRecipe, file: SourceFile, label: str) -> Item:
    return next(one for one in made.enumerate(file) if one.label == label)


def check(sentence: str, label: str, answer: str, code: str = CODE) -> str:
    """Return the file after an answer; the only place that knows the API under test."""
    made, file = recipe(sentence), source(code)
    one = item(made, file, label)
    found = made.parse(file, one, f"```python\n{answer}")
    assert isinstance(found, Candidate), found
    edits = [made.edit(file, one, found), *made.file_edits(file, {one.key: found.text})]
    after = apply_edits(file.data, sorted_edits(edits))
    verdict = run_gates(made.gates({one.key: found.text}), file, after, sorted_edits(edits))
    assert verdict.ok, verdict.reason
    return after.decode()


def refusal(sentence: str, label: str, answer: str) -> str:
    made, file = recipe(sentence), source()
    flag = made.parse(file, item(made, file, label), f"```python\n{answer}")
    assert isinstance(flag, RedFlag)
    return f"{flag.name}: {flag.detail}"


EARLY = "use early returns in store.py"


def test_functions_with_something_to_rewrite_are_found() -> None:
    assert [one.label for one in recipe(EARLY).enumerate(source())] == [
        "Store.load",
        "parse",
        "compute",
    ]
    assert list(recipe(EARLY).enumerate(source(path="pkg/other.py"))) == []
    named = recipe("simplify Store.load in `Store`")
    assert [one.label for one in named.enumerate(source())] == ["Store.load"]


def test_the_body_of_an_answer_takes_the_place_of_the_old_one() -> None:
    after = check(
        EARLY,
        "Store.load",
        'def load(self, path):\n    """Another docstring."""\n    if not path:\n'
        "        return self.default\n    return json.loads(path)",
    )

    new = (
        '    def load(self, path):\n        """Load it."""\n        if not path:\n'
        "            return self.default\n        return json.loads(path)\n"
    )
    assert new in after
    assert after.replace(new, "") == CODE.replace(
        CODE[CODE.index("    def load") : CODE.index("\n    def __len__")], ""
    )


def test_a_comment_comes_back_where_its_code_is_still_there() -> None:
    commented = "            # Loudly.\n            print(one)  # now"
    after = check(
        EARLY,
        "compute",
        "def compute(path):\n    for one in path:\n        if not one:\n            continue\n"
        "        print(one)",
        CODE.replace("            print(one)", commented),
    )

    assert "        # Loudly.\n        print(one)  # now\n" in after


def test_what_the_user_names_is_imported() -> None:
    after = check(
        "replace the known values in `parse` with functools.lru_cache",
        "parse",
        "@functools.lru_cache(maxsize=None)\ndef parse(path):\n    return compute(path)",
    )

    assert "import functools\nimport json\n" in after
    assert (
        "@functools.lru_cache(maxsize=None)\ndef parse(path):\n    return compute(path)\n" in after
    )


def test_answers_that_can_not_be_shown_to_do_the_same_are_no_votes() -> None:
    wrong = (
        "def load(self, path):\n    if path:\n        return self.default\n"
        "    return json.loads(path)"
    )

    assert refusal(EARLY, "Store.load", wrong).startswith("same behaviour: ")
    assert refusal(EARLY, "Store.load", "def other(self, path):\n    return 1").startswith("form: ")
    assert refusal(EARLY, "Store.load", "def load(self):\n    return 1").startswith("form: ")
    assert refusal(EARLY, "Store.load", "return 1 +").startswith("form: ")
    assert refusal(EARLY, "Store.load", "").startswith("format: ")


def test_why_an_answer_is_no_vote_is_said_without_the_name_that_stands_beside_it() -> None:
    made, file = recipe("change `parse`"), source()

    flag = made.parse(file, item(made, file, "parse"), "def parse(path):\n    return KNOWN[path]")

    assert flag == RedFlag("same behaviour", "it can not be shown to do the same")


def test_a_rewrite_that_is_not_what_was_asked_is_no_vote() -> None:
    nested = (
        "def compute(path):\n    for one in path:\n        if one:\n            if True:\n"
        "                print(one)"
    )

    assert refusal(EARLY, "compute", nested).startswith("not as asked: ")


def test_a_line_that_is_longer_than_any_of_the_file_is_not_as_asked() -> None:
    wide = f"def compute(path):\n    for one in path:\n        one and print(one)  # {'x' * 80}"

    assert "columns" in refusal("simplify `compute`", "compute", wide)


def test_an_unchanged_function_is_left_and_said_so() -> None:
    made, file = recipe("replace print in `compute` with logging.info"), source()
    one = item(made, file, "compute")
    code = made.ask(file, one, code_bytes_max=0).partition("```python\n")[2]

    same = made.parse(file, one, f"```python\n{code}")

    assert isinstance(same, Candidate)
    with pytest.raises(DeclinedError, match="nothing to do"):
        made.edit(file, one, same)


def test_repeating_a_function_is_no_vote_where_a_program_sees_what_to_do() -> None:
    code = recipe(EARLY).ask(source(), item(recipe(EARLY), source(), "compute"), code_bytes_max=0)

    assert refusal(EARLY, "compute", code.partition("```python\n")[2]).startswith("unchanged: ")


def test_a_long_function_is_left_without_asking() -> None:
    long = "def long(a):\n" + "    if a:\n        print(a)\n" * 40
    made, file = recipe("simplify store.py"), source(long)
    one = item(made, file, "long")

    settled = made.settled(file, one)

    assert settled is not None
    with pytest.raises(DeclinedError, match="81 lines; at most 60"):
        made.edit(file, one, settled)
    assert made.settled(source(), item(made, source(), "compute")) is None


def test_early_returns_are_made_without_a_model() -> None:
    made, file = recipe(EARLY), source()

    found = {one.label: made.settled(file, one) for one in made.enumerate(file)}

    assert found["compute"] == Candidate(
        "def compute(path):\n    for one in path:\n        if not one:\n            continue\n"
        "        print(one)",
        frozenset({"proved"}),
    ) or found["compute"] == Candidate("", frozenset({"same"}))
    assert found["parse"] == Candidate("", frozenset({"same"}))


def test_line_ends_and_tabs_of_the_file_are_kept() -> None:
    code = "def f(a):\r\n\tif a:\r\n\t\treturn g(a)\r\n\telse:\r\n\t\treturn 1\r\n"

    after = check(EARLY, "f", "def f(a):\n\tif not a:\n\t\treturn 1\n\treturn g(a)", code)

    assert after == "def f(a):\r\n\tif not a:\r\n\t\treturn 1\r\n\treturn g(a)\r\n"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("make it faster", "fast or frugal"),
        ("fix all bugs", "bug"),
        ("make load_config thread-safe", "safe"),
        ("clean up parser.py", "good"),
        ("simplify everything", "say where"),
        ("`load_config`", "say what"),
    ],
)
def test_what_nothing_can_check_is_refused(sentence: str, reason: str) -> None:
    with pytest.raises(GoalUnreliableError, match=reason):
        last_resort(sentence)


def test_names_are_not_read_as_wishes() -> None:
    assert last_resort("simplify fix_path in safe_io.py").recipe == "rewrite"


@pytest.mark.parametrize(
    ("sentence", "is_taken"),
    [
        ("make every function in parser.py use early returns", True),
        ("simplify load_config", True),
        ("simplify load_config and make it faster", False),
        ("simplify the code", False),
        ("use let and const instead of var in lib/cart.js", True),
        ("simplify the boolean returns in Main.java", True),
        ("remove needless else after return in src/eval.rs", True),
        ("rename load_config to read_config", False),
        ("add docstrings to load_config", False),
        ("do not simplify load_config", False),
    ],
)
def test_only_a_clear_wish_is_taken(sentence: str, is_taken: bool) -> None:  # noqa: FBT001 - a case
    assert (goal_of(sentence) is not None) == is_taken


def test_a_scope_survives_the_ledger() -> None:
    place = Place(frozenset({"b.py"}), frozenset({"a"}))
    scope = RewriteScope("simplify `a`", place, frozenset({"a.py::b", "a.py::c"}))

    assert RewriteScope.from_arguments(scope.to_arguments()) == scope


ELSE = """\
def pick(a):
    if a is None:
        return 0
    else:
        return len(a)


def keep(a):
    if a:
        print(a)
        print(a)
"""


def test_what_is_simpler_is_less_nested_and_what_is_shorter_is_smaller() -> None:
    file = source(ELSE)
    found = {}
    for sentence in ("simplify `pick` and `keep`", "shorten `pick` and `keep`"):
        made = RewriteRecipe(RewriteScope.from_arguments(last_resort(sentence).arguments))
        settled = {one.label: made.settled(file, one) for one in made.enumerate(file)}
        found[sentence.partition(" ")[0]] = settled

    flat = "def pick(a):\n    if a is None:\n        return 0\n    return len(a)"
    # A guard around all of `keep` would be one statement more; the model is asked.
    assert found["simplify"] == {"pick": Candidate(flat, frozenset({"proved"})), "keep": None}
    assert found["shorten"] == {"pick": None, "keep": None}
