import random

import pytest

from nanobot_indexer.needle.needle import Form
from nanobot_indexer.needle.paraphrase import (
    PAIRS,
    Pair,
    paraphrased_needles,
    rare_words,
    shared_words,
)


def test_the_table_is_large_and_asks_nothing_twice() -> None:
    assert len(PAIRS) >= 40
    assert len({pair.question for pair in PAIRS}) == len(PAIRS)
    assert len({pair.text for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.question)
def test_a_question_shares_no_rare_word_with_its_needle(pair: Pair) -> None:
    assert not rare_words(shared_words(pair))


def test_most_questions_share_no_word_at_all() -> None:
    assert sum(not shared_words(pair) for pair in PAIRS) > len(PAIRS) / 2


def test_a_shared_word_is_seen_in_another_form() -> None:
    pair = Pair(Form.DOC, "Pelicans were painted.", "Who paints each pelican?")

    assert rare_words(shared_words(pair)) == {"pelican", "paint"}


def test_slots_are_filled_and_follow_the_generator() -> None:
    needles = paraphrased_needles(random.Random(7), len(PAIRS))

    assert not [needle for needle in needles if "{number}" in needle.text]
    assert needles == paraphrased_needles(random.Random(7), len(PAIRS))
    assert needles != paraphrased_needles(random.Random(8), len(PAIRS))
