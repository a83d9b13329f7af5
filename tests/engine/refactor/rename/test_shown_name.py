"""Tests and examples that show the name of a class."""

from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, planned

_CLASS = """
    class JSONStorage:
        \"\"\"Stores.

        JSONStorage is good.

        >>> JSONStorage().kind()
        'a JSONStorage'
        \"\"\"

        def kind(self):
            return "a " + type(self).__name__
"""
_TEST = """
    from store import JSONStorage


    def test_repr():
        assert repr(JSONStorage()).startswith("<store.JSONStorage object")
"""


def _likely(change: Change) -> list[tuple[str, str]]:
    return [(f.path, e.label) for f in change.plan.files for e in f.edits if e.is_likely]


def test_strings_of_tests_and_examples_follow_a_class_as_likely_edits() -> None:
    change = check(
        Rename(),
        {"store.py": _CLASS, "tests/test_store.py": _TEST, "log.py": "x = 'JSONStorage'\n"},
        {
            "store.py": _CLASS.replace("class JSON", "class Json")
            .replace(">>> JSON", ">>> Json")
            .replace("'a JSON", "'a Json"),
            "tests/test_store.py": _TEST.replace("JSON", "Json"),
        },
        symbol="store.py::JSONStorage",
        new_name="JsonStorage",
    )

    shown = "a test expects JSONStorage in a text, as objects print it"
    # The path in the string of the test is a place that certainly means it.
    assert set(_likely(change)) <= {
        ("store.py", "a doctest names JSONStorage"),
        ("tests/test_store.py", shown),
    }
    assert ("store.py", "a doctest names JSONStorage") in _likely(change)


def test_a_word_is_shown_only_as_objects_print_it() -> None:
    test = "from m import Box\nassert repr(Box()) == '<Box>', 'a Box is empty'\n"
    change = check(
        Rename(),
        {"m.py": "class Box: ...\n", "test_m.py": test},
        {
            "m.py": "class Case: ...\n",
            "test_m.py": "from m import Case\nassert repr(Case()) == '<Case>', 'a Box is empty'\n",
        },
        symbol="m.py::Box",
        new_name="Case",
    )

    assert _likely(change) == [("test_m.py", "a test expects Box in a text, as objects print it")]


def test_where_another_class_has_the_name_strings_stay() -> None:
    files = {
        "m.py": "class FirstBox: ...\n",
        "n.py": "class FirstBox: ...\n",
        "test_m.py": "from m import FirstBox\nassert repr(FirstBox()) == 'FirstBox()'\n",
    }

    change = planned(Rename(), files, symbol="m.py::FirstBox", new_name="Case")

    assert not _likely(change)
