"""A suggestion does not break what parsed before it."""

from nanobot_engine.completion.parse_check import unbroken
from nanobot_engine.completion.request import CompletionRequest


def check(marked: str, text: str, *, path: str = "a.py") -> str:
    before, after = marked.split("|")
    return unbroken(text, CompletionRequest(path, before, after))


def test_what_breaks_the_code_is_shortened_or_dropped() -> None:
    assert check("x = 1|\n", " + ") == ""
    assert check("def f():\n    a = 1\n    |\n\ny = 2\n", "b = 2\n    c = (\n") == "b = 2"
    assert check("def f():\n    pass\n|\n", "return 1") == ""


def test_what_fits_stays() -> None:
    text = "b = 2\n    return a + b"
    assert check("def f():\n    a = 1\n    |\n\ny = 2\n", text) == text


def test_code_that_did_not_parse_says_nothing() -> None:
    assert check("def f(|\n", "a") == "a"
    assert check("x = |\n", "1 +") == "1 +"


def test_a_mistake_elsewhere_does_not_matter() -> None:
    assert check("def broken(:\n\ndef f():\n    a = 1\n    |\n\ndef also(:\n", "b = (") == ""


def test_decorators_belong_to_what_they_decorate() -> None:
    assert check("@one\n@two\ndef f():\n    a = 1\n    |\n\nx = 1\n", "return a") == "return a"


def test_brackets_count_where_there_are_braces() -> None:
    marked = "function f() {\n  |\n}\n"
    assert check(marked, 'g("}");', path="a.js") == 'g("}");'
    assert check(marked, "g();\n}\nfunction h() {", path="a.js") == ("g();\n}\nfunction h() {")
    assert check(marked, "if (a) {", path="a.js") == ""
    assert check(marked, "a();\n  if (b) {", path="a.js") == "a();"


def test_other_languages_are_not_judged() -> None:
    assert check("|\n", "((((", path="a.txt") == "(((("
