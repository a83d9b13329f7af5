"""One small process on the real models, from the terminal, and every way to look at it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.documents import documented_keys, keys_of
from support.terminal import Said, Terminal

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]

REPO = Path(__file__).resolve().parents[2]
CLI = (REPO / "docs" / "cli.md").read_text()
CODE = '''\
class Stack:
    """A pile of things."""

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)


def area(width, height):
    return width * height


def count_words(path):
    with open(path) as file:
        return len(file.read().split())
'''


@pytest.fixture(scope="module")
def terminal(models_dir: Path) -> Iterator[Terminal]:
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    opened.use_models(models_dir)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ran(terminal: Terminal) -> Said:
    """A process over three functions that was started and reviewed once for all tests."""
    terminal.write("shapes.py", CODE)
    command = ("process", "add docstrings to every public function", "--seed", "1", "--json")
    return terminal.run(*command, timeout_s=200)


def test_a_process_finds_votes_and_waits_for_review(ran: Said) -> None:
    assert ran.code == 3, ran
    view = ran.json
    assert (view["state"], view["steps"], view["done"]) == ("waiting_for_review", 3, 3)
    assert view["edits"] + view["refused"] == 3
    assert view["edits"] >= 2
    assert view["votes"] >= 6
    assert 0 < view["cached_tokens"] < view["prompt_tokens"]
    assert view["cache_hit_rate"] == round(view["cached_tokens"] / view["prompt_tokens"], 3)
    assert view["generated_tokens"] > 0
    assert view["seconds"] > 0
    assert keys_of(view) <= documented_keys(CLI, "process")


def test_status_says_the_same(terminal: Terminal, ran: Said) -> None:
    (view,) = terminal.nanobot("status", "p1", "--json").json["processes"]

    assert view == ran.json | {"skipped": []}
    assert terminal.nanobot("status").out.splitlines()[1].startswith("p1  waiting for review  3/3")


def test_accept_writes_the_diff_and_undo_takes_it_back(terminal: Terminal, ran: Said) -> None:
    path = terminal.workspace / "shapes.py"
    diff = terminal.nanobot("diff", "p1", "--json").json

    accepted = terminal.nanobot("accept", "p1", "--json")
    written = path.read_text()
    undone = terminal.nanobot("undo", "p1", "--json")

    assert accepted.json["written"] == ["shapes.py"]
    added = [line[1:] for line in diff["diff"].splitlines() if line.startswith("+  ")]
    assert len(added) == ran.json["edits"]
    kept = [line for line in written.splitlines() if line not in added]
    assert kept == CODE.splitlines()
    compile(written, "shapes.py", "exec")
    assert undone.json["state"] == "waiting_for_review"
    assert path.read_text() == CODE


def test_the_same_seed_gives_the_same_bytes_in_another_workspace(
    terminal: Terminal, ran: Said, models_dir: Path
) -> None:
    other = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    try:
        other.use_models(models_dir)
        other.write("shapes.py", CODE)
        again = other.run(
            "process", "add docstrings to every public function", "--seed", "1", "--json",
            timeout_s=200,
        )  # fmt: skip
        assert again.json["votes"] == ran.json["votes"]
        assert other.nanobot("diff", "p1").out == terminal.nanobot("diff", "p1").out
    finally:
        other.close()


def test_setup_with_the_models_in_place_checks_and_tries_them(
    terminal: Terminal, models_dir: Path
) -> None:
    terminal.config.unlink()

    said = terminal.run("setup", "--yes", "--models-dir", str(models_dir), "--json", timeout_s=200)

    assert said.code == 0, said
    assert [model["fetched"] for model in said.json["models"]] == [False, False, False]
    assert {test["role"] for test in said.json["self_test"]} == {"main", "rlm", "memory"}
    assert all(test["ok"] and test["tokens_per_second"] > 0 for test in said.json["self_test"])
    assert keys_of(said.json) <= documented_keys(CLI, "setup")
    assert str(models_dir) in terminal.config.read_text()
