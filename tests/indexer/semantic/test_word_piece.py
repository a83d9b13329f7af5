"""Texts as the tokens of the model, and nothing a text says changes their frame."""

import pytest

from nanobot_indexer.semantic.word_piece import WORD_CHARS_MAX, WordPieces, words_of

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "def", "read", "##er", "##s", "r", "_", "(", "é", "e")


def pieces_of(text: str, tokens_max: int = 64) -> list[str]:
    return [PIECES[number] for number in WordPieces(PIECES).numbers(text, tokens_max=tokens_max)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def readFile(path):", ["def", "readfile", "(", "path", ")", ":"]),
        ("a_b\tc\r\nd\x00e\x07f\x0bg", ["a", "_", "b", "c", "defg"]),
        ("Größe naïve É", ["große", "naive", "e"]),
        ("日本 ok", ["日", "本", "ok"]),
        ("„quotes“ — dash", ["„", "quotes", "“", "—", "dash"]),
        ("a\u200bb\ufeffc \ufffd", ["abc"]),
        ("İ", ["i"]),
        ("x\u2028y\u00a0z", ["x", "y", "z"]),
        ("", []),
    ],
)
def test_words_are_small_plain_and_apart_from_signs(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_the_longest_known_piece_comes_first() -> None:
    assert pieces_of("readers") == ["[CLS]", "read", "##er", "##s", "[SEP]"]


def test_a_word_with_an_unknown_rest_is_unknown() -> None:
    assert pieces_of("reading def") == ["[CLS]", "[UNK]", "def", "[SEP]"]


def test_a_very_long_word_is_unknown() -> None:
    long_word = "r" + "s" * (WORD_CHARS_MAX - 1)

    assert len(pieces_of(long_word, tokens_max=256)) == WORD_CHARS_MAX + 2
    assert pieces_of(long_word + "s", tokens_max=256) == ["[CLS]", "[UNK]", "[SEP]"]


def test_a_text_is_cut_and_still_framed() -> None:
    assert pieces_of("def readers def", tokens_max=4) == ["[CLS]", "def", "read", "[SEP]"]
    assert pieces_of("def", tokens_max=2) == ["[CLS]", "[SEP]"]


def test_special_tokens_in_a_text_are_text() -> None:
    # A file that says [SEP] must not end its own passage.
    assert "[SEP]" not in pieces_of("def [SEP] [CLS] (")[1:-1]
    assert "[CLS]" not in pieces_of("def [SEP] [CLS] (")[1:-1]
