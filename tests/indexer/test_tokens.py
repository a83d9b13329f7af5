import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.fingerprint.hashing import Field, hash_of, terms_of
from nanobot_indexer.fingerprint.stem import stem
from nanobot_indexer.fingerprint.tokens import query_tokens, tokens_of

SIGN = re.compile(
    rb"\xc2[\x80-\xbf]|\xe2[\x80-\xaf][\x80-\xbf]|\xe3\x80[\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}"
)
WORD = re.compile(rb"[0-9A-Za-z_\x80-\xff]+")
PART = re.compile(rb"[A-Z]+(?![a-z\x80-\xff])|[A-Z]?[a-z\x80-\xff]+|[0-9]+")


@dataclass(frozen=True)
class Word:
    """What one identifier should become."""

    start: int
    size: int
    token: bytes
    parts: tuple[tuple[int, bytes], ...]


def reference_words(text: bytes, offset: int = 0) -> list[Word]:
    """Tokenise slowly and obviously."""
    readable = SIGN.sub(lambda match: b" " * len(match[0]), text)
    words = []
    for match in WORD.finditer(readable):
        written = match[0].strip(b"_")
        if not written or len(written) > 128:
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip(b"_"))
        pieces = [(piece.start(), piece[0]) for piece in PART.finditer(written)]
        if len(pieces) == 1:
            words.append(Word(start + offset, len(written), stem(written), ()))
            continue
        is_number = written[:1].isdigit()
        is_blob = len(written) > 64 or (len(pieces) >= 5 and len(written) < 3 * len(pieces))
        kept = [] if is_number or is_blob else [piece for piece in pieces if len(piece[1]) > 1]
        parts = tuple((start + place + offset, stem(piece)) for place, piece in kept)
        words.append(Word(start + offset, len(written), written.lower(), parts))
    return words


def assert_equals_reference(text: bytes, breaks: list[int]) -> None:
    bounds = sorted({0, *breaks, len(text)})
    expected = []
    for start, end in pairwise(bounds):
        expected += reference_words(text[start:end], start)
    tokens = tokens_of(text, np.array(bounds[:-1], np.int64))
    assert tokens.starts.tolist() == [word.start for word in expected]
    assert tokens.sizes.tolist() == [word.size for word in expected]
    assert terms_of(tokens.hashes, Field.BODY).tolist() == [
        hash_of(word.token, Field.BODY) for word in expected
    ]
    parts = [(number, *part) for number, word in enumerate(expected) for part in word.parts]
    assert tokens.part_words.tolist() == [number for number, _, _ in parts]
    assert tokens.part_starts.tolist() == [start for _, start, _ in parts]
    assert terms_of(tokens.part_hashes, Field.BODY).tolist() == [
        hash_of(part, Field.BODY) for _, _, part in parts
    ]


FRAGMENTS = (
    *(b"A", b"B", b"HTTP", b"a", b"get", b"s", b"ing", b"9", b"42", b"_", b"__", b" ", b"\n", b"."),
    *("é".encode(), "“".encode(), "→".encode(), "。".encode(), "漢".encode(), "🙂".encode()),
    *(b"\xc2", b"\xe2", b"\xe2\x80", b"\xf0", b"\x9f", b"\x80", b"\x00", b"parseHTTPHeader2"),
)
texts = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(b"".join)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_random_bytes_split_as_the_reference_does(text: bytes, places: list[int]) -> None:
    assert_equals_reference(text, [place for place in places if place < len(text)])


@given(texts, st.lists(st.integers(0, 200)))
def test_random_identifiers_split_as_the_reference_does(text: bytes, places: list[int]) -> None:
    assert_equals_reference(text, [place for place in places if place < len(text)])


def test_a_real_module_splits_as_the_reference_does() -> None:
    text = Path(re.__file__).read_bytes()
    assert_equals_reference(text, list(range(0, len(text), 997)))


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129, 1000])
def test_long_words_split_as_the_reference_does(size: int) -> None:
    for word in (b"x" * size, (b"word_" * size)[:size].strip(b"_"), (b"aB3" * size)[:size]):
        assert_equals_reference(b"before " + word + b" after", [])


def spelt(query: str) -> list[tuple[str, str, list[str]]]:
    return [
        (token.text, token.whole.text, [part.text for part in token.parts])
        for token in query_tokens(query)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "parseHTTPHeader2",
            [("parseHTTPHeader2", "parsehttpheader2", ["pars", "http", "header"])],
        ),
        ("__init__", [("init", "init", ["init"])]),
        ("get_names", [("get_names", "get_names", ["get", "name"])]),
        ("HTTPServer", [("HTTPServer", "httpserver", ["http", "server"])]),
        ("sha256", [("sha256", "sha256", ["sha", "256"])]),
        ("Running queries", [("Running", "run", ["run"]), ("queries", "query", ["query"])]),
        ("x2", [("x2", "x2", [])]),
        ("0xDEADbeef", [("0xDEADbeef", "0xdeadbeef", [])]),
        ("“don\u2019t”", [("don", "don", ["don"]), ("t", "t", ["t"])]),
        ("größte", [("größte", "größt", ["größt"])]),
        ("", []),
        (" _ ___ -> ", []),
        ("\udcff", []),
    ],
)
def test_query_tokens(query: str, expected: list[tuple[str, str, list[str]]]) -> None:
    assert spelt(query) == expected


@given(st.text(max_size=60) | texts.map(lambda text: text.decode("utf-8", "replace")))
def test_a_query_has_the_terms_of_the_same_text_in_a_file(query: str) -> None:
    tokens = tokens_of(query.encode("utf-8", "replace"))
    found = query_tokens(query)
    assert [token.whole.body for token in found] == terms_of(tokens.hashes, Field.BODY).tolist()
    parts = [part for token in found if token.parts != (token.whole,) for part in token.parts]
    assert [part.name for part in parts] == terms_of(tokens.part_hashes, Field.NAME).tolist()
    for token in found:
        assert query[token.start :].startswith(token.text)
        for part in (token.whole, *token.parts):
            assert (part.body, part.name, part.path) == tuple(
                hash_of(part.text, field) for field in Field
            )
