"""A pattern and its grammar admit the same texts."""

import random
import re

import pytest

from nanobot_engine.model.prompt.pattern_grammar import pattern_grammar
from support.gbnf import Grammar


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Za-z_][A-Za-z0-9_.]{0,9}$",
        r"^[A-Za-z0-9_./\-]{1,6}$",
        r"^a{2}b?\.[x-]{1,3}$",
        r"^[a\^\]\[.]{1,4}$",
        r"^[0-9]{1,3}:[0-9]{1,3}-[0-9]{1,3}@[0-9a-f]{4}$",
    ],
)
def test_the_grammar_is_the_pattern(pattern: str) -> None:
    grammar = Grammar(f"root ::= {pattern_grammar(pattern, 'here')}")
    chance = random.Random(3)

    for _ in range(300):
        text = grammar.generate(chance)
        assert re.fullmatch(pattern, text), text
        place = chance.randrange(len(text))
        damaged = text[:place] + chance.choice('aZ0_.-/^][ \n"\\') + text[place:]
        is_admitted = re.fullmatch(pattern[:-1] + r"\Z", damaged) is not None
        assert grammar.accepts(damaged) is is_admitted, damaged
