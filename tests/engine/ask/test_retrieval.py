"""Candidates come in a fixed order, and what is nowhere is known to be nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_engine.ask import Retrieved, parsed_question, retrieve
from nanobot_engine.context import FoundBy
from nanobot_indexer import Index
from support import asked_workspace


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with asked_workspace.opened(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def found(index: Index, text: str) -> Retrieved:
    return retrieve(index, parsed_question(text))


def test_a_quoted_text_comes_first(index: Index) -> None:
    pieces = found(index, "What is pinned to 10.20.30.40?").pieces

    assert (pieces[0].path, pieces[0].found_by) == ("docs/notes.md", FoundBy.GREP)


def test_a_named_definition_comes_first(index: Index) -> None:
    pieces = found(index, "What does CartFullError mean?").pieces

    assert (pieces[0].name, pieces[0].found_by) == ("CartFullError", FoundBy.DEFINITION)


def test_a_constant_is_followed_to_its_value(index: Index) -> None:
    pieces = found(index, "What is the limit of a cart by default?").pieces

    assert any(piece.path == "shop/settings.py" for piece in pieces[:3])


def test_what_is_nowhere_leaves_no_candidates(index: Index) -> None:
    code = found(index, "What does E9999-NONE mean?")
    name = found(index, "What does cart_totl return?")

    assert (code.pieces, code.missing) == ((), ("E9999-NONE",))
    assert (name.pieces, name.missing) == ((), ("cart_totl",))


def test_a_word_that_only_looks_like_a_name_is_searched(index: Index) -> None:
    assert found(index, "How does the GitHub cart work?").pieces


def test_no_piece_is_mostly_in_one_before_it(index: Index) -> None:
    pieces = found(index, "What does Cart.add do with a full cart?").pieces

    for number, piece in enumerate(pieces):
        assert not any(piece.is_mostly_in(other) for other in pieces[:number])


def test_the_places_of_a_literal_are_ordered_by_the_rest_of_the_question(tmp_path: Path) -> None:
    lines = [f"value_{number} = 5000\n\n\n\n\n\n\n\n" for number in range(9)]
    lines[6] = "retry_pause = 5000\n\n\n\n\n\n\n\n"
    with asked_workspace.opened(tmp_path, {"a.py": "".join(lines)}) as index:
        pieces = found(index, "Which pause before a retry is 5000?").pieces

    assert "retry_pause = 5000" in pieces[0].lines


def test_binary_and_odd_files_do_no_harm(tmp_path: Path) -> None:
    files = {"a.py": "def pay():\n    return 3\n", "b.bin": "\0\1\2pay", "c.txt": "pay" * 9000}
    with asked_workspace.opened(tmp_path, files) as index:
        assert found(index, "What does pay() return?").pieces[0].path == "a.py"
