import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.fingerprint.hashing import (
    TERM_BITS,
    Field,
    hash_of,
    lanes_of,
    signature_bits,
    terms_of,
    token_hashes,
)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=20))
def test_arrays_and_single_tokens_have_the_same_terms(tokens: list[bytes]) -> None:
    lowered = [token.lower() for token in tokens]
    padded = np.frombuffer(b"".join(lowered) + bytes(8), np.uint8)
    sizes = np.array([len(token) for token in lowered])
    hashes = token_hashes(lanes_of(padded), np.cumsum(sizes) - sizes, sizes)
    for field in Field:
        expected = [hash_of(token, field) for token in tokens]
        assert terms_of(hashes, field).tolist() == expected
        assert max(expected) < 1 << TERM_BITS


def test_what_is_on_disk_does_not_change() -> None:
    # A new value here is a new version of the index format.
    assert [hash_of("parse", field) for field in Field] == PARSE_TERMS
    assert hash_of("parse_http_header", Field.BODY) == HEADER_TERM


PARSE_TERMS = [212204706657644, 77864445048283, 179021851111071]
HEADER_TERM = 85249155934303


def test_capitals_are_small_letters_in_ascii_only() -> None:
    assert hash_of("ParseHTTP", Field.BODY) == hash_of(b"parsehttp", Field.BODY)
    assert hash_of("É", Field.BODY) != hash_of("é", Field.BODY)


@pytest.mark.parametrize(
    ("left", "right"),
    [("a", "b"), ("ab", "ba"), ("aaaaaaaa", "aaaaaaaaa"), ("x" * 16, "x" * 24), ("ab", "a")],
)
def test_like_tokens_differ(left: str, right: str) -> None:
    assert hash_of(left, Field.BODY) != hash_of(right, Field.BODY)


def test_numbered_tokens_never_share_a_term() -> None:
    tokens = [f"{prefix}{number}" for prefix in ("x", "value_", "t0") for number in range(30_000)]
    assert len({hash_of(token, Field.BODY) for token in tokens}) == len(tokens)


def test_signature_bits_are_balanced_and_independent() -> None:
    tokens = [f"{number:06}" for number in range(20_000)]
    padded = np.frombuffer("".join(tokens).encode() + bytes(8), np.uint8)
    starts = np.arange(len(tokens)) * 6
    hashes = token_hashes(lanes_of(padded), starts, np.full(len(tokens), 6))
    packed = signature_bits(hashes).astype("<u8").view(np.uint8)
    bits = np.unpackbits(packed, bitorder="little").reshape(-1, 64)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02
    correlation = np.abs(np.corrcoef(bits.T) - np.eye(64)).max()
    assert correlation < 0.05
