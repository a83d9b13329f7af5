"""The grammar of a range admits its integers and no other."""

import random

import pytest

from nanobot_engine.model.prompt.integer_grammar import integer_grammar
from support.gbnf import Grammar


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 0), (0, 9), (1, 10), (-3, 5), (-120, -7), (8, 2000), (99, 101), (190, 2_048), (-1, 0)],
)
def test_the_integers_of_a_range_and_no_other(low: int, high: int) -> None:
    grammar = Grammar(f"root ::= {integer_grammar(low, high)}")

    for number in range(min(low, 0) - 50, high + 200):
        assert grammar.accepts(str(number)) is (low <= number <= high), number
    for text in ("", "-", "-0", "00", f"0{high}", "1.0", "+1"):
        assert not grammar.accepts(text)


def test_random_ranges() -> None:
    chance = random.Random(11)
    for _ in range(200):
        low, high = sorted(chance.randint(-(10**6), 10**6) for _ in range(2))
        grammar = Grammar(f"root ::= {integer_grammar(low, high)}")
        for number in (low - 1, low, low + 1, (low + high) // 2, high - 1, high, high + 1):
            assert grammar.accepts(str(number)) is (low <= number <= high), (low, high, number)
        assert low <= int(grammar.generate(chance)) <= high
