"""Micro-tools return lines with the handle that opens them again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_engine.context import FoundBy, MicroTools
from nanobot_engine.context.micro_tools import LINE_CHARS_MAX
from nanobot_indexer import Index, open_handle
from support import asked_workspace


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with asked_workspace.opened(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def tools(index: Index) -> MicroTools:
    return MicroTools(index)


def test_a_definition_is_found_with_its_headers(tools: MicroTools, index: Index) -> None:
    (cart,) = tools.definition("Cart", limit=5)

    assert (cart.path, cart.lines[0], cart.name) == ("shop/cart.py", "class Cart:", "Cart")
    assert cart.found_by is FoundBy.DEFINITION
    assert len(cart.header_lines) == 4
    opened = open_handle(index.live, cart.handle, chars_max=9999)
    assert opened.text.rstrip("\n") == cart.text


def test_a_name_in_its_scope_is_that_name_only(tools: MicroTools) -> None:
    (total,) = tools.definition("Cart.total", limit=5)

    assert total.lines[0].strip() == "def total(self):"
    assert tools.definition("cart_totals", limit=5) == []
    assert "Cart.total" in tools.near("totl", limit=5)


def test_a_text_is_found_as_it_stands_with_lines_around(tools: MicroTools) -> None:
    (place,) = tools.grep("raise CartFullError(", limit=9)

    assert place.name == "Cart.add"
    assert "            raise CartFullError(item)" in place.lines
    assert tools.grep("raise cartFullError(", limit=9) == []


def test_uses_are_found_without_the_definition(tools: MicroTools) -> None:
    places = tools.references("total", limit=9)

    assert [place.path for place in places] == ["shop/checkout.py"]


def test_a_search_returns_chunks(tools: MicroTools) -> None:
    found = tools.search("take money out of a wallet", limit=3)

    assert found[0].path == "shop/checkout.py"
    assert found[0].found_by is FoundBy.SEARCH


def test_a_slice_is_lines_of_the_same_file(tools: MicroTools) -> None:
    (cart,) = tools.definition("CartFullError", limit=5)

    assert tools.slice(cart.handle, 1, 3)[0] == '"""Carts of a shop."""'


def test_an_outline_is_the_structure_of_a_file(tools: MicroTools) -> None:
    names = [entry.name for entry in tools.outline("shop/cart.py").entries]

    assert names == ["CartFullError", "Cart", "__init__", "add", "total"]


def test_a_huge_line_is_cut(tmp_path: Path) -> None:
    files = {"a.txt": "needle " + "x" * 15_000 + "\n"}
    with asked_workspace.opened(tmp_path, files) as index:
        tools = MicroTools(index)
        for piece in (*tools.grep("needle", limit=1), *tools.search("needle", limit=1)):
            assert max(map(len, piece.lines)) <= LINE_CHARS_MAX
