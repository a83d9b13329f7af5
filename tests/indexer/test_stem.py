import argparse
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.fingerprint.stem import stem, stemmed_sizes

ENDINGS = (
    *("s", "es", "ies", "ed", "ied", "ing", "ings", "e", "y", "ll", "lling", "led", "ches"),
    *("xes", "sses", "tuses", "iases", "eed", "embed", "ells", "rolled", "ee", "ias", ""),
)


def stems_of(words: list[bytes]) -> list[bytes]:
    """Stem many words at once, as the text of a segment."""
    text = bytearray(8)
    starts = []
    for word in words:
        starts.append(len(text))
        text += word + b" "
    padded = np.frombuffer(bytes(text) + bytes(8), np.uint8).copy()
    sizes = np.array([len(word) for word in words])
    found = stemmed_sizes(padded, np.array(starts), sizes).tolist()
    return [
        padded[start : start + size].tobytes() for start, size in zip(starts, found, strict=True)
    ]


@pytest.mark.parametrize(
    "family",
    [
        "query queries querying queried",
        "name names naming named",
        "parse parses parsing parsed",
        "run runs running",
        "class classes",
        "process processes processing processed",
        "match matches matching matched",
        "hash hashes hashing hashed",
        "box boxes boxing boxed",
        "cache caches caching cached",
        "status statuses",
        "alias aliases",
        "cancel cancels cancelling cancelled canceling canceled",
        "call calls calling called",
        "install installs installing installed",
        "control controls controlling controlled",
        "open opens opening opened",
        "edit edits editing edited",
        "limit limits limiting limited",
        "delete deletes deleting deleted",
        "embed embeds embedding embedded",
        "write writes writing",
        "value values",
        "size sizes sizing sized",
        "try tries tried",
        "create creates creating created",
    ],
)
def test_forms_of_a_word_have_one_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("file", "fill"),
        ("state", "stat"),
        ("note", "not"),
        ("mode", "mod"),
        ("pipe", "pip"),
        ("string", "str"),
        ("bus", "bu"),
        ("need", "ne"),
        ("this", "thi"),
    ],
)
def test_different_words_keep_different_stems(left: str, right: str) -> None:
    assert stem(left) != stem(right)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", b""),
        ("S", b"s"),
        ("ids", b"ids"),
        ("Files", b"file"),
        ("strings", b"string"),
        ("speed", b"speed"),
        ("tree", b"tree"),
        ("256", b"256"),
        ("naïfs", "naïf".encode()),
    ],
)
def test_stem(word: str, expected: bytes) -> None:
    assert stem(word) == expected


@given(
    st.lists(
        st.builds(
            lambda head, tail: (head + tail).encode() or b"s",
            st.text("abeiouylrstxhnglwé", max_size=9),
            st.sampled_from(ENDINGS),
        ),
        min_size=60,
        max_size=120,
    )
)
def test_many_words_are_stemmed_as_single_ones_are(words: list[bytes]) -> None:
    assert stems_of(words) == [stem(word) for word in words]


def test_the_words_of_a_real_module_are_stemmed_as_single_ones_are() -> None:
    text = Path(argparse.__file__).read_bytes()
    words = sorted({word.lower() for word in re.findall(rb"[A-Za-z]+", text)})
    assert len(words) > 200
    assert stems_of(words) == [stem(word) for word in words]


@given(st.binary(min_size=1, max_size=20).map(bytes.lower))
def test_a_stem_is_a_prefix_but_for_its_last_letter(word: bytes) -> None:
    found = stem(word)
    assert 1 <= len(found) <= len(word)
    assert found[:-1] == word[: len(found) - 1]
