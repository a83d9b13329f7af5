"""What other files say about a place: definitions of its names, and code that is alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_engine.completion.context import gathered
from nanobot_engine.completion.request import CompletionRequest
from nanobot_engine.completion.withheld import withheld_reason
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Index, ingest, open_index

PRICES = '''"""Prices."""


class PriceList:
    """Prices by item."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def price_of(self, item: str, *, amount: int = 1) -> float:
        """Return the price of an item."""
        return 1.0 * amount

    def _secret(self) -> None: ...


def rounded_price(price: float) -> float:
    """Round."""
    return round(price, 2)
'''
ALIKE = """def send_invoice(customer, amount, currency):
    if amount <= 0:
        raise ValueError("no amount")
    document = render_invoice(customer, amount, currency)
    deliver(document, customer.address)
    log_delivery(customer, document)
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    files = {
        "shop/prices.py": PRICES,
        "shop/invoice.py": ALIKE,
        "shop/keys.pem": "rounded_price PriceList",
        "setup.py": "def rounded_price(): ...\n",
        "shop/cart.py": "def total(): ...\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    ingest(tmp_path, options=DEFAULT_INDEX_OPTIONS)
    with open_index(tmp_path) as opened:
        yield opened


def test_names_at_the_cursor_bring_the_headers_of_their_definitions(index: Index) -> None:
    before = "from shop.prices import PriceList, rounded_price\n\nprices = PriceList('EUR')\nx = "
    pieces = gathered(index, CompletionRequest("shop/cart.py", before, "\n"))

    text_by_name = {piece.text.split("(")[0].split(":")[0]: piece for piece in pieces}
    assert text_by_name["class PriceList"].text == (
        "class PriceList:\n"
        "    def __init__(self, currency: str) -> None:\n"
        "    def price_of(self, item: str, *, amount: int = 1) -> float:"
    )
    assert text_by_name["def rounded_price"].path == "shop/prices.py"


def test_protected_files_are_never_shown(index: Index) -> None:
    before = "import setup\nrounded_price(PriceList, keys)\nx = "
    pieces = gathered(index, CompletionRequest("shop/cart.py", before, "\n"))

    assert pieces
    assert {piece.path for piece in pieces} <= {"shop/prices.py", "shop/invoice.py"}


def test_code_that_is_alike_shows_what_comes_next(index: Index) -> None:
    before = """def send_reminder(customer, amount, currency):
    if amount <= 0:
        raise ValueError("no amount")
    document = render_invoice(customer, amount, currency)
    """
    pieces = gathered(index, CompletionRequest("shop/cart.py", before, "\n"))

    assert any("deliver(document, customer.address)" in piece.text for piece in pieces)


def test_the_file_itself_is_no_other_file(index: Index) -> None:
    pieces = gathered(index, CompletionRequest("shop/prices.py", "rounded_price(PriceList\n", "\n"))

    assert all(piece.path != "shop/prices.py" for piece in pieces)


def test_names_that_nobody_defines_bring_nothing(index: Index) -> None:
    assert gathered(index, CompletionRequest("shop/cart.py", "zebra = \n", "\n")) == ()


@pytest.mark.parametrize(
    ("path", "is_withheld"),
    [
        ("shop/cart.py", False),
        ("shop/new.py", False),
        ("notes.txt", False),
        (".env", True),
        ("deploy/server.key", True),
        ("private/notes.py", True),
        ("shop/local_settings.py", True),
    ],
)
def test_protected_and_ignored_files_are_withheld(
    tmp_path: Path, path: str, *, is_withheld: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("private/\nlocal_*\n")

    assert (withheld_reason(tmp_path, path) is not None) is is_withheld


def test_a_workspace_that_is_gone_withholds_everything(tmp_path: Path) -> None:
    assert withheld_reason(tmp_path / "gone", "a.py") is not None
