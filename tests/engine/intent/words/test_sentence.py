import random
import string

import pytest

from nanobot_engine.intent.words.sentence import TokenKind, declared, tokenized


def kinds(sentence: str) -> list[tuple[str, str]]:
    return [(one.kind.value, one.text) for one in tokenized(sentence)]


@pytest.mark.parametrize(
    ("written", "kind", "text"),
    [
        ("load_cfg", "name", "load_cfg"),
        ("ConfigReader", "name", "ConfigReader"),
        ("`load`", "name", "load"),
        ("`load()`", "name", "load"),
        ("load()", "name", "load"),
        ("app.settings.load", "dotted", "app.settings.load"),
        ("app::load", "dotted", "app.load"),
        ("app/settings.py", "path", "app/settings.py"),
        ("settings.py", "path", "settings.py"),
        ("tests/", "path", "tests/"),
        ("load", "word", "load"),
        ("keyword-only", "word", "keyword-only"),
        ("10-14", "range", "10-14"),
        ("`10 \u2013 14`", "range", "10-14"),
        ("0xFF", "expression", "0xFF"),
        ("-1.5", "expression", "-1.5"),
        ("None", "expression", "None"),
        ("`a + b`", "expression", "a + b"),
        ("timeout=None", "declaration", "timeout=None"),
        ("`depth: int = 3`", "declaration", "depth: int = 3"),
        ("`load the config`", "phrase", "load the config"),
        ("->", "arrow", "->"),
        ("=>", "arrow", "->"),
    ],
)
def test_one_token(written: str, kind: str, text: str) -> None:
    assert kinds(written) == [(kind, text)]


def test_an_owner_is_marked() -> None:
    owner, name = tokenized("Client's send")

    assert (owner.text, owner.is_owner) == ("Client", True)
    assert (name.text, name.is_owner) == ("send", False)


def test_contractions_are_words() -> None:
    assert [one.text for one in tokenized("it doesn't")] == ["it", "does", "not"]


def test_a_parameter_is_taken_apart() -> None:
    assert declared("depth: int = 3") == ("depth", "int", "3")
    assert declared("depth=[]") == ("depth", "", "[]")
    assert declared("depth: int") == ("depth", "int", "")
    assert declared("depth") is None
    assert declared("*, a") is None


def test_any_text_becomes_tokens() -> None:
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    alphabet = string.ascii_letters + string.digits + "`'\"_./-=>()[]{},:; \u201c\u201dé\u2019"
    for _ in range(2_000):
        text = "".join(draw.choices(alphabet, k=draw.randrange(40)))
        for token in tokenized(text):
            assert token.raw, f"seed {seed}: {text!r}"
            assert token.kind in TokenKind
