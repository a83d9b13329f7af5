"""Answers as documents to read."""

from nanobot_server.lsp.index.answer_text import answer_markdown


def test_an_answer_has_its_evidence() -> None:
    quote = {"path": "a.py", "start_line": 3, "end_line": 4, "quote": "LIMIT = 40\n"}
    document = {"question": "How many?", "is_found": True, "answer": "40", "evidence": [quote]}

    assert answer_markdown(document) == (
        "# How many?\n\n40\n\n`a.py:3-4`\n\n```\nLIMIT = 40\n```\n"
    )


def test_markdown_that_is_quoted_ends_no_fence() -> None:
    quote = {"path": "a.md", "start_line": 1, "end_line": 3, "quote": "````\ncode\n````"}
    document = {"question": "What?", "is_found": True, "answer": "code", "evidence": [quote]}

    assert answer_markdown(document).endswith("`````\n````\ncode\n````\n`````\n")


def test_without_an_answer_it_says_why() -> None:
    document = {"question": "What?", "is_found": False, "answer": "", "problem": "nothing matches"}

    assert answer_markdown(document) == "# What?\n\nnothing matches\n"
