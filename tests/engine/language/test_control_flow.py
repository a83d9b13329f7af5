"""Which bodies are proved to do the same, and which are not."""

import itertools
import random
from collections import defaultdict

import pytest

from nanobot_engine.language.control_flow import decisions, does_same
from nanobot_engine.language.definitions import FUNCTIONS
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree_parser import TreeParser
from support.random_flow import function, trace

_HEADS = {
    "a.js": "function f(a, b, c) {",
    "a.go": "package a\nfunc f(a, b int) int {",
    "a.java": "class A { boolean f(int a, int b) {",
    "a.cpp": "int f(int a, int b) {",
    "a.rs": "fn f(a: u8, b: u8) -> bool {",
}


def same(path: str, one: str, other: str) -> bool:
    """The only place that knows the API under test."""
    end = "}}" if path.endswith(".java") else "}"
    found = []
    with TreeParser() as parser:
        for body in (one, other):
            text = f"{_HEADS[path]} {body} {end}".encode()
            language: Language = language_of(path, text)
            tree = parser.tree(text, language)
            assert tree is not None
            assert tree.error_count == 0, text
            found.append((tree, next(node for node in tree.nodes() if node.type in FUNCTIONS)))
    return does_same(found[0], found[1], language)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("a.js", "if (a) { g(); h(); }", "if (!a) { return; } g(); h()"),
        ("a.js", "if (a && b) return 1; return 2", "if (!a || !b) { return 2 } else { return 1 }"),
        (
            "a.js",
            "if (a !== b) { return g(); } else { h(); }",
            "if (a === b) { h() } else return g()",
        ),
        ("a.js", "return a ? b : c", "if (a) { return b; } return c;"),
        ("a.js", "if (a == 1) { return true } return false", "return a == 1"),
        (
            "a.js",
            "for (const x of a) { if (x) { g(x); h(x); } }",
            "for (const x of a) { if (!x) { continue; } g(x); h(x); }",
        ),
        ("a.js", "if (a) { const x = g(); h(x); }", "if (!a) return; const x = g(); h(x);"),
        ("a.js", "// Why.\ng()", "g() /* why */;"),
        (
            "a.go",
            "if a == 1 {\n return 1\n} else {\n return 2\n}",
            "if a != 1 {\n return 2\n}\nreturn 1",
        ),
        (
            "a.go",
            "if err := g(); err != nil {\n return 1\n} else {\n return 2\n}",
            "if err := g(); err != nil {\n return 1\n}\nreturn 2",
        ),
        ("a.java", "if (g(a)) { return true; } return false;", "return g(a);"),
        (
            "a.cpp",
            "if (a) { Lock l; g(); return 1; } return 1;",
            "if (!a) return 1; Lock l; g(); return 1;",
        ),
        ("a.rs", "if a == b { true } else { false }", "a == b"),
        ("a.rs", "if a == b { return g(); } else { h() }", "if a != b { return h(); }\n g()"),
    ],
)
def test_another_shape_of_the_same_decisions_is_proved(path: str, one: str, other: str) -> None:
    assert same(path, one, other)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("a.js", "if (a) { g(); } h();", "if (!a) { return; } g(); h();"),
        ("a.js", "g(); h();", "h(); g();"),
        ("a.js", "if (a < b) return 1; return 2", "if (a >= b) return 2; return 1"),
        ("a.js", "return a && b", "if (a && b) return true; return false"),
        ("a.js", "if (a) { return true } return false", "return a"),
        # What a name means depends on its block.
        ("a.js", "if (a) { let b = 1; g(b); } h(b);", "if (a) { b = 1; g(b); } h(b);"),
        ("a.js", "{ let b = 1; g(b); } h(b);", "let b = 1; g(b); h(b);"),
        # To leave the loop is more than to leave the block of the `try`.
        (
            "a.js",
            "for (;;) { try { if (a) continue; b(); } finally {} c(); }",
            "for (;;) { try { if (!a) b(); } finally {} c(); }",
        ),
        ("a.js", "for (a;b;) g()", "for (a;;b) g()"),
        ("a.js", "x: for (;;) { break x }", "x: for (;;) { break x }"),
        (
            "a.go",
            "if err := g(); err != nil {\n return 1\n} else {\n h(err)\n}\nreturn 2",
            "if err := g(); err != nil {\n return 1\n}\nh(err)\nreturn 2",
        ),
        # What is declared in a block of C++ ends there.
        (
            "a.cpp",
            "if (a) { Lock l; g(); } h(); return 1;",
            "if (!a) { h(); return 1; } Lock l; g(); h(); return 1;",
        ),
        ("a.cpp", "{ Lock l; g(); } return h();", "Lock l; g(); return h();"),
        (
            "a.rs",
            "if a == b { let x = l(); g(); } h()",
            "if a != b { return h(); } let x = l(); g(); h()",
        ),
    ],
)
def test_what_may_do_something_else_is_not_proved(path: str, one: str, other: str) -> None:
    assert not same(path, one, other)
    assert same(path, one, one) or "x: for" in one


def test_a_tree_that_grows_too_large_is_left_unproved() -> None:
    body = "".join(f"if (a{i}) {{ g{i}(); }}" for i in range(40))
    assert not same("a.js", body, body)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_functions_with_equal_trees_do_the_same_for_all_answers(seed: int) -> None:
    rng = random.Random(seed)
    pythons_by_tree: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with TreeParser() as parser:
        for _ in range(500):
            script, python = function(rng)
            tree = parser.tree(script.encode(), Language.JAVASCRIPT)
            assert tree is not None
            node = next(one for one in tree.nodes() if one.type in FUNCTIONS)
            found = decisions(tree, node, Language.JAVASCRIPT)
            pythons_by_tree[repr(found)][script] = python

    pairs = 0
    for scripts in pythons_by_tree.values():
        (first, python), *others = scripts.items()
        for other, its_python in others:
            pairs += 1
            for answers in itertools.product([True, False], repeat=6):
                assert trace(python, answers) == trace(its_python, answers), (first, other)
    assert pairs > 5
