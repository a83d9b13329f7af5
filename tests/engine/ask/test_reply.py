"""A reply counts when what it says it read is what it was shown."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nanobot_engine.ask import Retrieved, parsed_question, retrieve
from nanobot_engine.ask.reply import Claim, checked, says_the_same
from nanobot_engine.context import ContentGate, Shown
from nanobot_engine.recipe import Candidate, RedFlag
from nanobot_indexer import Index
from support import asked_workspace
from support.asked_workspace import FILES

QUESTION = "Which exception is raised when a cart is full?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with asked_workspace.opened(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def asked(index: Index, question: str) -> tuple[Sequence[Shown], Retrieved]:
    async def count(text: str) -> int:
        return len(text) // 4

    retrieved = retrieve(index, parsed_question(question))
    gate = ContentGate(retrieved.relevance, count)
    return asyncio.run(gate.admit(retrieved.pieces[:5], tokens_max=500)), retrieved


def test_a_copied_line_is_found_in_its_file(index: Index) -> None:
    claim = checked(
        "line: raise   CartFullError(item)\nanswer: CartFullError.", *asked(index, QUESTION)
    )

    assert isinstance(claim, Claim)
    (citation,) = claim.citations
    assert claim.answer == "CartFullError"
    assert (citation.shown.evidence.path, citation.line_number) == ("shop/cart.py", 19)
    assert citation.quote == "raise CartFullError(item)"


def test_a_lone_name_stands_for_the_line_that_defines_it(index: Index) -> None:
    question = "What is the name of the class of the error when a cart is full?"
    claim = checked("line: CartFullError\nanswer: CartFullError", *asked(index, question))

    assert isinstance(claim, Claim)
    assert [citation.quote for citation in claim.citations] == ["class CartFullError(Exception):"]


def test_the_value_of_a_name_is_cited_where_it_is_set(index: Index) -> None:
    reply = "line: self.limit = CART_LIMIT\nanswer: 40"
    claim = checked(reply, *asked(index, "What is the limit of a cart by default?"))

    assert isinstance(claim, Claim)
    assert [citation.quote for citation in claim.citations] == [
        "self.limit = CART_LIMIT",
        "CART_LIMIT = 40",
    ]


def test_a_name_of_the_answer_is_cited_where_it_stands(index: Index) -> None:
    reply = "line: if len(self.items) >= self.limit:\nanswer: CartFullError"
    claim = checked(reply, *asked(index, QUESTION))

    assert isinstance(claim, Claim)
    assert len(claim.citations) == 2
    assert "CartFullError" in claim.citations[1].quote


def test_no_line_is_a_reply_too(index: Index) -> None:
    assert checked("line: none", *asked(index, QUESTION)) == Claim("", ())


@pytest.mark.parametrize(
    ("reply", "flag"),
    [
        ("CartFullError", "form"),
        ("line: raise CartFullError(item)", "form"),
        ("line: raise CartEmptyError(item)\nanswer: CartEmptyError", "quote"),
        ("line: ...\nanswer: CartFullError", "quote"),
        ("line: if\nanswer: CartFullError", "quote"),
        ("line: raise CartFullError(item)\nanswer: ...", "empty"),
        ("line: raise CartFullError(item)\nanswer: a cart is full", "echo"),
        ("line: raise CartFullError(item)\nanswer: WalletEmptyError", "unsupported"),
        ("line: raise CartFullError(item)\nanswer: 404", "unsupported"),
        ("line: raise CartFullError(item)\nanswer: None", "unsupported"),
    ],
)
def test_what_was_not_shown_is_discarded(index: Index, reply: str, flag: str) -> None:
    found = checked(reply, *asked(index, QUESTION))

    assert isinstance(found, RedFlag)
    assert found.name == flag


def test_evidence_about_something_else_is_discarded(index: Index) -> None:
    question = "Which currency does the Redis exporter bill in?"
    found = checked("line: CURRENCY = 'EUR'\nanswer: 'EUR'", *asked(index, question))

    assert isinstance(found, RedFlag)
    assert found.name == "subject"


def test_what_is_quoted_stands_next_to_the_copied_line(tmp_path: Path) -> None:
    lines = [f"2024 [info] E10{number:02}-AAAA drawer {number} is stuck" for number in range(20)]
    with asked_workspace.opened(tmp_path, {"a.log": "\n".join(lines) + "\n"}) as index:
        shown, retrieved = asked(index, "What does E1010-AAAA say?")
        own = checked(f"line: {lines[10]}\nanswer: drawer 10 is stuck", shown, retrieved)
        other = checked(f"line: {lines[13]}\nanswer: drawer 13 is stuck", shown, retrieved)

    assert isinstance(own, Claim)
    assert isinstance(other, RedFlag)
    assert other.name == "subject"


def test_a_repeated_code_is_answered_by_its_line(index: Index) -> None:
    line = FILES["logs/shop.log"].strip()
    question = "What does E4711-QXZW say?"
    claim = checked(f"line: {line}\nanswer: E4711-QXZW", *asked(index, question))

    assert isinstance(claim, Claim)
    assert claim.answer == line


def test_what_a_name_returns_is_in_its_definition_and_not_where_it_is_called(
    index: Index,
) -> None:
    shown, retrieved = asked(index, "What does Cart.total return?")
    own = "line: return sum(item.price for item in self.items)\nanswer: the sum of item.price"
    caller = "line: return wallet.balance\nanswer: wallet.balance"

    assert isinstance(checked(own, shown, retrieved), Claim)
    flag = checked(caller, shown, retrieved)
    assert isinstance(flag, RedFlag)
    assert flag.name == "subject"


def test_who_asks_for_a_function_is_told_one(index: Index) -> None:
    question = "Which method raises the error when the cart is full?"
    line = "line: raise CartFullError(item)\nanswer: "
    other = checked(f"{line}CartFullError(item)", *asked(index, question))
    method = checked(f"{line}Cart.add", *asked(index, question))

    assert isinstance(other, RedFlag)
    assert other.name == "kind"
    assert isinstance(method, Claim)


def test_what_is_only_near_the_copied_line_is_not_what_it_is_about(
    tmp_path: Path,
) -> None:
    code = (
        "class Route:\n    def __init__(self, rate_ceiling):\n        self.rate = rate_ceiling\n\n"
        "class Table:\n    def __init__(self, replica_list):\n        self.all = replica_list\n"
    )
    question = "What is the name of the class constructed with a rate ceiling and a replica list?"
    with asked_workspace.opened(tmp_path, {"a.py": code}) as index:
        shown, retrieved = asked(index, question)
        near = checked("line: class Route:\nanswer: Route", shown, retrieved)

    assert isinstance(near, RedFlag)
    assert near.name == "subject"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("CartFullError", "a CartFullError", True),
        ("40", "40 items", True),
        ("40", "41", False),
        ("CartFullError", "CartError", False),
        ("the total price", "total price of all", True),
        ("ascending order", "descending", False),
    ],
)
def test_answers_are_the_same_with_the_same_names_and_values(
    first: str, second: str, *, expected: bool
) -> None:
    candidates = [Candidate(text, frozenset()) for text in (first, second)]

    assert says_the_same(*candidates) is expected
    assert says_the_same(*reversed(candidates)) is expected
