"""Names that are made of names."""

import pytest

from nanobot_engine.intent.names import derivation as d


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("primitive_types", d.UPPER, "PRIMITIVE_TYPES"),
        ("HTTPServer", d.SNAKE, "http_server"),
        ("_loadAll", d.SNAKE, "_load_all"),
        ("load_cfg", d.CAMEL, "loadCfg"),
        ("load_cfg", d.CAP_WORDS, "LoadCfg"),
        ("LIMIT", d.UPPER, ""),
    ],
)
def test_another_case(name: str, case: str, expected: str) -> None:
    assert d.in_case(name, case) == expected


def test_a_part_less() -> None:
    assert d.without_part("MODERN_HEX_PATTERN", "MODERN_") == "HEX_PATTERN"
    assert d.without_part("MODERN_HEX_PATTERN", "MODERN") == "HEX_PATTERN"
    assert d.without_part("load_cfg", "_cfg") == "load"
    assert d.without_part("ConfigReader", "Config") == "Reader"
    assert d.without_part("load_cfg", "cf") == ""
    assert d.without_underscore("_load_all") == "load_all"
    assert d.without_underscore("class_") == "class"
    assert d.without_underscore("__load") == d.without_underscore("load_all") == ""
    assert d.public("_load") == "load"
    assert d.public("__load") == d.public("load") == d.private("_load") == ""


def test_a_part_more() -> None:
    assert d.with_prefix("setup", "_win_") == d.with_prefix("_setup", "_win_") == "_win_setup"
    assert d.with_prefix("_setup", "win_") == ""
    assert d.with_prefix("LIMIT", "size") == "SIZE_LIMIT"
    assert d.with_suffix("Parse", "error") == "ParseError"
    assert d.with_suffix("load", "_all") == d.with_suffix("load", "all") == "load_all"


@pytest.mark.parametrize(
    ("one", "many"),
    [("load_entry", "load_entries"), ("BOX", "BOXES"), ("TypeHint", "TypeHints"), ("key", "keys")],
)
def test_numbers_that_a_rule_makes(one: str, many: str) -> None:
    assert (d.plural(one), d.singular(many)) == (many, one)


@pytest.mark.parametrize("name", ["cookies", "caches", "bases", "status", "news", "series"])
def test_a_singular_that_no_rule_makes_is_not_made(name: str) -> None:
    assert d.singular(name) == ""


@pytest.mark.parametrize("name", ["child", "index", "names", "leaf", "hero"])
def test_a_plural_that_no_rule_makes_is_not_made(name: str) -> None:
    assert d.plural(name) == ""
