from typing import Any

import pytest

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
