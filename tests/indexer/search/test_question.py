import random

import pytest

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.fingerprint.hashing import Field, hash_of
from nanobot_indexer.fingerprint.tokens import query_tokens
from nanobot_indexer.search import question as question_module
from nanobot_indexer.search.question import (
    FIELD_WEIGHTS,
    GROUPS_MAX,
    TEXT_CHARS_MAX,
    Symbol,
    parsed_question,
)


def check_words(text: str) -> tuple[str, ...]:
    return parsed_question(text).words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("load_cfg", ("load", "cfg", "load_cfg")),
        ("parseHTTPHeaders", ("pars", "http", "header", "parsehttpheaders")),
        ("the number of rows", ("number", "row")),
        ("  rows\t\r\nrows  ", ("row",)),
        ("where is it", ("where", "is", "it")),
        ("!!! ??? ☃", ()),
        ("größer\u00a0als 表", ("größer", "als", "表")),
        ("a\0b", ("b",)),
    ],
)
def test_words_are_split_and_stemmed_and_stop_words_left_out(
    text: str, words: tuple[str, ...]
) -> None:
    assert check_words(text) == words


def test_words_are_those_of_the_tokenizer_whatever_was_asked_before() -> None:
    text = "MAX_HEADER_BYTES of HttpServer.handle: got 12345 (0xff) naïve_café --verbose x1y2"
    for part in text.split():
        parsed_question(part)

    expected = {
        word
        for token in query_tokens(text)
        for word in (token.whole.text, *(part.text for part in token.parts))
    }
    assert set(check_words(text)) == expected - {"of"}


def test_terms_are_the_hashes_of_words_and_related_words() -> None:
    question = parsed_question("remove connection")

    assert question.words == ("remov", "connection")
    rows = list(FIELD_WEIGHTS)
    for group, word in enumerate(question.words):
        first = question.groups.tolist().index(group)
        assert question.weights[first] == 1.0
        for field in Field:
            assert int(question.terms[rows.index(field), first]) == hash_of(word, field)
    related = question.terms[rows.index(Field.NAME), question.groups == 0].tolist()
    assert hash_of("del", Field.NAME) in related
    assert (question.weights[1:][question.groups[1:] == question.groups[:-1]] < 1.0).all()


def test_a_word_of_the_question_is_no_related_word_of_another() -> None:
    question = parsed_question("remove delete del")

    own = [hash_of(word, Field.BODY) for word in question.words]
    terms = question.terms[list(FIELD_WEIGHTS).index(Field.BODY)].tolist()
    assert [terms.count(term) for term in own] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("connect", [Symbol(b"connect", "connect", (), 1.0)]),
        ("HttpServer.handle()", [Symbol(b"handle", "handle", (b"httpserver",), 1.0)]),
        ("a::b->c", [Symbol(b"c", "c", (b"a.b",), 1.0)]),
        ("why does load_cfg fail", [Symbol(b"load_cfg", "load_cfg", (), 0.25)]),
        (
            "http server",
            [
                Symbol(b"http_server", "http_server", (), 0.75),
                Symbol(b"httpserver", "httpserver", (), 0.75),
                Symbol(b"server", "server", (b"http",), 0.75),
            ],
        ),
        ("the name of a file that is open", []),
        ('split(":") it', []),
    ],
)
def test_symbols_are_names_that_may_be_meant(text: str, symbols: list[Symbol]) -> None:
    assert list(parsed_question(text).symbols) == symbols


def test_words_before_a_name_are_one_scope_or_several() -> None:
    (*_, last) = parsed_question("Http server handle").symbols

    assert last.scopes == (b"http.server", b"http_server", b"httpserver")


@pytest.mark.parametrize("seed", range(4))
def test_plain_pieces_are_split_like_all_others(seed: int) -> None:
    rng = random.Random(seed)
    atoms = [
        "a",
        "of",
        "Read",
        "reading",
        "cfg",
        "X",
        "HTTP",
        "_",
        "__",
        "9",
        "é",
        ".",
        "-",
        "()",
        "'",
    ]
    taken = 0
    for _ in range(2000):
        piece = "".join(rng.choices(atoms, k=rng.randint(1, 6)))
        plain = question_module._plain_piece(piece)
        if plain is not None:
            taken += 1
            assert plain == question_module._split([piece])[piece], (seed, piece)
    assert taken > 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [("test parse_header", True), ("test_parse", True), ("tests of it", True), ("parse", False)],
)
def test_a_question_about_tests_is_known(text: str, *, expected: bool) -> None:
    assert parsed_question(text).is_about_tests is expected


@pytest.mark.parametrize("text", ["", "  \t\n"])
def test_nothing_is_no_question(text: str) -> None:
    with pytest.raises(QueryEmptyError, match="nothing to look for"):
        parsed_question(text)


def test_a_pasted_file_is_cut() -> None:
    text = " ".join(f"word{number}" for number in range(20_000))

    question = parsed_question(text)

    assert len(question.words) == GROUPS_MAX
    assert len(question.text) == TEXT_CHARS_MAX
    assert (question.weights == 1.0).all()
