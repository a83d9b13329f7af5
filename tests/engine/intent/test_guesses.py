"""Sentences in words that no rule knows: a reader of English is asked what is meant."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Planner, Question
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/io.py": "def load(path):\n    return path\n\n\ndef dump(path):\n    return path\n",
        "app/text.py": "class Reader:\n    def read(self, size):\n        return size\n",
    }
)


class Reader:
    """Picks an option by a part of its words, or says that none is right."""

    def __init__(self, wanted: str) -> None:
        self.questions: list[Question] = []
        self._wanted = wanted

    async def choose(self, question: Question) -> int | None:
        self.questions.append(question)
        return next((i for i, one in enumerate(question.options) if self._wanted in one), None)


def planned(sentence: str, reader: Reader) -> list[tuple[str, dict[str, str]]]:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    plan = asyncio.run(planner.plan(sentence, [reader]))
    assert plan.sentence == sentence
    return [(part.refactoring, part.values()) for part in plan.parts]


@pytest.mark.parametrize(
    ("sentence", "wanted", "expected"),
    [
        ("christen load read_file henceforth", "rename",
         ("rename", {"symbol": "app/io.py::load", "new_name": "read_file"})),
        ("load and dump shack up with `app/text.py`", "move",
         ("move", {"symbols": "app/io.py::load\napp/io.py::dump", "target": "app/text.py"})),
    ],
)  # fmt: skip
def test_what_a_reader_picks_is_planned(
    sentence: str, wanted: str, expected: tuple[str, dict[str, str]]
) -> None:
    reader = Reader(wanted)

    assert planned(sentence, reader) == [expected]
    assert reader.questions[0].options[-1] == "something else, none of these"


@pytest.mark.parametrize(
    "sentence",
    [
        "christen load read_file henceforth",
        "load read_file asynchronous rust",
        "load zorbs wibble flurgle frobs read_file",
        "why",
    ],
)
def test_without_a_pick_it_stays_refused(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError):
        planned(sentence, Reader("none of these"))


def test_a_sentence_with_more_than_the_guess_explains_is_not_asked() -> None:
    reader = Reader("rename")

    for sentence in ("load zorbs wibble flurgle frobs read_file", "christen load read_file async"):
        with pytest.raises(NotUnderstoodError):
            planned(sentence, reader)
    assert not reader.questions
