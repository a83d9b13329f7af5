"""A small workspace to ask about, and a model that replies by rule."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nanobot_engine.model import Sample, Segment, Wave, WaveResult
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Index, ingest, open_index

FILES = {
    "shop/cart.py": '''\
"""Carts of a shop."""

from shop.settings import CART_LIMIT


class CartFullError(Exception):
    """Nothing more fits."""


class Cart:
    """Things that somebody wants to buy."""

    def __init__(self):
        self.items = []
        self.limit = CART_LIMIT

    def add(self, item):
        if len(self.items) >= self.limit:
            raise CartFullError(item)
        self.items.append(item)

    def total(self):
        return sum(item.price for item in self.items)
''',
    "shop/settings.py": "CART_LIMIT = 40\nCURRENCY = 'EUR'\n",
    "shop/checkout.py": '''\
from shop.cart import Cart


def pay(cart: Cart, wallet):
    """Take the total of a cart out of a wallet."""
    wallet.balance -= cart.total()
    return wallet.balance
''',
    "logs/shop.log": "2024-01-01 [info] E4711-QXZW drawer refused to open the till\n",
    "docs/notes.md": "# Notes\n\nThe till is pinned to 10.20.30.40 until the move is done.\n",
}


def write(root: Path, files: dict[str, str] | None = None) -> None:
    """Write a workspace and index it."""
    for path, text in (FILES if files is None else files).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    ingest(root, options=DEFAULT_INDEX_OPTIONS)


@contextmanager
def opened(root: Path, files: dict[str, str] | None = None) -> Iterator[Index]:
    """Write a workspace, index it and open the index."""
    write(root, files)
    with open_index(root) as index:
        yield index


Reply = Callable[[str, int], str]


class ReplyingModel:
    """Implements `WaveModel`: a function of the prompt and the seed gives the reply."""

    slots = 8

    def __init__(self, reply: Reply, *, context_tokens: int = 2048) -> None:
        """Reply with what `reply` returns for the text of a prompt and a seed."""
        self._reply = reply
        self.context_tokens = context_tokens
        self.waves: list[Wave] = []

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Count about four characters as a token."""
        return sum(len(segment.text) for segment in segments) // 4

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Reply at once."""
        self.waves.append(wave)
        texts = ["".join(part.text for part in prompt) for prompt in wave.prompts]
        samples = tuple(
            tuple(
                Sample(self._reply(text, wave.seed + number), 9, "stop", None)
                for number in range(wave.samples)
            )
            for text in texts
        )
        return WaveResult(samples, 300, 200, 9 * wave.samples, 0.01, 0.005, 0.005)
