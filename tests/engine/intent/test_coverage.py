"""A plan that leaves out what the sentence names is refused."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Planner
from nanobot_engine.intent.coverage import unexplained
from nanobot_engine.intent.words.sentence import tokenized
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/io.py": "def load(path):\n    return path\n\n\ndef dump(path):\n    return path\n",
        "app/text.py": "def read_call():\n    return 1\n",
    }
)


def planned(sentence: str) -> list[str]:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    return [part.refactoring for part in asyncio.run(planner.plan(sentence)).parts]


@pytest.mark.parametrize(
    "sentence",
    [
        "rename load to read as `dump_all` does",
        "move load to text.py like app/other.py",
        "rename load to read and make it faster",
        "load is dark to me, explain it",
        "the path argument of load should be spelled source, and dump target",
        "please call the fil of `dump` something better",
        "rename load to something better",
        "call the fil of dump better",
        "`load` should have a docstring that is true",
        "load needs a test",
        "please call what is read by `dump` something better",
    ],
)
def test_what_no_part_is_about_refuses_all(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError):
        planned(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "dump is fine but load should be called read_it",
        "rename `load` in `app/io.py` to `read_it` and update every use",
        "rename laod to read_it",
        "rename load to read it",
        "readcall -> read_all (text.py)",
        "load should be called read the file",
        "dump -> load_all, and don't touch the docs",
    ],
)
def test_what_is_said_of_the_plan_is_no_more_than_it(sentence: str) -> None:
    assert planned(sentence) == ["rename"]


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Whoever calls the thing", ["Whoever"]),
        ("Bundle the things", []),
        ("bundle the things of Client", ["Client"]),
    ],
)
def test_a_capital_counts_but_for_a_verb_that_begins_a_sentence(
    sentence: str, left: list[str]
) -> None:
    found = unexplained(tokenized(sentence), (), lambda word: word == "-")
    assert [token.raw for token in found] == left
