import pytest

from nanobot_indexer import QueryEmptyError
from nanobot_indexer.search.query import TOKENS_MAX, identifier_parts, parsed_query


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("parse_header", ["parse", "header"]),
        ("parseHTTPHeader", ["parse", "HTTP", "Header"]),
        ("HTTPServer2", ["HTTP", "Server", "2"]),
        ("__init__", ["init"]),
        ("größe", ["gr", "öß", "e"]),
        ("$", []),
    ],
)
def test_identifier_parts(word: str, parts: list[str]) -> None:
    assert identifier_parts(word) == parts


def test_a_query_has_whole_words_and_their_parts() -> None:
    query = parsed_query("  where is parseHeader called ")

    assert query.tokens == (b"parseheader", b"parse", b"header", b"called")
    assert query.words == ("where", "is", "parseHeader", "called")
    assert not query.is_folded


def test_a_query_of_stop_words_keeps_them() -> None:
    assert parsed_query("with as").tokens == (b"with", b"as")


@pytest.mark.parametrize("text", ["Runner.run", "Runner::run", "Runner#run", "Runner->run"])
def test_a_qualified_name_is_split(text: str) -> None:
    assert parsed_query(text).qualified == ("Runner", "run")


def test_punctuation_is_a_literal() -> None:
    query = parsed_query("!=")

    assert (query.tokens, query.literal, query.is_folded) == ((), b"!=", True)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_query_is_refused(text: str) -> None:
    with pytest.raises(QueryEmptyError):
        parsed_query(text)


def test_a_long_or_odd_query_is_bounded() -> None:
    assert len(parsed_query(" ".join(f"w{n}" for n in range(1000))).tokens) == TOKENS_MAX
    assert parsed_query("\ud800").literal == b"?"
