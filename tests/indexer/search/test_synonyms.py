import pytest

from nanobot_indexer.fingerprint.stem import stem
from nanobot_indexer.search.synonyms import (
    ABBREVIATION_WEIGHT,
    FAMILY_WEIGHT,
    SYNONYM_WEIGHT,
    related_words,
)


@pytest.mark.parametrize(
    ("word", "related", "weight"),
    [
        ("remove", "delete", SYNONYM_WEIGHT),
        ("directory", "dir", SYNONYM_WEIGHT),
        ("messages", "msg", SYNONYM_WEIGHT),
        ("identifiers", "id", SYNONYM_WEIGHT),
        ("parametrization", "param", ABBREVIATION_WEIGHT),
        ("connection", "connect", FAMILY_WEIGHT),
        ("connect", "connection", FAMILY_WEIGHT),
    ],
)
def test_a_word_is_related_to_what_code_says(word: str, related: str, weight: float) -> None:
    found = dict(related_words(stem(word).decode()))

    assert found[stem(related).decode()] == weight


@pytest.mark.parametrize("word", ["", "x", "load_cfg", "404", "größe", "表"])
def test_what_is_no_english_word_has_no_related_words(word: str) -> None:
    assert related_words(word) == ()


def test_a_word_is_not_related_to_itself_and_each_word_is_there_once() -> None:
    for word in ("remov", "connection", "configuration", "valu", "parser"):
        words = [other for other, _ in related_words(word)]
        assert word not in words
        assert len(set(words)) == len(words)
        assert all(0 < weight < 1 for _, weight in related_words(word))
