from typing import Any

import pytest

from nanobot_indexer import Language
from nanobot_server.host.errors import HostError
from nanobot_server.host.params import Params

VALUES: dict[str, Any] = {
    "text": "a",
    "empty": "",
    "number": 3,
    "flag": True,
    "null": None,
    "objects": [{"path": "a.py"}],
    "texts": {"a.py": "x"},
    "list": [1],
}


@pytest.mark.parametrize("name", ["empty", "null", "missing", "number", "list"])
def test_a_text_must_be_one_and_not_empty(name: str) -> None:
    with pytest.raises(HostError, match=f"^{name}: ") as caught:
        Params(VALUES).text(name)
    assert caught.value.code == "usage"


@pytest.mark.parametrize("name", ["text", "flag", "list", "null", "missing"])
def test_a_number_must_be_one(name: str) -> None:
    with pytest.raises(HostError, match=f"^{name}: must be "):
        Params(VALUES).integer(name, least=1, most=5)


@pytest.mark.parametrize(("least", "most"), [(4, 9), (0, 2)])
def test_a_number_must_be_in_its_range(least: int, most: int) -> None:
    with pytest.raises(HostError, match=f"must be from {least} to {most}, is 3"):
        Params(VALUES).integer("number", least=least, most=most)


def test_lists_and_objects_are_checked_inside() -> None:
    params = Params(VALUES)

    assert params.optional_objects("objects") == [{"path": "a.py"}]
    assert params.text_by_text("texts") == {"a.py": "x"}
    assert params.optional_objects("missing") == []
    assert params.text_by_text("null") == {}
    for name in ("list", "text"):
        with pytest.raises(HostError):
            params.optional_objects(name)
        with pytest.raises(HostError):
            params.text_by_text(name)


def test_only_true_is_true() -> None:
    assert Params(VALUES).flag("flag")
    assert not any(Params(VALUES).flag(name) for name in VALUES if name != "flag")


def test_an_optional_text_is_one_or_nothing() -> None:
    params = Params(VALUES)

    assert params.optional_text("text") == "a"
    assert params.optional_text("empty") == ""
    assert params.optional_text("null") is params.optional_text("missing") is None
    for name in ("number", "flag", "list", "texts"):
        with pytest.raises(HostError, match=f"^{name}: must be text"):
            params.optional_text(name)


def test_a_short_text_has_a_length() -> None:
    params = Params({"text": "four", "empty": "", "number": 3})

    assert params.short_text("text", chars_max=4) == "four"
    assert params.optional_short_text("text", chars_max=4) == "four"
    assert params.optional_short_text("missing", chars_max=4) is None
    for method in (params.short_text, params.optional_short_text):
        with pytest.raises(HostError, match=r"^text: has 4 characters, at most 3 are looked at"):
            method("text", chars_max=3)
        with pytest.raises(HostError, match=r"^empty: missing or empty"):
            method("empty", chars_max=3)
        with pytest.raises(HostError, match=r"^number: must be text"):
            method("number", chars_max=3)
    with pytest.raises(HostError, match=r"^missing: missing or empty"):
        params.short_text("missing", chars_max=3)


@pytest.mark.parametrize(("least", "most"), [(3, 3), (1, 3), (3, 9)])
def test_the_ends_of_a_range_are_in_it(least: int, most: int) -> None:
    assert Params(VALUES).integer("number", least=least, most=most) == 3
    assert Params(VALUES).integer_or("number", 5, least=least, most=most) == 3


def test_a_number_that_may_be_absent_has_a_default() -> None:
    params = Params(VALUES)

    assert params.integer_or("missing", 7, least=0, most=9) == 7
    assert params.integer_or("null", 7, least=0, most=9) == 7
    assert params.optional_integer("missing") is None
    for name in ("text", "flag", "list"):
        with pytest.raises(HostError, match=f"^{name}: must be a whole number"):
            params.integer_or(name, 7, least=0, most=9)
    with pytest.raises(HostError, match=r"^number: must be from 4 to 9, is 3"):
        params.integer_or("number", 7, least=4, most=9)


@pytest.mark.parametrize("given", [None, []])
def test_no_choices_are_all(given: object) -> None:
    assert Params({"languages": given}).choices("languages", Language) is None
    assert Params({}).choices("languages", Language) is None


def test_choices_are_of_their_kind() -> None:
    params = Params({"languages": ["go", "python", "go"]})

    assert params.choices("languages", Language) == frozenset({Language.GO, Language.PYTHON})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("go", "languages: must be a list of texts"),
        ({"go": 1}, "languages: must be a list of texts"),
        (["go", 1], "languages: must be a list of texts"),
        ([["go"]], "languages: must be a list of texts"),
        (["go", "Go"], "languages: 'Go' is none of bash, c, "),
        ([""], "languages: '' is none of bash, c, "),
    ],
)
def test_wrong_choices_are_named(given: object, message: str) -> None:
    with pytest.raises(HostError) as caught:
        Params({"languages": given}).choices("languages", Language)

    assert str(caught.value).startswith(message)
    assert caught.value.code == "usage"
