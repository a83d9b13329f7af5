"""What a question asks for is told by rules."""

import pytest

from nanobot_engine.ask import QuestionInvalidError, QuestionKind, parsed_question


@pytest.mark.parametrize(
    ("text", "kind", "names", "literals"),
    [
        ("Where is HTTPAdapter defined?", "location", ("HTTPAdapter",), ()),
        ("In which file is dispatch_hook implemented?", "location", ("dispatch_hook",), ()),
        ("where is the function prompt defined", "location", ("prompt",), ()),
        ("Where is `run`?", "location", ("run",), ()),
        ("Where is parse_args used?", "uses", ("parse_args",), ()),
        ("Who calls Session.send?", "uses", ("Session.send",), ()),
        ("which functions use json::dumps", "uses", ("json::dumps",), ()),
        ("What does get_encoding() return?", "name", ("get_encoding",), ()),
        ("What does the class Session do?", "name", ("Session",), ()),
        ("What chunk size does iter_lines use by default?", "name", ("iter_lines",), ()),
        ('What raises "not found here"?', "literal", (), ("not found here",)),
        ("What does E1234-ABCD mean?", "literal", (), ("E1234-ABCD",)),
        ("Which constant is 0x00FF12?", "literal", (), ("0x00FF12",)),
        ("what is pinned to 1.22.3?", "literal", (), ("1.22.3",)),
        ("Which port is 8080", "literal", (), ("8080",)),
        ("Which exception is raised when a URL has no scheme?", "search", (), ()),
        ("the function that takes a retry budget and a host", "search", (), ()),
        ("how many redirects are allowed by default", "search", (), ()),
    ],
)
def test_a_question_is_classified(
    text: str, kind: str, names: tuple[str, ...], literals: tuple[str, ...]
) -> None:
    question = parsed_question(text)

    assert (question.kind, question.names, question.literals) == (
        QuestionKind(kind),
        names,
        literals,
    )


def test_cues_say_what_a_line_with_the_answer_has() -> None:
    assert "raise " in parsed_question("Which exception is raised?").cues
    assert "return " in parsed_question("What does it return?").cues
    assert parsed_question("Why is it blue?").cues == ()


@pytest.mark.parametrize("text", ["", "  \n ", "?!", "x" * 1001])
def test_nothing_and_too_much_can_not_be_asked(text: str) -> None:
    with pytest.raises(QuestionInvalidError, match="question"):
        parsed_question(text)


def test_a_question_is_one_line() -> None:
    assert parsed_question(" a\n\tb  c ").text == "a b c"
