"""A light English stemmer for the parts of identifiers, many at a time.

`queries`, `querying` and `queried` become `query`. It takes off plurals, `-ing` and
`-ed`, and lets a silent `e` go where one of these endings would have eaten it: the
first steps of Porter's algorithm, on the last eight bytes of a word. It does not
know words: `something` becomes `someth`, which does no harm, as a query goes the
same way. Endings that change the meaning more (`-er`, `-ion`) stay: taking them off
found nothing more.

The rules are here twice, for one word and for an array of words: the first is the
specification, and fast for a query; the second is fast for a text.

M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.byte_set import byte_set
from nanobot_indexer.fingerprint.hashing import LANE_BYTES, lanes_of

WORD_BYTES_MIN: Final = 4
"""Shorter words stay as they are."""

# The longest stem that may need the `e` of its verb to be a word: `nam(e)`, `stat(e)`.
_SHORT_STEM_BYTES_MAX: Final = 4

# For less words than this, one by one is faster than arrays.
_FEW_WORDS: Final = 48

_STEMMABLE: Final = b"sdeg"
_VOWELS: Final = b"aeiouy"
_UNDOUBLED: Final = b"bcdfgjkmnprtv"
_TAKES_NO_E: Final = b"wxy"

_IS_STEMMABLE: Final = byte_set(_STEMMABLE)
_IS_VOWEL: Final = byte_set(_VOWELS)
_IS_UNDOUBLED: Final = byte_set(_UNDOUBLED)
_ENDS_IN_VOWEL_OR_WXY: Final = byte_set(_VOWELS + _TAKES_NO_E)
_BEFORE_CHES: Final = byte_set(b"trn")


def stem(word: str | bytes) -> bytes:
    """Return the stem of one part of an identifier, in small letters."""
    content = word.encode("utf-8", "surrogateescape") if isinstance(word, str) else word
    content = content.lower()
    if len(content) < WORD_BYTES_MIN or content[-1] not in _STEMMABLE:
        return content
    content = _verb(_singular(content))
    if len(content) >= WORD_BYTES_MIN and content.endswith(b"e") and content[-2:] != b"ee":
        return content if _wants_e(content[:-1]) else content[:-1]
    return content


def _singular(word: bytes) -> bytes:
    if not word.endswith(b"s") or word.endswith((b"ss", b"us", b"is", b"ias")):
        return word
    if len(word) >= 5:
        if word.endswith(b"ies"):
            return word[:-3] + b"y"
        endings = (b"sses", b"xes", b"shes", b"tches", b"rches", b"nches", b"tuses", b"iases")
        if word.endswith(endings):
            return word[:-2]
    return word[:-1]


def _verb(word: bytes) -> bytes:
    if word.endswith(b"ing") and len(word) >= 6 and word[-4:] != b"eing":
        bare = word[:-3]
    elif word.endswith(b"ed") and len(word) >= 5 and word[-3:] != b"eed" and word != b"embed":
        bare = word[:-2]
    else:
        return word
    # `string` is no form of `str`.
    if not any(letter in _VOWELS for letter in bare[-4:]):
        return word
    if bare.endswith(b"i"):
        return bare[:-1] + b"y"
    if len(bare) >= 4 and bare[-1] == bare[-2]:
        # `call` and `install` have two of their own, `cancel` and `control` have not.
        is_double_l = bare.endswith(b"ell") and len(bare) >= 6
        is_double_l |= bare.endswith(b"roll") and len(bare) >= 7
        return bare[:-1] if bare[-1] in _UNDOUBLED or is_double_l else bare
    return bare + b"e" if _wants_e(bare) else bare


def _wants_e(bare: bytes) -> bool:
    """Tell whether this is short, like `nam` and `stat`: such a verb ends in a silent `e`."""
    if not 3 <= len(bare) <= _SHORT_STEM_BYTES_MAX:
        return False
    if bare[-1] in _VOWELS or bare[-1] in _TAKES_NO_E:
        return False
    if bare[-2] not in _VOWELS or bare[-3] in _VOWELS:
        return False
    # `open` and `edit` begin with a vowel and are whole.
    return len(bare) == 3 or bare[0] not in _VOWELS


class _Words:
    """The words that may have an ending, while endings are taken off."""

    __slots__ = ("sizes", "tails")

    def __init__(self, tails: NDArray[np.uint64], sizes: NDArray[np.int64]) -> None:
        self.tails = tails
        """The last eight bytes, the very last highest; 0 before the word. Shape `(word,)`."""
        self.sizes = sizes

    def byte(self, back: int) -> NDArray[np.uint8]:
        """Return the byte `back` places from the end: 0 is the last one. Shape `(word,)`."""
        shifted = self.tails >> np.uint64(8 * (LANE_BYTES - 1 - back))
        return shifted.astype(np.uint8)  # keeps the lowest byte

    def ends(self, suffix: bytes) -> NDArray[np.bool_]:
        ends = self.tails >> np.uint64(8 * (LANE_BYTES - len(suffix)))
        is_equal: NDArray[np.bool_] = ends == np.uint64(int.from_bytes(suffix, "little"))
        return is_equal

    def cut(self, where: NDArray[np.intp], count: int) -> None:
        self.tails[where] <<= np.uint64(8 * count)
        self.sizes[where] -= count

    def append(self, where: NDArray[np.intp], letter: bytes) -> None:
        self.tails[where] >>= np.uint64(8)
        self.tails[where] |= np.uint64(letter[0] << 8 * (LANE_BYTES - 1))
        self.sizes[where] += 1

    def subset(self, where: NDArray[np.intp]) -> "_Words":
        return _Words(self.tails[where], self.sizes[where])


def stemmed_sizes(
    padded: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how long the stem of each word is, and write the stems into the text.

    A stem is a prefix of its word but for one letter at its end, so only that letter
    is written.

    Args:
        padded: Lower-cased text, with eight bytes before the first word. Changed.
        starts: Shape `(word_count,)`. Words do not overlap.
        sizes: In bytes, at least 1. Shape `(word_count,)`.

    Returns:
        Shape `(word_count,)`, at least 1.
    """
    ends = starts + sizes
    is_candidate = _IS_STEMMABLE.take(padded.take(ends - 1))
    is_candidate &= sizes >= WORD_BYTES_MIN
    candidates = np.flatnonzero(is_candidate)
    result = sizes.copy()
    if not candidates.size:
        return result
    if len(candidates) < _FEW_WORDS:
        for word in candidates.tolist():
            start, end = int(starts[word]), int(ends[word])
            stemmed = stem(padded[start:end].tobytes())
            padded[start : start + len(stemmed)] = np.frombuffer(stemmed, np.uint8)
            result[word] = len(stemmed)
        return result
    word_sizes = sizes[candidates]
    tails = lanes_of(padded)[ends[candidates] - LANE_BYTES]
    # What stands before the word is not part of it.
    foreign_bits = (np.maximum(LANE_BYTES - word_sizes, 0) * 8).astype(np.uint64)
    tails >>= foreign_bits
    tails <<= foreign_bits
    words = _Words(tails, word_sizes)
    _cut_plurals(words)
    _cut_verb_endings(words)
    _cut_silent_e(words)
    result[candidates] = words.sizes
    # Most stems have their own last letter already; writing it again does no harm.
    padded[starts[candidates] + words.sizes - 1] = words.byte(0)
    return result


def _cut_plurals(words: _Words) -> None:
    last, second = words.byte(0), words.byte(1)
    is_plural = last == ord("s")
    # `class`, `status`, `axis`.
    for letter in b"sui":
        is_plural &= second != letter
    plurals = np.flatnonzero(is_plural & (words.sizes >= WORD_BYTES_MIN))
    if not plurals.size:
        return
    some = words.subset(plurals)
    third, fourth = some.byte(2), some.byte(3)
    is_es = some.byte(1) == ord("e")
    # `alias`, `bias`.
    is_kept = some.ends(b"ias")
    is_ies = some.ends(b"ies") & (some.sizes >= 5)
    # `classes`, `boxes`, `hashes`, `matches` but `caches`, `statuses`, `aliases` but `cases`.
    is_long = (third == ord("s")) & (fourth == ord("s"))
    is_long |= third == ord("x")
    is_long |= some.ends(b"shes") | some.ends(b"tuses") | some.ends(b"iases")
    is_long |= some.ends(b"ches") & _BEFORE_CHES.take(some.byte(4))
    is_long &= is_es & (some.sizes >= 5)
    words.cut(plurals[~(is_kept | is_ies | is_long)], 1)
    words.cut(plurals[is_long], 2)
    y_words = plurals[is_ies]
    words.cut(y_words, 3)
    words.append(y_words, b"y")


def _cut_verb_endings(words: _Words) -> None:
    # `seeing` stays: an `e` before `ing` is not the silent one.
    is_ing = words.ends(b"ing") & (words.sizes >= 6) & (words.byte(3) != ord("e"))
    # `need` and `embed` have it by nature.
    is_ed = words.ends(b"ed") & (words.sizes >= 5) & (words.byte(2) != ord("e"))
    is_ed &= ~(words.ends(b"embed") & (words.sizes == 5))
    for found, size in ((np.flatnonzero(is_ing), 3), (np.flatnonzero(is_ed), 2)):
        if not found.size:
            continue
        some = words.subset(found)
        has_vowel = np.zeros(len(found), np.bool_)
        # `string` is no form of `str`.
        for back in range(size, size + 4):
            has_vowel |= _IS_VOWEL.take(some.byte(back))
        verbs = found[has_vowel]
        words.cut(verbs, size)
        _mend_verbs(words, verbs)


def _mend_verbs(words: _Words, verbs: NDArray[np.intp]) -> None:
    """Undo what an ending did to its verb: `runn` to `run`, `nam` to `name`, `queri` to `query`."""
    some = words.subset(verbs)
    last = some.byte(0)
    is_double = (last == some.byte(1)) & (some.sizes >= 4)
    # `call` and `install` have two of their own, `cancel` and `control` have not.
    is_double_l = (some.ends(b"ell") & (some.sizes >= 6)) | (some.ends(b"roll") & (some.sizes >= 7))
    is_double &= _IS_UNDOUBLED.take(last) | is_double_l
    takes_e = _takes_e(some)
    is_y = (last == ord("i")) & (some.sizes >= 3)
    words.cut(verbs[is_double], 1)
    words.append(verbs[takes_e & ~is_double], b"e")
    y_verbs = verbs[is_y]
    words.cut(y_verbs, 1)
    words.append(y_verbs, b"y")


def _cut_silent_e(words: _Words) -> None:
    """Take off an `e` that `_mend_verbs` would not put back."""
    is_silent = (words.byte(0) == ord("e")) & (words.byte(1) != ord("e"))
    found = np.flatnonzero(is_silent & (words.sizes >= WORD_BYTES_MIN))
    if not found.size:
        return
    bare = words.subset(found)
    bare.cut(np.arange(len(found)), 1)
    words.cut(found[~_takes_e(bare)], 1)


def _takes_e(stems: _Words) -> NDArray[np.bool_]:
    """Tell which stems are short, like `nam` and `stat`: their verbs end in a silent `e`."""
    last, second, third = stems.byte(0), stems.byte(1), stems.byte(2)
    result = (stems.sizes >= 3) & (stems.sizes <= _SHORT_STEM_BYTES_MAX)
    result &= ~_ENDS_IN_VOWEL_OR_WXY.take(last)
    result &= _IS_VOWEL.take(second) & ~_IS_VOWEL.take(third)
    # `open` and `edit` begin with a vowel and are whole.
    result &= ~((stems.sizes == 4) & _IS_VOWEL.take(stems.byte(3)))
    return result
