"""Sentences that a plan once got wrong: right now, or refused, but never something else."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from nanobot_engine.intent import CommandRequest, NotUnderstoodError, Plan, Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

TABLES = {
    "bars/__init__.py": "from bars._old import area\n",
    "bars/_old.py": "def area(bar):\n    return bar\n",
    "bars/tokens.py": """
        QUOTED_SPAN = "q"


        def quoted_span(text):
            return QUOTED_SPAN + text


        def comment(text):
            return text
        """,
    "bars/odd.py": "GREEK = {1: 2}\nTURKISH = {3: 4}\nold = GREEK\n",
    "bars/ports.py": """
        def posix_port():
            return 1


        def nt_port():
            return 2


        def _choose(name):
            return name


        get_port = posix_port
        """,
    "bars/clean_old.py": """
        def _unescape(text, named=True, octal=True, *, decimal=True):
            return text
        """,
    "bars/clean.py": """
        def _unescape(text, named=True, octal=True, *, decimal=True):
            return text, named, octal, decimal


        def clean(text, named=True, octal=True, *, decimal=True):
            return _unescape(text, named, octal, decimal=decimal)
        """,
    "tests/test_bars.py": "NAMES = ['bars._old']\n",
}  # fmt: skip


class Scripted:
    """Writes the same command for every framing."""

    def __init__(self, command: str) -> None:
        self._command = command

    async def write(self, request: CommandRequest) -> Sequence[str]:
        """Answer with the command."""
        del request
        return [self._command] * 8


def planned(
    sentence: str, command: str = "none", files: Mapping[str, str] = TABLES
) -> list[tuple[str, dict[str, str]]]:
    """Return the parts of a plan; nothing for a refusal."""
    planner = Planner(Codebase(encoded(dict(files))), tuple(REFACTORINGS.values()))
    try:
        plan: Plan = asyncio.run(planner.plan(sentence, (), Scripted(command)))
    except NotUnderstoodError:
        return []
    assert not plan.open
    return [(part.refactoring, part.values()) for part in plan.parts]


# A path that the sentence gives.


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "could you pull everything that has to do with quoted spans out of tokens.py into a"
            " module of its own, bars/spans.py"
        ),
        "pull everything about quoted spans out of tokens.py into its own module bars/spans.py",
        "move everything about quoted spans from tokens.py to a new file of its own: bars/spans.py",
    ],
)
def test_a_path_that_is_said_is_the_new_module(sentence: str) -> None:
    symbols = "bars/tokens.py::QUOTED_SPAN\nbars/tokens.py::quoted_span"
    expected = ("split module", {"symbols": symbols, "target": "bars/spans.py"})
    assert planned(sentence) == [expected]


def test_what_is_about_something_and_a_path_that_no_part_has_is_refused() -> None:
    sentence = "move everything about quoted spans from tokens.py to spans.py and fix tests/a.py"
    assert planned(sentence) == []


# Old and new names.


@pytest.mark.parametrize(
    "sentence",
    [
        "the underscore of the _old module is silly, call it old",
        (
            "the underscore of the _old module is silly, call it old. Some tests import it by its"
            " dotted name as a string, they need to change too"
        ),
        "the underscore in the module _old is silly, name it old",
    ],
)
def test_what_is_called_a_module_is_one_and_call_it_says_the_new_name(sentence: str) -> None:
    found = planned(sentence)
    assert found in ([], [("move module", {"module": "bars/_old.py", "target": "bars/old.py"})])
    assert found or "string" in sentence


def test_a_new_name_that_is_in_the_code_but_for_an_underscore_is_no_old_one() -> None:
    sentence = "the underscore of the _old module is silly, call it area"
    assert planned(sentence)[:1] != [
        ("rename", {"symbol": "bars/_old.py::area", "new_name": "_old"})
    ]


# A part of a file.


@pytest.mark.parametrize("where", ["out of odd.py into", "from odd.py to", "out of odd into"])
def test_a_part_of_a_file_is_not_the_file(where: str) -> None:
    sentence = f"please move the emoji table {where} bars/emoji.py"
    for command in (
        "none", "move module bars/odd.py to bars/emoji.py", "move module odd.py to bars/emoji.py",
        "move GREEK to bars/emoji.py",
    ):  # fmt: skip
        assert planned(sentence, command) == [], command


def test_a_part_of_a_file_that_is_there_moves() -> None:
    found = planned("please move the greek table out of odd.py into bars/greek.py")
    expected = {"symbols": "bars/odd.py::GREEK", "target": "bars/greek.py"}
    assert found in ([], [("move", expected)], [("split module", expected)])


# What is described.


@pytest.mark.parametrize(
    "sentence",
    [
        "the helper in ports.py that picks which get_port is used ought to be named _choose_port",
        "the function in ports.py that decides on get_port should be called _choose_port",
        "rename the helper that picks get_port to _choose_port",
        "rename the thing in ports.py that picks get_port to _choose_port",
    ],
)
def test_a_name_within_a_description_is_not_what_is_described(sentence: str) -> None:
    for command in ("none", "rename get_port to _choose_port"):
        assert planned(sentence, command) == [], command


def test_a_name_before_a_description_is_what_is_meant() -> None:
    expected = {"symbol": "bars/ports.py::posix_port", "new_name": "unix_port"}
    sentence = "the helper posix_port that get_port is set to should be called unix_port"
    assert planned(sentence) in ([], [("rename", expected)])
    assert planned("rename the helper posix_port to unix_port") == [("rename", expected)]


# Parameters that another function has as well.


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "In `bars/clean.py`, bundle the parameters `named`, `octal` and `decimal` of"
            " `_unescape` into a dataclass `Escapes`."
        ),
        (
            "Bundle the parameters `named`, `octal` and `decimal` of `_unescape` in"
            " `bars/clean.py` into a dataclass `Escapes`."
        ),
    ],
)
def test_the_function_is_the_one_of_the_file_that_a_sentence_begins_with(sentence: str) -> None:
    expected = {
        "function": "bars/clean.py::_unescape", "parameters": "named, octal, decimal",
        "class_name": "Escapes",
    }  # fmt: skip
    assert planned(sentence) == [("introduce parameter object", expected)]


# A file that is left out.


@pytest.mark.parametrize(
    "end",
    ["but not in _old.py", "except in bars/_old.py", "but not in bars/_old.py or bars/odd.py"],
)
def test_a_file_that_is_out_of_reach_anyway_may_be_left_out(end: str) -> None:
    expected = {"pattern": "_unescape($a)", "replacement": "clean($a)", "where": "bars/clean.py"}
    sentence = f"Replace `_unescape($a)` by `clean($a)` in bars/clean.py, {end}."
    assert planned(sentence) == [("replace pattern", expected)]


def test_a_file_that_is_in_reach_is_not_left_out_silently() -> None:
    sentence = "Replace `_unescape($a)` by `clean($a)` in bars/, but not in _old.py."
    assert planned(sentence) == []
    sentence = "Replace `_unescape($a)` by `clean($a)`, but not in _old.py."
    assert planned(sentence) == []


def test_where_something_is_now_is_not_left_out() -> None:
    expected = {"symbols": "bars/tokens.py::comment", "target": "bars/odd.py"}
    assert planned("comment should be in odd.py, not in tokens.py") == [("move", expected)]
