from itertools import pairwise

import pytest

from nanobot_indexer.search.symbol_names import SymbolNames, letter_mask
from support.plain_segment import plain_segment

NAMES = ["load_config", "LoadConfig", "HTTPServer", "get", "getter", "sha2_56Sum", "_private",
         "größe", "X", "ABC", "get2"]  # fmt: skip


@pytest.fixture(scope="module")
def names() -> SymbolNames:
    text = "".join(f"def {name}(): pass\n" for name in NAMES)
    return SymbolNames(plain_segment({"a.py": text, "b.py": "def last(): pass"}))


def test_names_are_found_folded(names: SymbolNames) -> None:
    assert {names.name(symbol) for symbol in range(len(names))} == {
        name.encode().lower() for name in [*NAMES, "last"]
    }
    for symbol in range(len(names)):
        assert names.find(names.name(symbol)) == symbol
    assert names.find(b"nothing") is None
    assert names.find(b"") is None


def test_definitions_are_found_by_their_name(names: SymbolNames) -> None:
    found = names.definitions_named(b"loadconfig").tolist()

    assert [names.segment.definition(index).name for index in found] == ["LoadConfig"]
    for name in (b"load", b"zzz", b""):
        assert names.definitions_named(name).tolist() == []


def test_names_are_found_by_their_begin(names: SymbolNames) -> None:
    assert [names.name(one) for one in names.with_prefix(b"get")] == [b"get", b"get2", b"getter"]
    assert len(names.with_prefix(b"zz")) == 0
    assert len(names.with_prefix(b"")) == len(names)


def test_names_are_found_by_a_part(names: SymbolNames) -> None:
    found = {names.name(one) for one in names.containing(b"t").tolist()}

    assert found == {b"httpserver", b"get", b"get2", b"getter", b"_private", b"last"}
    assert names.containing(b"zz").tolist() == []


def test_a_mask_has_the_letters_of_a_name(names: SymbolNames) -> None:
    for symbol, mask in enumerate(names.letter_masks.tolist()):
        assert mask == int(letter_mask(names.name(symbol)))
    assert letter_mask(b"abc") & letter_mask(b"xyz") == 0
    assert letter_mask(b"abba") == letter_mask(b"ab")


def test_parts_begin_with_capitals_in_the_hump_form(names: SymbolNames) -> None:
    blob, starts = names.humps
    forms = [blob[start:end].decode() for start, end in pairwise(starts.tolist())]

    assert forms == [
        "LoadConfig\n", "LoadConfig\n", "HttpServer\n", "Get\n", "Getter\n", "Sha256Sum\n",
        "Private\n", "Größe\n", "X\n", "Abc\n", "Get2\n", "Last\n",
    ]  # fmt: skip


def test_a_segment_may_have_no_definitions() -> None:
    names = SymbolNames(plain_segment({"a.txt": "text"}))

    assert len(names) == 0
    assert names.humps[0] == b""
    assert names.find(b"x") is None
    assert names.letter_masks.tolist() == []
