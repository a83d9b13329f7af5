"""Doc comments of one sentence: words, form, place, and the gate that believes none of it."""

import pytest

from nanobot_engine.edit import TextEdit, apply_edits, source_from_bytes
from nanobot_engine.edit.errors import DocstringError
from nanobot_engine.language.definitions import CodeDefinition, code_definitions
from nanobot_engine.language.doc_comment import (
    OnlyCommentsAddedGate,
    comment_text,
    doc_comment_edit,
    worded,
)
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser

LONG = "Return the area of a box whose sides are given in the units of the drawing that has it."


def first(path: str, text: str) -> CodeDefinition:
    data = text.encode()
    language = language_of(path, data)
    with TreeParser() as parser:
        tree = parser.tree(data, language)
    assert tree is not None
    return next(code_definitions(tree, language, path))


def documented(path: str, text: str, sentence: str = "Return the area.", width: int = 88) -> str:
    """The only place that knows how a comment comes into a file."""
    definition = first(path, text)
    words = worded(sentence, definition)
    assert words is not None
    source = source_from_bytes(path, text.encode())
    edit = doc_comment_edit(source, definition, words, line_length_max=width, step_key="k")
    after = apply_edits(source.data, [edit])
    verdict = OnlyCommentsAddedGate({"k": words}).check(source, after, [edit])
    assert verdict.ok, verdict.reason
    return after.decode()


@pytest.mark.parametrize(
    ("path", "text", "comment"),
    [
        ("a.js", "export function area() { return 1; }\n", "/** Return the area. */\n"),
        ("a.go", "func Area() int { return 1 }\n", "// Area returns the area.\n"),
        ("a.rs", "#[inline]\npub fn area() -> i32 { 1 }\n", "/// Returns the area.\n"),
        ("a.c", "int area(void) { return 1; }\n", "/** Return the area. */\n"),
        ("a.cpp", "template <class T>\nint area(T x) { return 1; }\n", "/** Return the area. */\n"),
        ("a.ts", "@dec()\nexport class Area {}\n", "/** Return the area. */\n"),
    ],
)
def test_a_comment_has_the_form_of_its_language(path: str, text: str, comment: str) -> None:
    assert documented(path, text) == comment + text


def test_a_comment_stands_at_the_indentation_above_annotations() -> None:
    text = "public class A {\r\n\t@Deprecated\r\n\tpublic int area() { return 1; }\r\n}\r\n"
    path = "A.java"
    data = text.encode()
    with TreeParser() as parser:
        tree = parser.tree(data, language_of(path, data))
    assert tree is not None
    _, method = code_definitions(tree, language_of(path, data), path)
    source = source_from_bytes(path, data)

    edit = doc_comment_edit(source, method, "Returns the area.", line_length_max=88, step_key="k")

    assert edit.new_text == b"\t/** Returns the area. */\r\n"
    assert data[edit.end_byte :].startswith(b"\t@Deprecated")


def test_a_comment_stands_above_what_tools_are_told() -> None:
    text = "package p\n\n//go:noinline\nfunc Area() int { return 1 }\n"

    assert "\n\n// Area returns the area.\n//go:noinline\nfunc" in documented("a.go", text)


def test_what_the_file_uses_is_used() -> None:
    text = "int area(void) { return 1; }\n\n"

    assert documented("a.c", text + "/// Told.\nint b(void) { return 1; }\n").startswith("/// Ret")
    assert documented("a.c", text + "/*! Told. */\nint b(void);\n").startswith("/*! Ret")
    spread = documented("a.c", text + "/**\n * Told.\n */\nint b(void);\n")
    assert spread.startswith("/**\n * Return the area.\n */\nint area")


def test_a_long_sentence_gets_several_lines() -> None:
    text = "export function area() { return 1; }\n"

    after = documented("a.js", text, LONG, width=60)

    comment = after.removesuffix(text)
    assert comment.startswith("/**\n * Return the area")
    assert comment.endswith("has it.\n */\n")
    assert max(map(len, comment.splitlines())) <= 60
    assert comment_text(comment) == LONG


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Return the area.", "Area returns the area."),
        ("Apply a rule and return the result.", "Area applies a rule and returns the result."),
        ("Match the text.", "Area matches the text."),
        ("Parses it.", "Area parses it."),
        ("Pass the search and match on.", "Area passes the search and match on."),
        ("The area of it.", None),
        ("Return */ the area.", None),
    ],
)
def test_a_sentence_of_go_begins_with_the_name(sentence: str, expected: str | None) -> None:
    assert worded(sentence, first("a.go", "func Area() {}\n")) == expected


def test_a_type_of_go_is_something() -> None:
    definition = first("a.go", "type Stack struct{}\n")

    assert worded("A pile of things.", definition) == "Stack is a pile of things."
    assert worded("HTTP options.", definition) == "Stack represents HTTP options."


def test_what_can_not_stand_in_a_comment_is_refused() -> None:
    text = "export function area() { return 1; }\n"
    source = source_from_bytes("a.js", text.encode())
    for words in ("End */ here.", "Two\nlines.", "caf\u00e9.", ""):
        with pytest.raises(DocstringError):
            doc_comment_edit(source, first("a.js", text), words, line_length_max=88, step_key="k")


@pytest.mark.parametrize(
    ("inserted", "at"),
    [
        ("/** Told. */ f();\n", 0),
        ("/** Told. */\nlet x;\n", 0),
        ("/** Other. */\n", 0),
        ("x\n", 0),
        ("/** Told.\n", 0),
        # It would make the code behind it a comment.
        ("// Told.", 0),
        # In the middle of a string, and of a comment.
        ("/** Told. */\n", 14),
        ("/** Told. */\n", 23),
    ],
)
def test_the_gate_refuses_all_but_the_comment(inserted: str, at: int) -> None:
    before = "export let s = 'abc'; // and so\nf();\n"
    source = source_from_bytes("a.js", before.encode())
    edit = TextEdit(at, at, inserted.encode(), "k", "document s")
    gate = OnlyCommentsAddedGate({"k": "Told."})

    assert not gate.check(source, apply_edits(source.data, [edit]), [edit]).ok


def test_the_gate_refuses_bytes_that_no_edit_names() -> None:
    source = source_from_bytes("a.js", b"f(); // so\n")
    edit = TextEdit(0, 0, b"/** Told. */\n", "k", "")
    gate = OnlyCommentsAddedGate({"k": "Told."})

    assert gate.check(source, b"/** Told. */\nf(); // so\n", [edit]).ok
    assert not gate.check(source, b"/** Told. */\nf(1); // so\n", [edit]).ok
    assert not gate.check(source, b"/** Told. */\nf(); // no\n", [edit]).ok
