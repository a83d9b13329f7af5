import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.fingerprint.words import (
    PADDING,
    different_words,
    hashes_of_words,
    vocabulary_of,
    words_of,
)

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
TEXTS = st.lists(
    st.sampled_from(
        [b"run", b"Run", b"parse_header", b" ", b"\n", b"(", b"\xc3\xa9", b"x" * 40, b"y" * 200]
    ),
    max_size=60,
).map(b"".join)


def words_in(text: bytes, breaks: list[int]) -> list[bytes]:
    bounds = [0, *breaks, len(text)]
    return [word for start, end in pairwise(bounds) for word in WORD.findall(text[start:end])]


@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=4))
def test_words_are_runs_between_breaks(text: bytes, numbers: list[int]) -> None:
    breaks = sorted({number % len(text) for number in numbers}) if text else []
    words = words_of(text, np.array(breaks, np.int64))

    content = words.padded.tobytes()
    places = zip(words.starts.tolist(), words.ends.tolist(), strict=True)
    assert content == bytes(PADDING) + text + bytes(PADDING)
    assert [content[start:end] for start, end in places] == words_in(text, breaks)


@given(TEXTS)
def test_equal_words_are_neighbours_in_order_of_place(text: bytes) -> None:
    found = words_in(text, [])
    words = words_of(text, np.empty(0, np.int64))

    groups: list[list[int]] = []
    for place, is_first in zip(words.order.tolist(), words.is_first.tolist(), strict=True):
        if is_first:
            groups.append([])
        groups[-1].append(place)
    assert all(group == sorted(group) for group in groups)
    assert all(len({found[place] for place in group}) == 1 for group in groups)
    # Words too long to be compared count as different.
    short = [group for group in groups if len(found[group[0]]) <= 128]
    assert len(short) == len({found[group[0]] for group in short})
    assert sorted(place for group in groups for place in group) == list(range(len(found)))


def test_words_are_found_by_their_hashes() -> None:
    text = b"def run(self): return run_all(run)\n"
    words = words_of(text, np.empty(0, np.int64))

    places, numbers = words.places_of(hashes_of_words(b"run nothing def"))

    assert sorted(zip(numbers.tolist(), places.tolist(), strict=True)) == [(0, 1), (0, 5), (2, 0)]


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_vocabulary_has_every_word_of_its_blocks_once(texts: list[bytes]) -> None:
    blocks = [words_of(text, np.empty(0, np.int64)) for text in texts]
    vocabulary = vocabulary_of([different_words(block) for block in blocks])

    known = WORD.findall(vocabulary.text)
    assert len(known) == vocabulary.size
    short = [word for word in known if len(word) <= 128]
    assert len(short) == len(set(short))
    for text, block, numbers in zip(texts, blocks, vocabulary.numbers, strict=True):
        found = words_in(text, [])
        examples = block.order[block.is_first].tolist()
        assert [known[number] for number in numbers] == [found[place] for place in examples]
    owned = [known[owner] for owner in vocabulary.owners.tolist()]
    starts, sizes = vocabulary.tokens.starts.tolist(), vocabulary.tokens.sizes.tolist()
    for word, start, size in zip(owned, starts, sizes, strict=True):
        assert vocabulary.text[start : start + size] in word
