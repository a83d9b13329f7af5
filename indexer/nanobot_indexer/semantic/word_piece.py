"""Text to the token numbers that BERT models of small letters were trained on.

    text ──small letters, no accents──> words and signs ──longest known piece first──> numbers

Source: J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for
Language Understanding", NAACL 2019; pieces as in M. Schuster, K. Nakajima, "Japanese and
Korean voice search", ICASSP 2012. A test compares the numbers with those of the
publisher's tokenizer.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

CLASSIFIER: Final = "[CLS]"
SEPARATOR: Final = "[SEP]"
UNKNOWN: Final = "[UNK]"
WORD_CHARS_MAX: Final = 100
"""A longer word is not known, as it was in training."""

_INNER: Final = "##"
# All of ASCII that is no letter, digit, space or control character is a sign of its own.
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
_ASCII_CONTROL: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
# Ideographs stand for words: each is a word of its own.
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_WORDS_KEPT: Final = 1 << 16


class WordPieces:
    """A vocabulary. Not to be shared between threads: it remembers words.

    Args:
        pieces: In the order of their numbers.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self._number_by_piece = {piece: number for number, piece in enumerate(pieces)}
        self._first = self._number_by_piece[CLASSIFIER]
        self._last = self._number_by_piece[SEPARATOR]
        self._unknown = self._number_by_piece[UNKNOWN]
        self._numbers_by_word: dict[str, tuple[int, ...]] = {}

    def numbers(self, text: str, *, tokens_max: int) -> list[int]:
        """Return the tokens of a text, cut to `tokens_max` with the two that frame it."""
        found = [self._first]
        room = tokens_max - 1
        for word in words_of(text):
            if len(found) >= room:
                break
            found += self._word(word)
        del found[room:]
        found.append(self._last)
        return found

    def _word(self, word: str) -> tuple[int, ...]:
        known = self._numbers_by_word.get(word)
        if known is None:
            if len(self._numbers_by_word) >= _WORDS_KEPT:
                self._numbers_by_word.clear()
            known = self._numbers_by_word[word] = self._pieces(word)
        return known

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > WORD_CHARS_MAX:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = _INNER if start else ""
            for end in range(len(word), start, -1):
                number = self._number_by_piece.get(prefix + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def words_of(text: str) -> list[str]:
    """Return the words and signs of a text, in small letters without accents."""
    if text.isascii():
        words: list[str] = _ASCII_WORD.findall(text.translate(_ASCII_CONTROL).lower())
        return words
    plain = "".join(map(_spaced, text))
    decomposed = unicodedata.normalize("NFD", plain)
    return "".join(map(_small, decomposed)).split()


@lru_cache(maxsize=4096)
def _spaced(char: str) -> str:
    """Return a character as it is read: nothing, a space, itself, or itself among spaces."""
    if char in "\t\n\r":
        return " "
    category = unicodedata.category(char)
    if char == "\ufffd" or category[0] == "C":
        return ""
    if category[0] == "Z":
        return " "
    code = ord(char)
    if any(first <= code <= last for first, last in _IDEOGRAPHS):
        return f" {char} "
    return char


@lru_cache(maxsize=4096)
def _small(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Mn":
        return ""
    if category[0] == "P" or _is_ascii_sign(char):
        return f" {char} "
    return char.lower()


def _is_ascii_sign(char: str) -> bool:
    return "!" <= char <= "~" and not char.isalnum()
