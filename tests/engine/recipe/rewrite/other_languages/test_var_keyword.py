"""Where `var` becomes `let` or `const`, and where it stays."""

import pytest

from support.code_rewrite import by_program


def check(body: str, expected: str) -> None:
    """The only place that knows the API under test."""
    before, after = (f"function f(a) {{\n  {text}\n}}\n" for text in (body, expected))
    assert by_program("src/a.js", before, "use let and const instead of var in src/a.js") == after


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("var b = 1;\n  return b;", "const b = 1;\n  return b;"),
        ("var b = 1;\n  b++;\n  return b;", "let b = 1;\n  b++;\n  return b;"),
        ("var b;\n  b = 1;\n  return b;", "let b;\n  b = 1;\n  return b;"),
        ("var b = 1, c = 2;\n  c += b;", "let b = 1, c = 2;\n  c += b;"),
        ("var {b, c: [d]} = a;\n  g(b, d);", "const {b, c: [d]} = a;\n  g(b, d);"),
        ("var b = 1;\n  ({b} = a);", "let b = 1;\n  ({b} = a);"),
        (
            "for (var i = 0; i < a; i++) { g(i); }",
            "for (let i = 0; i < a; i++) { g(i); }",
        ),
        ("for (var x of a) { g(x); }", "for (const x of a) { g(x); }"),
        ("for (var x in a) { x += 1; }", "for (let x in a) { x += 1; }"),
        (
            "for (;;) { var b = g(); if (b) return b; }",
            "for (;;) { const b = g(); if (b) return b; }",
        ),
        ("var b = 1;\n  return () => b;", "const b = 1;\n  return () => b;"),
        # What is inside of another function is not of this one, but looked at through it.
        (
            "var g = function () { return 1; };\n  g();",
            "const g = function () { return 1; };\n  g();",
        ),
    ],
)
def test_var_becomes_what_means_the_same(body: str, expected: str) -> None:
    check(body, expected)


@pytest.mark.parametrize(
    "body",
    [
        # Seen outside of its block, before its statement, or declared twice.
        "if (a) { var b = 1; }\n  return b;",
        "g(b);\n  var b = 1;",
        "var b = 1;\n  var b = 2;",
        "var a = a || {};",
        # A function catches one for all rounds, and not one for each.
        "for (var i = 0; i < a; i++) { g(() => i); }",
        "for (var x of a) { g(function () { return x; }); }",
        # It keeps its value from round to round.
        "for (;;) { var b; if (b) return; b = g(); }",
        # `g` can be called above.
        "g();\n  var b = 1;\n  function g() { return b; }",
        "switch (a) { case 1: var b = 2; g(b); }",
        "if (a) var b = 1;",
        "var b = 1;\n  return eval(a);",
        "for (var x of x) { g(x); }",
    ],
)
def test_var_stays_where_it_means_something_else(body: str) -> None:
    check(body, body)
