import random

import pytest
import re2

from nanobot_indexer.search.required_literal import pattern_facts


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"def \w+_timeout\(", "_timeout("),
        ("abc", "abc"),
        ("abc|abd", ""),
        ("(abc|abd)xyz", "xyz"),
        ("(?:abcd)+x", "abcd"),
        ("(abcd)?xyz", "xyz"),
        ("ab*cde", "cde"),
        ("abc+d", "abc"),
        ("ab{2}cde", "bcde"),
        ("ab{0,2}cde", "cde"),
        ("a{,2}b", "a{,2}b"),
        (r"a\.b\\c", "a.b\\c"),
        (r"[abc]def", "def"),
        (r"[]x]def", "def"),
        (r"[^]\]x]def", "def"),
        (r"[[:alpha:]]def", "def"),
        (r"^foo$", "foo"),
        (r"(?P<name>foo)bar", "foo"),
        (r"\bclass \w+Error\(", "Error("),
        (r"über\w", "über"),
        (r"\x41bc", ""),
        (r"\pNabc", ""),
        (r"\Qa.b\E", ""),
        ("(abc", ""),
        ("abc)", ""),
        ("[abc", ""),
        ("(?=abc)", ""),
        ("abc\\", ""),
        ("", ""),
    ],
)
def test_the_literal_of_an_expression(pattern: str, literal: str) -> None:
    assert pattern_facts(pattern).literal == literal


@pytest.mark.parametrize("pattern", ["(?i)abc", "(?i:abc)d", "x(?mi)abc"])
def test_folding_inside_of_an_expression_is_seen(pattern: str) -> None:
    assert pattern_facts(pattern).is_folded


@pytest.mark.parametrize(
    "pattern",
    [
        r"a\nb", "a\nb", r"[\n]", r"a\\\n", "a\\\nb", r"a\x0ab", r"a\x0Ab", r"\x{a}", r"\x{000A}",
        r"\012", r"\0123", r"\12", "[ab\n]", r"[]\n]", r"[\x0a]", r"[\\\n]", "\\Qa\nb\\E",
        r"(a|\n)", r"[^a]\n", r"[[:alpha:]\n]",
    ],
)  # fmt: skip
def test_a_line_feed_is_seen(pattern: str) -> None:
    assert pattern_facts(pattern).has_line_feed


@pytest.mark.parametrize(
    "pattern",
    [
        r"a\\nb", r"[^\n]*", r"a[^\nb]", "[^\n]", r"[^]\n]", r"\Qa\nb\E", r"\x0b",
        r"\x{0ab}", r"\123", r"[\\n]", r"[^\x0a]", r"\\x0a", "",
    ],
)  # fmt: skip
def test_no_line_feed_is_seen_where_none_is_asked_for(pattern: str) -> None:
    assert not pattern_facts(pattern).has_line_feed


def test_deep_groups_are_given_up_on() -> None:
    assert pattern_facts("(" * 90 + "abc" + ")" * 90).literal == "abc"
    for opened in ("(", "(?:", "(?P<a>"):
        facts = pattern_facts(opened * 1300 + "a$" + ")" * 1300)
        assert (facts.literal, facts.line_end_places) == ("", ())


def test_line_ends_are_found_where_they_mean_one() -> None:
    assert pattern_facts(r"a$|\$b[$]|(c$)").line_end_places == (1, 12)


ATOMS = [".", "[ab]", "[^c]", r"\w", r"\.", "a?", "b*", "[]a]", r"[\]b]", "{", "^", "$", r"\b", ""]
GROUPS = ["({})", "(?:{})", "(?P<n>{})", "(?:{})+", "(?:{})?", "({}){{1,2}}"]


def written(source: random.Random, depth: int) -> str:
    """Return an expression of RE2's syntax."""
    choice = source.randrange(10 if depth else 6)
    if choice < 3:
        return "".join(source.choice("abc") for _ in range(source.randint(1, 3)))
    if choice == 3:
        return source.choice(ATOMS)
    if choice < 6:
        return source.choice("abc") + source.choice(["+", "*", "?", "{2}", "{0,1}", "{1,}", "+?"])
    one, other = written(source, depth - 1), written(source, depth - 1)
    if choice < 8:
        return one + other if choice == 6 else f"(?:{one}|{other})"
    return source.choice(GROUPS).format(one)


@pytest.mark.parametrize("seed", range(8))
def test_every_match_has_the_literal(seed: int) -> None:
    source = random.Random(seed)
    options = re2.Options()
    options.log_errors = False
    checked = 0
    for _ in range(400):
        pattern = written(source, 3)
        try:
            regex = re2.compile(pattern, options)
        except re2.error:
            continue  # Such as a repeated repetition.
        literal = pattern_facts(pattern).literal
        for _ in range(5):
            text = "".join(source.choice("aabbcc. {]") for _ in range(40))
            for match in regex.finditer(text):
                assert literal in match[0], (seed, pattern, literal, match[0])
                checked += bool(literal)
    assert checked > 100
