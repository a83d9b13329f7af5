"""A sentence that no rule reads, as commands that somebody wrote: programs check and count them."""

import asyncio
from collections.abc import Sequence

import pytest

from nanobot_engine.intent import CommandRequest, NotUnderstoodError, Plan, Planner, Question
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/io.py": (
            "def load(path, mode='r'):\n    return path, mode\n\n\n"
            "def dump(path):\n    return path\n"
        ),
        "app/text.py": "class Reader:\n    def read(self, size):\n        return size\n",
        "app/use.py": "from app.io import load\n\nprint(load('a', 'b'))\n",
    }
)


class Scripted:
    """Writes what it is given."""

    def __init__(self, *answers: str) -> None:
        self.requests: list[CommandRequest] = []
        self._answers = answers

    async def write(self, request: CommandRequest) -> Sequence[str]:
        self.requests.append(request)
        return self._answers


class User:
    """Answers with the option that holds some words."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted

    async def choose(self, question: Question) -> int | None:
        return next((i for i, one in enumerate(question.options) if self._wanted in one), None)


def plan_of(sentence: str, writer: Scripted, *users: User) -> Plan:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    return asyncio.run(planner.plan(sentence, users, writer))


def parts_of(plan: Plan) -> list[tuple[str, dict[str, str]]]:
    return [(part.refactoring, part.values()) for part in plan.parts]


@pytest.mark.parametrize(
    ("sentence", "command", "expected"),
    [
        ("christen load read_file henceforth", "rename load to read_file",
         ("rename", {"symbol": "app/io.py::load", "new_name": "read_file"})),
        ("load and dump shack up with `app/text.py`", "move load, dump to app/text.py",
         ("move", {"symbols": "app/io.py::load\napp/io.py::dump", "target": "app/text.py"})),
        ("load gets one thing more, level, 3 unless one says otherwise",
         "add parameter level = 3 to load",
         ("add parameter", {"function": "app/io.py::load", "parameter": "level", "default": "3"})),
        ("mode had best be spelled out wherever load gets it by position",
         "keyword-only parameter mode of load",
         ("make keyword only", {"function": "app/io.py::load", "parameter": "mode"})),
        ("path of dump wants to be spoken of as target",
         "rename parameter path of dump to target",
         ("rename", {"symbol": "app/io.py::dump.<locals>.path", "new_name": "target"})),
        ("io.py and text.py had better be one, the latter", "merge file app/io.py into app/text.py",
         ("merge modules", {"module": "app/io.py", "target": "app/text.py"})),
    ],
)  # fmt: skip
def test_what_all_answers_say_is_planned_and_told(
    sentence: str, command: str, expected: tuple[str, dict[str, str]]
) -> None:
    plan = plan_of(sentence, Scripted(*[command] * 8))

    assert parts_of(plan) == [expected]
    assert plan.sentence == sentence
    assert plan.decided is not None
    assert plan.decided.options[-1].startswith("something else")


def test_a_recipe_is_a_goal() -> None:
    plan = plan_of("dump is dark to me, somebody explain it", Scripted("write docstrings for dump"))

    assert plan.goal is not None
    assert (plan.goal.recipe, plan.goal.arguments["names"]) == ("document", "dump")
    assert not plan.parts
    assert not plan.is_unread


def test_several_commands_are_several_parts() -> None:
    plan = plan_of(
        "load: read_file, dump: write_file",
        Scripted("rename load to read_file; rename dump to write_file"),
    )

    assert [part.values()["new_name"] for part in plan.parts] == ["read_file", "write_file"]


def test_answers_that_differ_are_a_question_and_no_plan() -> None:
    writer = Scripted(*["merge file app/io.py into app/text.py"] * 5,
                      *["merge file app/text.py into app/io.py"] * 3)  # fmt: skip
    sentence = "io.py + text.py = a single one"

    plan = plan_of(sentence, writer)

    assert plan.is_unread
    assert plan.decided is None
    assert len(plan.open[0].options) == 3
    (answered,) = plan_of(sentence, writer, User("module app/text.py")).parts
    assert answered.values() == {"module": "app/text.py", "target": "app/io.py"}


def test_a_user_may_say_that_none_is_right() -> None:
    with pytest.raises(NotUnderstoodError):
        plan_of(
            "christen load read_file henceforth",
            Scripted(*["rename load to read_file"] * 8),
            User("none of these"),
        )


@pytest.mark.parametrize(
    ("sentence", "command"),
    [
        ("load read_file and mend `dump`", "rename load to read_file"),
        ("load, dump: mode first, then `path`", "none"),
        ("christen load read_file henceforth", "rename load to christen"),
        ("christen load read_file henceforth", "rename nobody to read_file"),
        (
            "load should not be in one file with dump, `app/text.py` it is",
            "move load, dump to app/text.py",
        ),
        ("give load 'text' as its mode", "move load to app/io.py"),
        ("explain load and `dump` to me", "write docstrings for load"),
    ],
)
def test_what_leaves_out_a_name_or_is_no_command_counts_nothing(
    sentence: str, command: str
) -> None:
    with pytest.raises(NotUnderstoodError):
        plan_of(sentence, Scripted(*[command] * 8))


@pytest.mark.parametrize(
    "sentence",
    [
        "is load christened read_file?",
        "christen load read_file unless somebody imports it",
        "never christen load read_file",
        "christen load read_file, keep an alias",
    ],
)
def test_a_question_or_a_restricted_wish_is_not_asked_about(sentence: str) -> None:
    writer = Scripted(*["rename load to read_file"] * 8)

    with pytest.raises(NotUnderstoodError):
        plan_of(sentence, writer)
    assert not writer.requests


def test_of_two_readings_the_one_that_the_code_allows_is_taken() -> None:
    # `mode` is used: it can not be removed.
    writer = Scripted(*["remove parameter mode of load"] * 4,
                      *["keyword-only parameter mode of load"] * 4)  # fmt: skip

    plan = plan_of("mode never without its name, load of course", writer)

    assert plan.is_unread
    assert [one for one in plan.open[0].options if "remove" in one] == []


def test_what_most_answers_say_is_offered_even_where_the_code_does_not_allow_it() -> None:
    writer = Scripted(*["remove parameter mode of load"] * 5,
                      *["keyword-only parameter mode of load"] * 3)  # fmt: skip

    plan = plan_of("mode never without its name, load of course", writer)

    assert ["remove" in one for one in plan.open[0].options] == [True, False, False]


def test_what_a_model_may_write_holds_the_names_of_the_sentence_alone() -> None:
    writer = Scripted("none")

    with pytest.raises(NotUnderstoodError):
        plan_of("christen load read_file henceforth", writer)
    (request,) = writer.requests
    assert '"load"' in request.grammar
    assert '"read_file"' in request.grammar
    assert "dump" not in request.grammar
    assert "docstrings" not in request.grammar
    assert request.names == "load: function(path, mode); read_file: new"


def test_without_an_answer_it_stays_refused() -> None:
    with pytest.raises(NotUnderstoodError):
        plan_of("christen load read_file henceforth", Scripted())


@pytest.mark.parametrize("adverb", ["simply", "really", "consistently"])
def test_an_adverb_is_no_new_name(adverb: str) -> None:
    writer = Scripted("none")

    with pytest.raises(NotUnderstoodError):
        plan_of(f"Reader is too long, {adverb} dub the class class", writer)
    assert all(f'"{adverb}"' not in request.grammar for request in writer.requests)


def test_a_renaming_is_asked_about_where_a_sentence_says_what_code_does() -> None:
    writer = Scripted(*["rename Reader to Buffer"] * 8)
    asked = plan_of("make Reader use Buffer instead of files", writer)
    assert not asked.parts
    assert len(writer.requests) == 1


def test_what_is_to_be_given_in_a_call_is_no_new_name() -> None:
    sentence = "whoever calls `load` should be forced to give `mode` by keyword"
    with pytest.raises(NotUnderstoodError):
        plan_of(sentence, Scripted(*["rename load to mode"] * 8))


@pytest.mark.parametrize(
    ("sentence", "command"),
    [
        ("Reader -> Buffer", "rename Reader to Buffer"),
        ("i would like load to become fetch_all", "rename load to fetch_all"),
        ("henceforth `load` ought to be `fetch_all`", "rename load to fetch_all"),
    ],
)
def test_a_new_name_where_one_stands_speaks_of_a_renaming(sentence: str, command: str) -> None:
    plan = plan_of(sentence, Scripted(*[command] * 8))
    assert [part.refactoring for part in plan.parts] == ["rename"]
