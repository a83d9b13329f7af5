import numpy as np
import pytest

from nanobot_indexer.fingerprint.declaration import declared_name_starts, named_words, ranges
from nanobot_indexer.fingerprint.tokens import tokens_of
from nanobot_indexer.fingerprint.words import words_of


def declared(text: str, breaks: tuple[int, ...] = (0,)) -> list[str]:
    content = text.encode()
    bounds = np.array([*breaks, len(content)])
    starts = declared_name_starts(words_of(content, bounds[:-1]), bounds)
    tokens = tokens_of(content, bounds[:-1])
    words = named_words(
        content,
        tokens,
        starts,
        name_ends_max=bounds[np.searchsorted(bounds, starts, side="right")],
        is_title=np.zeros(len(starts), np.bool_),
    )
    places = zip(tokens.starts[words].tolist(), tokens.sizes[words].tolist(), strict=True)
    return [content[start : start + size].decode() for start, size in places]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("def parse(text):", ["parse"]),
        ("    async def __aenter__(self):", ["aenter"]),
        ("class HTTPServer(Base):", ["HTTPServer"]),
        ("func (s *Server) ServeHTTP(w http.ResponseWriter) {", ["ServeHTTP"]),
        ("func Map[K any](m map[K]int) {", ["Map"]),
        ("type Reader interface {", ["Reader"]),
        ("pub(crate) async fn fetch_all<T>() {", ["fetch_all"]),
        ("impl<T> Iterator for Walk<T> {", ["Iterator"]),
        ("export default function* walk() {", ["walk"]),
        ("export abstract class Shape {", ["Shape"]),
        ("enum class Colour : int {", ["Colour"]),
        ("typedef struct node {", ["node"]),
        ("namespace outer::inner {", ["inner"]),
        ("local function module.open(path)", ["open"]),
        ("  def self.call(env)", ["call"]),
        ("macro_rules! vec {", ["vec"]),
        ("# class of things", []),
        ("the class is empty", []),
        ("return type(x)", []),
        ("def", []),
        ("class\nName", []),
        ("class a.b:", ["b"]),
        ("class Name:", ["Name"]),
        ("class Name::", ["Name"]),
        ("class 9lives:", []),
        ("class  Wide(Base):", ["Wide"]),
        ("\tdef tabbed(self):", ["tabbed"]),
        (" " * 40 + "def deep(self):", ["deep"]),
        ("x" + " " * 40 + "def not_first(self):", []),
        ("struct class Odd {", ["Odd"]),
        ("module $name", ["name"]),
        ("_class Name", []),
        ("CLASS Name", []),
        ("def \u00fcber(x):", ["\u00fcber"]),
    ],
)
def test_declared_names(line: str, expected: list[str]) -> None:
    assert declared(f"{line}\n") == expected
    assert declared(f"x = 1\n{line}\ny = 2\n") == expected


def test_a_declaration_ends_with_its_chunk() -> None:
    text = "def first(): pass\ndef second(): pass\n"
    assert declared(text, (0, 22)) == ["first"]
    assert declared(text, (0, 18)) == ["first", "second"]


def words_at(text: str, *starts: int, is_title: bool = False) -> list[str]:
    content = text.encode()
    tokens = tokens_of(content)
    words = named_words(
        content,
        tokens,
        np.array(starts),
        name_ends_max=np.full(len(starts), len(content)),
        is_title=np.full(len(starts), is_title),
    )
    places = zip(tokens.starts[words].tolist(), tokens.sizes[words].tolist(), strict=True)
    return [content[start : start + size].decode() for start, size in places]


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("int main(void)", 4, ["main"]),
        ("def __init__(self)", 4, ["init"]),
        ("~Reader() {}", 0, ["Reader"]),
        ("$value = 1", 0, ["value"]),
        ("def +(other)", 4, []),
        ("def _(text)", 4, []),
        ("x", 1, []),
        ("a bc", 3, []),
    ],
)
def test_the_word_of_a_name(text: str, start: int, expected: list[str]) -> None:
    assert words_at(text, start) == expected


def test_a_title_has_all_words_of_its_line() -> None:
    text = "# Getting started with `nanobot`\nText."
    assert words_at(text, 2, is_title=True) == ["Getting", "started", "with", "nanobot"]


def test_ranges() -> None:
    starts, ends = np.array([3, 5, 9, 0]), np.array([5, 5, 12, 1])
    assert ranges(starts, ends).tolist() == [3, 4, 9, 10, 11, 0]
