import pytest

from nanobot_engine.intent.words.sentence import tokenized
from nanobot_engine.intent.words.shorthand import spelled_out

CODE = {"load", "lower", "evrything", "upper"}


def spelled(sentence: str) -> str:
    return " ".join(token.text for token in spelled_out(tokenized(sentence), CODE.__contains__))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rename load 2 read_all evrywhere", "rename load to read_all everywhere"),
        ("lower + upper kw only", "lower and upper kw only"),
        ("move load n dump 2 io.py", "move load and dump to io.py"),
        ("mov load to io.py", "move load to io.py"),
        ("remove unsed imports", "remove unused imports"),
        ("add error handlng to load", "add error handling to load"),
    ],
)
def test_what_is_typed_in_a_hurry_is_spelled_out(typed: str, meant: str) -> None:
    assert spelled(typed) == meant


@pytest.mark.parametrize(
    "sentence",
    [
        "add a parameter size with default 2 in load",
        "extract the literal 2 in io.py",
        "rename evrything to all_of_it",
        "rename load to reader",
        "use n instead of load",
    ],
)
def test_what_may_be_meant_stays(sentence: str) -> None:
    assert spelled(sentence) == " ".join(token.text for token in tokenized(sentence))
