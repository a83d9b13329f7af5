"""What is to stay as it is: looked at in the change that was understood."""

import asyncio
import time

import pytest

from nanobot_engine.intent import NotUnderstoodError, Plan, Planner
from nanobot_engine.intent.kept import Kept, kept_in
from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/__init__.py": "from app.load import Loader as Loader, load_cfg as load_cfg\n",
        "app/load.py": """
            def load_cfg(path, strict=False):
                return path, strict


            def other_function(path):
                return path


            def caller(path):
                found = path
                return load_cfg(found)


            class Loader:
                def read(self):
                    return load_cfg("a")

                def write(self):
                    return 1
            """,
        "app/store.py": """
            def store(path):
                return path
            """,
    }
)
RENAME = "rename load_cfg to read_settings"


def planned(sentence: str) -> Plan:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    return asyncio.run(planner.plan(sentence))


@pytest.mark.parametrize(
    "end",
    [
        " but leave `other_function` alone", ", but leave other_function and store alone.",
        ", don't touch `other_function`", ". Don't touch app/store.py please.",
        ", but don't rename `caller`", " without touching Loader.write", "; keep `store` as it is",
        ", `from app import Loader` must go on working",
        ", and keep `from app import Loader` working",
        ". Make sure that `from app.load import Loader` still works",
        ", `import app.store` should keep working",
    ],
)  # fmt: skip
def test_what_a_change_leaves_alone_may_be_asked_to_stay(end: str) -> None:
    plan = planned(RENAME + end)

    assert [part.values() for part in plan.parts] == [
        {"symbol": "app/load.py::load_cfg", "new_name": "read_settings"}
    ]
    assert plan.sentence == RENAME + end


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (" but leave `caller` alone", r"app/load\.py:11 in caller would change"),
        (", don't touch `Loader`", r"app/load\.py:16 in Loader would change"),
        (", but don't rename `load_cfg`", "load_cfg would be called otherwise"),
        (", don't touch app/__init__.py", r"app/__init__\.py:1 would change"),
        (", `from app.load import load_cfg` must go on working", "would not work"),
        (", `from app import missing` must go on working", "would not work"),
        (", `from json import loads` must go on working", "would not work"),
    ],
)
def test_what_a_change_does_not_leave_alone_is_refused(end: str, reason: str) -> None:
    with pytest.raises(NotUnderstoodError, match=reason):
        planned(RENAME + end)


def test_a_move_leaves_an_import_of_the_package_as_it_was() -> None:
    end = "move load_cfg to app/store.py, `from app import load_cfg` must go on working"
    assert planned(end).parts[0].refactoring == "move"


@pytest.mark.parametrize(
    "end", [" but leave `nowhere` alone", ", don't touch load_cfg's parameters", ", leave it alone"]
)
def test_what_names_nothing_is_not_taken_out(end: str) -> None:
    table = SymbolTable(Codebase(FILES))

    assert kept_in(RENAME + end, table) == Kept(RENAME + end)


@pytest.mark.parametrize("part", [", ", "but ", "leave ", "`"])
def test_what_repeats_takes_no_longer_than_its_length(part: str) -> None:
    table = SymbolTable(Codebase(FILES))
    started = time.process_time()

    kept_in(part * 5_000, table)

    # What tried each start with each length took a minute.
    assert time.process_time() - started < 10
