"""Conditions that a program returns in place of what they decide."""

import pytest

from nanobot_engine.language.functions import code_functions
from nanobot_engine.recipe.rewrite.other_languages.boolean_return import with_boolean_returns
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser
from support.code_rewrite import by_program


def step(path: str, text: str) -> str | None:
    """The only place that knows one step."""
    language = language_of(path, text.encode())
    with TreeParser() as parser:
        tree = parser.tree(text.encode(), language)
    assert tree is not None
    (function,) = code_functions(tree, language).values()
    return with_boolean_returns(function)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (
            "src/a.js",
            "function f(a) {\n  if (a === 1) {\n    return true;\n  }\n  return false;\n}\n",
            "function f(a) {\n  return a === 1;\n}\n",
        ),
        (
            "src/a.go",
            (
                "package a\n\nfunc f(a int) bool {\n\tif g(a) {\n\t\treturn false\n\t}\n"
                "\treturn true\n}\n"
            ),
            "package a\n\nfunc f(a int) bool {\n\treturn !g(a)\n}\n",
        ),
        (
            "src/A.java",
            (
                "class A {\n    boolean f() {\n        if (g()) return true; else return false;\n"
                "    }\n}\n"
            ),
            "class A {\n    boolean f() {\n        return g();\n    }\n}\n",
        ),
        (
            "src/a.rs",
            (
                "fn f(a: u8) -> bool {\n    if a == 1 {\n        return true;\n    }\n"
                "    return false;\n}\n"
            ),
            "fn f(a: u8) -> bool {\n    return a == 1;\n}\n",
        ),
    ],
)
def test_a_condition_is_returned_where_it_is_the_result(path: str, before: str, after: str) -> None:
    assert by_program(path, before, f"simplify {path}") == after


@pytest.mark.parametrize(
    "body",
    [
        "if (a === 1) {\n    // Why.\n    return true;\n  }\n  return false;",
        "if (a === 1) {\n    return true;\n  }\n  return null;",
        "if (a === 1) {\n    g();\n    return true;\n  }\n  return false;",
        "if (a === 1) {\n    return true;\n  }\n  g();\n  return false;",
    ],
)
def test_what_does_more_than_return_stays(body: str) -> None:
    assert step("a.js", f"function f(a) {{\n  {body}\n}}\n") is None


def test_what_only_counts_as_true_is_not_returned() -> None:
    text = "function f(a) {\n  if (a) {\n    return true;\n  }\n  return false;\n}\n"

    assert step("a.js", text) is not None
    # The step is not proved, and the model is asked.
    with pytest.raises(AssertionError, match="would be asked"):
        by_program("src/a.js", text, "simplify src/a.js")
