"""The model says what its publisher's does."""

import os
from collections.abc import Callable

import numpy as np
import pytest

from nanobot_indexer.semantic.encoder import TOKENS_MAX, WIDTH, Encoder
from nanobot_indexer.semantic.model_file import read_model_file
from nanobot_indexer.semantic.word_piece import WordPieces

pytestmark = pytest.mark.model

# The example in the documentation of sentence-transformers, with its published cosines.
EXAMPLE = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
COSINES = ((1.0, 0.6660, 0.1046), (0.6660, 1.0, 0.1411), (0.1046, 0.1411, 1.0))
# First numbers of the vectors when the exact error function is used; an int8 build of the
# model, run by onnxruntime, agrees with them to a cosine of .9995.
GOLDEN = {
    EXAMPLE[0]: (0.01928, 0.12005, 0.15955, 0.06708, 0.05014, -0.02600),
    EXAMPLE[1]: (-0.01866, 0.04155, 0.07430, 0.07844, 0.07560, -0.01260),
    EXAMPLE[2]: (0.13648, 0.08221, -0.02523, 0.03043, 0.05339, 0.05077),
}
# From the publisher's tokenizer.
TOKENS = {
    "def make_default_short_help(text: str, maxLength=45) -> str:": (
        "101 13366 2191 1035 12398 1035 2460 1035 2393 1006 3793 1024 2358 2099 1010 4098 "
        "7770 13512 2232 1027 3429 1007 1011 1028 2358 2099 1024 102"
    ),
    "Größe naïve façade: 日本語 — ok": (
        "101 24665 2080 17499 15743 8508 1024 1864 1876 1950 1517 7929 102"
    ),
    "x = {'key': [1, 2.5e-3]}  # TODO(me)": (
        "101 1060 1027 1063 1005 3145 1005 1024 1031 1015 1010 1016 1012 1019 2063 1011 1017 "
        "1033 1065 1001 28681 2080 1006 2033 1007 102"
    ),
}


@pytest.fixture(scope="module")
def encoder(open_model: Callable[[], int]) -> Encoder:
    fd = open_model()
    try:
        return Encoder(read_model_file(fd))
    finally:
        os.close(fd)


def test_vectors_are_those_of_the_publisher(encoder: Encoder) -> None:
    vectors = encoder.vectors(EXAMPLE)

    assert vectors.shape == (3, WIDTH)
    assert np.allclose(vectors @ vectors.T, COSINES, atol=3e-4)
    for vector, first in zip(vectors, GOLDEN.values(), strict=True):
        assert np.allclose(vector[: len(first)], first, atol=3e-4)


def test_tokens_are_those_of_the_publisher(open_model: Callable[[], int]) -> None:
    fd = open_model()
    pieces = WordPieces(read_model_file(fd).pieces)
    os.close(fd)

    for text, numbers in TOKENS.items():
        assert pieces.numbers(text, tokens_max=64) == [int(one) for one in numbers.split()]


def test_a_vector_is_a_function_of_its_text(encoder: Encoder) -> None:
    texts = [f"text {number} " + "word " * (7 * number) for number in range(40)]

    together = encoder.vectors(texts)
    alone = np.concatenate([encoder.vectors([text]) for text in texts])

    assert np.array_equal(together, alone)


def test_what_is_behind_the_limit_is_not_read(encoder: Encoder) -> None:
    start = "word " * TOKENS_MAX

    vectors = encoder.vectors([start + "one", start + "two"])

    assert np.array_equal(vectors[0], vectors[1])
