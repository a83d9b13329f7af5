"""What counts as a docstring's sentence, and when two say the same."""

import pytest

from nanobot_engine.edit import parse_python
from nanobot_engine.recipe import Candidate, RedFlag
from nanobot_engine.recipe.document.summary import checked, content_words, same_meaning

CODE = b"""
def load(path, retry_count=3):
    return path.read()

def close(handle):
    handle.close()

def walk(root):
    yield root

class Loader:
    def __init__(self, root): ...
"""


def check_answer(answer: str, name: str = "load") -> str:
    """The only place that knows the API under test: the text, or `!flag`."""
    (definition,) = (d for d in parse_python(CODE).definitions if d.qualified_name == name)
    result = checked(answer, definition)
    return f"!{result.name}" if isinstance(result, RedFlag) else result


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Read the file at path.", "Read the file at path."),
        ("  Read   the\tfile. ", "Read the file."),
        ("Returns the text of a file.", "Return the text of a file."),
        ("Processes the text of a file.", "Process the text of a file."),
        ("Read with `retry_count` tries.", "Read with `retry_count` tries."),
        ("Read the file", "!form"),
        ("read the file.", "!form"),
        ("Read the file (twice.", "!form"),
        ("Read.", "!length"),
        ("Read " + "very " * 20 + "long files.", "!length"),
        ("This function reads a file.", "!meta"),
        ("The method reads a file.", "!meta"),
        ("Read with retry_limit tries.", "!unknown name"),
        ("Read by calling fetch().", "!unknown name"),
        ("Read the values of a JSON file.", "!unknown format"),
        ("Read what FileReader holds.", "!unknown name"),
    ],
)
def test_an_answer_is_normalised_or_flagged(answer: str, expected: str) -> None:
    assert check_answer(answer) == expected


def test_a_return_that_the_code_does_not_make_is_flagged() -> None:
    assert check_answer("Return the closed handle.", "close") == "!claims a return"
    assert check_answer("Return every folder of the tree.", "walk") != "!claims a return"


def test_a_yield_that_the_code_does_not_make_is_flagged() -> None:
    assert check_answer("Yield the text of a file.", "load") == "!claims a yield"
    assert check_answer("Yield the folders of a tree.", "walk") == "Yield the folders of a tree."


def test_a_class_is_described_by_a_noun_phrase() -> None:
    assert check_answer("Defines how files load.", "Loader") == "!form"
    assert check_answer("A loader of files.", "Loader") == "A loader of files."


def candidate(text: str) -> Candidate:
    return Candidate(text, content_words(text))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Set the title of the window.", "Set the title of the window.", True),
        ("Group matching brackets in a list.", "Group matching brackets in lists of tokens.", True),
        ("Move the cursor up by n lines.", "Move the cursor up n lines.", True),
        (
            "Determine whether to strip escape codes from the output stream.",
            "Determine if escape sequences should be stripped from the output.",
            True,
        ),
        ("Tell whether tabs were mapped.", "Tell if a tab is in a map.", True),
        ("Return whether the file is open.", "Return whether the file is not open.", False),
        ("Read 2 bytes from the stream.", "Read 4 bytes from the stream.", False),
        ("Flush the output to the console.", "Close the wrapped stream.", False),
    ],
)
def test_sentences_agree_when_they_share_their_content(
    first: str, second: str, *, same: bool
) -> None:
    assert same_meaning(candidate(first), candidate(second)) is same
    assert same_meaning(candidate(second), candidate(first)) is same


def test_a_letter_that_an_ending_doubles_is_one_and_others_stay() -> None:
    assert content_words("strip stripped stripping") == {"strip"}
    assert content_words("fill filled filling") == {"fill"}
    assert content_words("pass passed passing") == {"pass"}
    assert content_words("add added adding") == {"add"}
