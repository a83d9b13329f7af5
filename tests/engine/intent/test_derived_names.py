"""New names that a sentence describes: made by a program, never taken from the description."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Plan, Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/__init__.py": "",
        "app/hexes.py": """
            primitive_types = (int, str)
            MODERN_HEX_PATTERN = "x"


            class ParseFailed(Exception):
                pass


            def _load(path, strict=False):
                return path, strict, primitive_types


            def loadAll(paths):
                return [_load(one) for one in paths], MODERN_HEX_PATTERN


            def setup(entry):
                return entry


            def load_strict(path, strict):
                return _load(path, strict)
            """,
    }
)


PRIMITIVE = ("primitive_types", "PRIMITIVE_TYPES")


def planned(sentence: str) -> Plan:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    return asyncio.run(planner.plan(sentence))


@pytest.mark.parametrize(
    ("sentence", "old", "new"),
    [
        ("primitive_types is a constant, should be upper case", *PRIMITIVE),
        ("primitive_types is a constant, make it upper-case", *PRIMITIVE),
        ("`primitive_types` should be written in all caps", *PRIMITIVE),
        ("loadAll should be snake_case", "loadAll", "load_all"),
        ("please make `loadAll` snake case, also in the docs", "loadAll", "load_all"),
        ("setup should be CapWords", "setup", "Setup"),
        ("drop the MODERN_ of MODERN_HEX_PATTERN", "MODERN_HEX_PATTERN", "HEX_PATTERN"),
        ("strip the MODERN prefix from MODERN_HEX_PATTERN", "MODERN_HEX_PATTERN", "HEX_PATTERN"),
        ("MODERN_HEX_PATTERN without the MODERN_", "MODERN_HEX_PATTERN", "HEX_PATTERN"),
        ("_load without the underscore please", "_load", "load"),
        ("make _load public", "_load", "load"),
        ("make the function loadAll private", "loadAll", "_loadAll"),
        ("setup is only used in here, make it private", "setup", "_setup"),
        ("prefix setup with _win_", "setup", "_win_setup"),
        ("put Error at the end of ParseFailed", "ParseFailed", "ParseFailedError"),
        ("ParseFailed +Error at the end", "ParseFailed", "ParseFailedError"),
        ("+Error at the end of ParseFailed", "ParseFailed", "ParseFailedError"),
        ("make MODERN_HEX_PATTERN plural", "MODERN_HEX_PATTERN", "MODERN_HEX_PATTERNS"),
    ],
)  # fmt: skip
def test_a_new_name_is_made_of_the_old_one(sentence: str, old: str, new: str) -> None:
    plan = planned(sentence)

    (part,) = plan.parts
    values = part.values()
    assert (values["symbol"], values["new_name"]) == (f"app/hexes.py::{old}", new)
    assert plan.sentence == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "setup should not be private",
        "drop the HEXES_ of MODERN_HEX_PATTERN",
        "MODERN_HEX_PATTERN without MODERN_HEX",
        "make setup public",
        "rename setup to uppercase",
        "MODERN_HEX_PATTERN should be upper case",
        "rename setup to upper case unless it is used",
        "put strict at the end of setup",
    ],
)
def test_what_makes_no_name_is_never_one_itself(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError):
        planned(sentence)


def test_a_parameter_is_no_part_of_a_name() -> None:
    (part,) = planned("remove strict from load_strict").parts

    assert part.refactoring == "remove parameter"


def test_a_style_that_is_written_as_a_name_is_one() -> None:
    (part,) = planned("rename setup to `upper_case`").parts

    assert part.values()["new_name"] == "upper_case"


def test_two_names_in_one_sentence() -> None:
    parts = planned("make loadAll snake_case and make setup private").parts

    assert [part.values()["new_name"] for part in parts] == ["load_all", "_setup"]
