"""Where a name is defined and used, the index knows alone."""

from collections.abc import Iterator

import pytest

from nanobot_engine.ask import Quote, parsed_question, retrieve
from nanobot_engine.ask.lookup import looked_up
from nanobot_indexer import Index
from support import asked_workspace

SAME = {f"{number}.py": "@cached\ndef same():\n    pass\n" for number in range(5)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with asked_workspace.opened(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def answered(index: Index, text: str) -> tuple[str, tuple[Quote, ...]]:
    return looked_up(retrieve(index, parsed_question(text)))


def test_a_definition_is_answered_by_its_place(index: Index) -> None:
    text, (quote,) = answered(index, "Where is Cart.total defined?")

    assert text == "shop/cart.py:22"
    assert (quote.path, quote.start_line, quote.text) == ("shop/cart.py", 22, "def total(self):")


def test_uses_are_counted_and_quoted(index: Index) -> None:
    text, (quote,) = answered(index, "Where is Cart.total used?")

    assert text == "1 place in 1 file"
    assert quote.text == "wallet.balance -= cart.total()"


def test_a_name_that_is_nowhere_has_no_answer(index: Index) -> None:
    assert answered(index, "Where is cart_totals defined?") == ("", ())


def test_several_definitions_are_all_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    with asked_workspace.opened(tmp_path_factory.mktemp("same"), SAME) as index:
        text, quotes = answered(index, "Where is same() defined?")

    assert text == "0.py:2, 1.py:2, 2.py:2 and 2 more"
    assert len(quotes) == 5
