"""Names in an order that no rule reads are put into one that the rules do read."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

PATH = "app/run.py"
FILES = encoded(
    {
        PATH: """
            def run(job, names=(), limit=3):
                return job, names, limit


            class Reader:
                def read(self, yeardigits):
                    return yeardigits


            def load(field):
                return field
            """
    }
)


def planned(sentence: str) -> list[tuple[str, dict[str, str]]]:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    plan = asyncio.run(planner.plan(sentence))
    assert not plan.open
    return [(part.refactoring, part.values()) for part in plan.parts]


def renamed(name: str, new_name: str) -> tuple[str, dict[str, str]]:
    return "rename", {"symbol": f"{PATH}::{name}", "new_name": new_name}


JOB = renamed("run.<locals>.job", "task")


@pytest.mark.parametrize(
    "sentence",
    [
        "run: job -> task",
        "run: job arg -> task",
        "`run`: rename job to task",
        "the function run: job -> task",
        "run in run.py: job -> task",
        "run param job to task",
        "rename run parameter job to task",
        "Rename the `run` argument `job` to `task`.",
    ],
)
def test_where_may_come_first(sentence: str) -> None:
    assert planned(sentence) == [JOB]


def test_what_stands_before_a_colon_holds_for_all_that_follows() -> None:
    assert planned("run: job -> task, limit -> limit_max") == [
        JOB,
        renamed("run.<locals>.limit", "limit_max"),
    ]


def test_a_member_may_follow_its_class() -> None:
    assert planned("Reader method read to take") == [renamed("Reader.read", "take")]
    assert planned("run.py: Reader -> Source") == [renamed("Reader", "Source")]


def test_a_new_name_behind_a_colon_stays_one() -> None:
    assert planned("the run function: rename to start") == [renamed("run", "start")]


def test_a_plain_word_in_a_list_of_parameters_is_one() -> None:
    assert planned("`run`: names + limit kw only") == [
        ("make keyword only", {"function": f"{PATH}::run", "parameter": "names"})
    ]


def test_a_parameter_may_be_called_like_a_kind_of_thing() -> None:
    for sentence in ("load: field arg -> key", "rename the field argument of load to key"):
        assert planned(sentence) == [renamed("load.<locals>.field", "key")]


def test_a_parameter_that_is_left_out_is_no_plan() -> None:
    with pytest.raises(NotUnderstoodError):
        planned("rename `Reader.read` yeardigits stuff to year_digits")
