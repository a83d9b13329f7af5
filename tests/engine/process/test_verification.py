"""Edits of several files, and some of the edits of one, pass the gates of their own file."""

import asyncio
from pathlib import Path

import pytest

from nanobot_engine.edit import read_source
from nanobot_engine.process import Choice, Ledger, accept, enumerate_files, review
from nanobot_engine.recipe import goal_from_sentence, recipe_named
from support import small_process
from support.scripted_model import ScriptedModel

CODE = """\
def size_{name}(text=""):
    return len(text)


def deep_{name}(text):
    if text:
        print(text)
        print(text)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(CODE.format(name=name))
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.db")


def planned(ledger: Ledger, root: Path, sentence: str) -> str:
    """Return the id of a process over both files that waits for review."""
    goal = goal_from_sentence(sentence)
    process_id = ledger.create_process(goal, small_process.OPTIONS)
    sources = [read_source(root, path, size_bytes_max=10**6) for path in ("one.py", "two.py")]
    recipe = recipe_named(goal.recipe, goal.arguments)
    enumerate_files(ledger, process_id, recipe, sources, overlay={})
    asyncio.run(small_process.run(ledger, process_id, ScriptedModel(answer=lambda _: "Any")))
    return process_id


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("add type annotations to one.py and two.py", ['text: str = "") -> int:', ") -> None:"]),
        ("use early returns in one.py and two.py", ["    if not text:\n        return\n"]),
        ("add logging to the functions in one.py and two.py", ["logging.getLogger(__name__)"]),
    ],
)
def test_all_files_of_a_process_are_offered_and_written(
    ledger: Ledger, root: Path, sentence: str, parts: list[str]
) -> None:
    process_id = planned(ledger, root, sentence)

    found = review(ledger, process_id)
    assert [file.path for file in found.plan.files] == ["one.py", "two.py"]
    accept(ledger, root, process_id)

    texts = [(root / path).read_text() for path in ("one.py", "two.py")]
    assert [part in text for part in parts for text in texts] == [True] * 2 * len(parts)


def test_one_hunk_of_a_file_is_accepted_without_the_others(ledger: Ledger, root: Path) -> None:
    process_id = planned(ledger, root, "add type annotations to one.py")
    first, *_ = review(ledger, process_id).hunks

    accept(ledger, root, process_id, Choice(hunks=frozenset({first.hunk_id})))

    text = (root / "one.py").read_text()
    assert 'def size_one(text: str = "") -> int:' in text
    assert "def deep_one(text):" in text
