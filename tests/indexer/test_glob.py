import time

import pytest

from nanobot_indexer.workspace.glob import name_pattern, path_pattern


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("*.py", ["a.py", ".py", "é.py"], ["a.pyc", "py", "a.py~"]),
        ("*", ["a", ".a"], []),
        ("a*b*c", ["abc", "axxbbyc"], ["ab", "acb"]),
        ("?", ["a", "é"], ["", "ab"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
        ("[!a-c]", ["d", "-"], ["a"]),
        ("[^a]", ["b"], ["a"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[z-a]", ["z"], ["a", "m"]),
        ("[[:a]", ["[", ":", "a"], ["]"]),
        ("x[[:space:]]", ["x "], ["x\u00a0", "x"]),
        ("[[:digit:]_]*", ["1a", "_"], ["a1"]),
        ("[\\]]", ["]"], ["\\"]),
        ("\\*", ["*"], ["a", "\\*"]),
        ("a+(b).", ["a+(b)."], ["aab", "aa(b)."]),
        # No patterns: an open set, an unknown class, a backslash with nothing behind it.
        ("[a", [], ["a", "[a"]),
        ("[[:nonsense:]]", [], ["n", "]"]),
        ("a\\", [], ["a", "a\\"]),
    ],
)
def test_a_pattern_for_names(glob: str, matching: list[str], others: list[str]) -> None:
    pattern = name_pattern(glob)

    assert [name for name in [*matching, *others] if pattern.fullmatch(name)] == matching


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("/a", ["a"], ["b/a", "a/b"]),
        ("a/*", ["a/b"], ["a", "a/b/c"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab", "x/a/b", "a/b/c"]),
        ("**/b", ["b", "a/b", "a/x/b"], ["ab", "b/a"]),
        ("**/a/**/b", ["a/b", "x/a/y/b"], ["a", "x/b"]),
        ("a/x**y", ["a/xy", "a/x1y"], ["a/x/y"]),
        ("a/***/b", ["a/b", "a/x/b"], []),
        ("**/a/b/**/c/d", ["a/a/b/c/c/d", "x/a/b/a/b/y/c/d"], ["a/x/b/c/d", "a/b/c/x/d"]),
        ("a[/]b", [], ["a/b"]),
        ("[/a]b", ["ab"], ["/b", "b"]),
        ("[!]/x]b", ["ab"], ["xb", "]b"]),
        ("a\\/b", ["a/b"], ["a", "b"]),
        # What precedes the first wildcard is compared apart.
        ("x/a**/b", ["x/a/b", "x/acd/b", "x/ac/d/b", "x/ab"], ["x/b", "a/b"]),
        ("/a**", ["a", "ab", "ab/c"], ["b/a"]),
        ("a?**/b", ["axc/b"], ["axc/d/b"]),
    ],
)
def test_a_pattern_for_paths(glob: str, matching: list[str], others: list[str]) -> None:
    pattern = path_pattern(glob)

    assert [path for path in [*matching, *others] if pattern.fullmatch(path)] == matching


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*a" * 40 + "b", "a" * 255),
        ("*?a" * 60 + "b", "a" * 255),
        ("**/*a*a*a*a*b/" * 20 + "b", ("a" * 100 + "/") * 40),
        ("**/a/a/a/*/" * 20 + "b", "a/" * 2000 + "c"),
        ("**/" + "*a*/" * 50 + "b", ("a" * 70 + "/") * 58),
    ],
)
def test_a_hostile_pattern_needs_no_exponential_time(glob: str, path: str) -> None:
    started = time.process_time()

    assert not path_pattern(glob).fullmatch(path)

    # Trying every way would outlast the machine; this only tells the two apart.
    assert time.process_time() - started < 20
