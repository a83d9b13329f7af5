"""A call finds evidence or says why not, whatever a model asks for."""

import random
from collections.abc import Iterator

import pytest

from nanobot_engine.context import MicroTools
from nanobot_engine.conversation.tool_call import (
    CALL_FORM,
    Definition,
    Grep,
    Outline,
    References,
    Search,
    Slice,
    ToolCall,
)
from nanobot_engine.conversation.toolbox import Finding, Toolbox
from support import asked_workspace
from support.gbnf import Grammar


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    with asked_workspace.opened(tmp_path_factory.mktemp("shop")) as index:
        yield Toolbox(MicroTools(index))


def check_places(finding: Finding) -> list[str]:
    return [f"{piece.path}:{piece.start_line}-{piece.end_line}" for piece in finding.pieces]


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (Definition(name="CartFullError"), "shop/cart.py:6-7"),
        (References(name="CART_LIMIT"), "shop/cart.py:15-15"),
        (References(name="Cart.total"), "shop/checkout.py:6-6"),
        (Grep(text="raise CartFullError("), "shop/cart.py:16-22"),
        (Search(query="take the total out of a wallet"), "shop/checkout.py:1-7"),
        (Slice(path="shop/settings.py", first=2, last=2), "shop/settings.py:2-2"),
        (Slice(path="shop/settings.py", first=1, last=99_999), "shop/settings.py:1-2"),
    ],
)
def test_a_call_finds_lines(toolbox: Toolbox, call: ToolCall, place: str) -> None:
    finding = toolbox.run(call)

    assert finding.is_found
    assert check_places(finding)[0] == place
    assert finding.brief().startswith(place)


def test_an_outline_is_a_text(toolbox: Toolbox) -> None:
    finding = toolbox.run(Outline(path="shop/cart.py"))

    assert finding.text.startswith("shop/cart.py (python, ")
    assert finding.brief() == finding.text.splitlines()[0]
    assert finding.places() == {finding.text}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (Definition(name="totl"), "nothing is named totl; near: Cart.total"),
        (References(name="nobody_calls_this"), "nothing is named nobody_calls_this"),
        (Grep(text="nowhere at all"), "nothing found for 'nowhere at all'"),
        (Outline(path="shop/none.py"), "nothing: shop/none.py"),
        (Outline(path="../../etc/passwd"), "nothing: "),
        (Slice(path="shop/none.py", first=1, last=2), "nothing: shop/none.py"),
        (
            Slice(path="shop/settings.py", first=2, last=1),
            "nothing: shop/settings.py has",
        ),
        (
            Slice(path="shop/settings.py", first=3, last=4),
            "nothing: shop/settings.py has",
        ),
    ],
)
def test_what_is_not_there_is_said(toolbox: Toolbox, call: ToolCall, text: str) -> None:
    finding = toolbox.run(call)

    assert not finding.is_found
    assert finding.text.startswith(text)
    assert finding.places() == frozenset()


def test_whatever_the_form_admits_is_answered(toolbox: Toolbox) -> None:
    grammar = Grammar(CALL_FORM.grammar)
    chance = random.Random(8)

    for _ in range(150):
        finding = toolbox.run(CALL_FORM.read(grammar.generate(chance)))
        assert finding.pieces or finding.text
        assert finding.digest() == finding.digest()
