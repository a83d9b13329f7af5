import mmap
import re

import pytest

from nanobot_indexer.errors import PatternInvalidError, QueryEmptyError
from nanobot_indexer.search.pattern import Pattern, TextRun


def check_spans(
    pattern: str,
    text: str,
    *,
    is_regex: bool = True,
    ignore_case: bool = False,
    whole_word: bool = False,
) -> list[str]:
    compiled = Pattern(pattern, is_regex=is_regex, ignore_case=ignore_case, whole_word=whole_word)
    content = text.encode()
    # What stands around a run is not seen from inside of it.
    buffer = b"x\0" + content + b"\0x"
    with memoryview(buffer) as whole, whole[2:-2] as view:
        run = TextRun(buffer, 2, 2 + len(content), view)
        spans = list(compiled.spans(run, 0, len(content)))
    return [content[start:end].decode() for start, end in spans]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a+b", "aab ab b", ["aab", "ab"]),
        ("^a", "a\nba\nab", ["a", "a"]),
        ("a$", "ab\na\nba", ["a", "a"]),
        ("a$", "ab\r\na\r\nba", ["a", "a"]),
        ("a.*$", "xab\r\n", ["ab"]),
        (r"a\s*b", "a\nb a b", ["a b"]),
        ("[^x]+", "ab\ncd", ["ab", "cd"]),
        ("größe", "die größe", ["größe"]),
        ("gr.ße", "die größe", ["größe"]),
        (r"\bfoo\b", "foo foobar barfoo foo", ["foo", "foo"]),
        (r"(\w+)_x", "ab_x", ["ab_x"]),
        ("x+x+y", "xxxxxxxxxy", ["xxxxxxxxxy"]),
        (r"a[^\n]*b", "a\nb axb", ["axb"]),
        (r"\Qa\nb\E", r"a\nb", [r"a\nb"]),
        ("(" * 400 + "a" + ")" * 400, "ba", ["a"]),
    ],
)
def test_an_expression_matches_in_lines(pattern: str, text: str, found: list[str]) -> None:
    assert check_spans(pattern, text) == found


def test_text_as_it_stands_is_no_expression() -> None:
    assert check_spans("a.b(", "a.b( axb(", is_regex=False) == ["a.b("]


def test_text_as_it_stands_may_hold_line_ends() -> None:
    assert check_spans("a\nb", "xa\nbx", is_regex=False) == ["a\nb"]


def test_case_is_folded_beyond_ascii() -> None:
    assert check_spans("ärger", "ÄRGER Ärger", is_regex=False, ignore_case=True) == [
        "ÄRGER",
        "Ärger",
    ]
    assert check_spans("k", "K \N{KELVIN SIGN}", ignore_case=True) == ["K", "\N{KELVIN SIGN}"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("foo", "foo foobar _foo foo.x", ["foo", "foo"]),
        ("->x", "a->x ->xy", ["->x"]),
        ("gr", "größe gr", ["gr"]),
        ("a a", "ba a a", ["a a"]),
    ],
)
def test_a_whole_word_ends_where_words_end(pattern: str, text: str, found: list[str]) -> None:
    assert check_spans(pattern, text, is_regex=False, whole_word=True) == found


def test_a_whole_word_may_be_a_longer_choice() -> None:
    assert check_spans("foo|foobar", "foobar foo", whole_word=True) == ["foobar", "foo"]


@pytest.mark.parametrize(
    "pattern",
    ["(", "[z-a]", "(?=a)", r"(a)\1", "*a", "a{2000}", r"a\nb", ".{1000}" * 4, "a)(b",
     r"a\x0ab", "(" * 2000],
)  # fmt: skip
def test_what_can_not_be_run_is_refused_with_its_reason(pattern: str) -> None:
    with pytest.raises(PatternInvalidError, match=re.escape(repr(pattern))) as caught:
        check_spans(pattern, "")

    assert caught.value.reason
    assert "RE2" in str(caught.value)
    assert "(?m" not in str(caught.value)


def test_a_huge_pattern_is_refused() -> None:
    with pytest.raises(PatternInvalidError, match="longer than 4096"):
        check_spans("a" * 5000, "")


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(QueryEmptyError):
        check_spans("", "")


def test_a_map_is_searched_like_bytes() -> None:
    text = b"def a_timeout(\ndef b(\n\ndef c_timeout(\n"
    pattern = Pattern(r"^def \w+_timeout\($", is_regex=True, ignore_case=False, whole_word=False)
    with mmap.mmap(-1, len(text)) as mapped:
        mapped.write(text)
        with memoryview(mapped) as view:
            spans = list(pattern.spans(TextRun(mapped, 0, len(text), view), 0, len(text)))

    assert [text[start:end] for start, end in spans] == [b"def a_timeout(", b"def c_timeout("]


def test_the_literal_of_an_expression_changes_no_match() -> None:
    # More lines with the literal than the search looks at one by one.
    lines = [f"{'x' * (number % 7)} value_{number} = None" for number in range(200)]
    text = "\n".join(["nothing here" * 3000, *lines, "the end" * 3000, *lines])
    expected = [match[0] for match in re.finditer(r"x+ value_\d*7\b.*None$", text, re.MULTILINE)]

    assert check_spans(r"x+ value_\d*7\b.*None$", text) == expected
    assert check_spans(r"x+ (?:value)_\d*7\b.*No.e$", text) == expected
