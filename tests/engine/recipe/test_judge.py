"""The recipe that asks for a yes or a no."""

import pytest

from nanobot_engine.edit import TextEdit, source_from_bytes
from nanobot_engine.recipe import (
    Candidate,
    DeclinedError,
    Item,
    Judgement,
    JudgeRecipe,
    RedFlag,
)

TEXT = "".join(f"line_{number} = {number}\n" for number in range(200)) + "thing.area()\n"
SOURCE = source_from_bytes("a.py", TEXT.encode())
AT = TEXT.index("area")
EDIT = TextEdit(AT, AT + 4, b"surface", "a.py::", "rename")
ITEM = Item(f"a.py::#{AT}", "a.py", "line 201")
RECIPE = JudgeRecipe({ITEM.key: Judgement("Is `thing` a `Shape` here?", EDIT)})


def test_the_question_shows_the_marked_line_and_what_fits_before_it() -> None:
    asked = RECIPE.ask(SOURCE, ITEM, code_bytes_max=200)

    code, _, question = asked.partition("\n\n")
    lines = code.split("\n")
    assert question == "Is `thing` a `Shape` here?"
    assert [line for line in lines if line.startswith(">")] == ["> thing.area()"]
    assert lines[-2] == "  line_199 = 199"
    assert 5 < len(lines) < 20
    assert len(code.encode()) < 220


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_every_line_end_counts_once(newline: str) -> None:
    data = TEXT.replace("\n", newline).encode()
    at = data.index(b"area")
    recipe = JudgeRecipe(
        {ITEM.key: Judgement("?", TextEdit(at, at + 4, b"surface", "a.py::", "rename"))}
    )

    asked = recipe.ask(source_from_bytes("a.py", data), ITEM, code_bytes_max=60)

    assert "\n> thing.area()" in asked


def test_a_long_line_is_shown_alone() -> None:
    asked = RECIPE.ask(SOURCE, ITEM, code_bytes_max=1)

    assert asked == "> thing.area()\n\nIs `thing` a `Shape` here?"


@pytest.mark.parametrize(("answer", "word"), [("yes", "yes"), (" No ", "no")])
def test_an_answer_is_one_of_two_words(answer: str, word: str) -> None:
    assert RECIPE.parse(SOURCE, ITEM, answer) == Candidate(word, frozenset({word}))


def test_another_answer_does_not_count() -> None:
    flag = RECIPE.parse(SOURCE, ITEM, "maybe")

    assert isinstance(flag, RedFlag)
    assert flag.name == "format"


def test_a_yes_is_the_planned_edit_and_a_no_is_none() -> None:
    yes, no = (Candidate(word, frozenset({word})) for word in ("yes", "no"))

    assert RECIPE.edit(SOURCE, ITEM, yes) is EDIT
    assert not RECIPE.agrees(yes, no)
    with pytest.raises(DeclinedError, match="means something else"):
        RECIPE.edit(SOURCE, ITEM, no)
