"""Where else a rename is to reach."""

import pytest

from nanobot_engine.intent.words.scope import reach
from nanobot_engine.intent.words.sentence import tokenized


@pytest.mark.parametrize(
    "also",
    [
        "in the dotted strings that the tests hand to `mocker.patch`", "in strings",
        "in the strings passed to patch", "in dotted strings given to mock.patch",
    ],
)  # fmt: skip
def test_strings_that_tests_patch_by_are_strings(also: str) -> None:
    found, _, left = reach(tokenized(f"Rename the function `f` in `a.py` to `g`, also {also}."))

    assert found == "strings"
    assert [token.raw for token in left] == [
        "Rename", "the", "function", "`f`", "in", "`a.py`", "to", "`g`", "."
    ]  # fmt: skip


@pytest.mark.parametrize("also", ["in the strings that `g` returns", "in strings of `b.py`"])
def test_strings_of_something_else_are_left_to_be_explained(also: str) -> None:
    _, _, left = reach(tokenized(f"rename f to g, also {also}"))

    assert any(token.is_code for token in left)
