"""Refactorings from the terminal: planned, checked, accepted and undone."""

import sys
from pathlib import Path

import pytest

from support.small_refactoring import FILES
from support.terminal import Terminal

RENAME = (
    "--refactor", "rename",
    "--set", "symbol=shop/price.py::total",
    "--set", "new_name=sum_of_prices",
)  # fmt: skip
MOVE_MODULE = (
    "--refactor", "move-module", "--set", "module=shop/price.py", "--set", "target=shop/cash.py",
)  # fmt: skip


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    for path, text in FILES.items():
        lines = text.removeprefix("\n").split("\n")
        terminal.write(path, "\n".join(line.removeprefix("        ") for line in lines))
    return terminal


def files(terminal: Terminal) -> dict[str, bytes]:
    return {
        path.relative_to(terminal.workspace).as_posix(): path.read_bytes()
        for path in terminal.workspace.rglob("*")
        if path.is_file() and ".nanobot" not in path.parts
    }


def allow_python(terminal: Terminal, *, run_code: bool) -> None:
    terminal.config.write_text(
        f'[process]\npython = "{sys.executable}"\nrun_code = {str(run_code).lower()}\n'
    )


def test_a_plan_shows_files_and_checks_and_starts_nothing(shop: Terminal) -> None:
    before = files(shop)

    said = shop.nanobot("process", *MOVE_MODULE, "--plan")
    document = shop.nanobot("process", *MOVE_MODULE, "--plan", "--json").json

    assert said.code == 0, said
    assert "shop/price.py        moved to shop/cash.py\n" in said.out
    assert "# names: passed" in said.out
    assert [file["change"] for file in document["files"]] == ["moved", "edited", "edited"]
    assert {run["verdict"] for run in document["gates"]} == {"passed"}
    assert shop.nanobot("status", "--json").json["processes"] == []
    assert files(shop) == before


def test_a_refactoring_needs_no_model_and_runs_no_code(shop: Terminal) -> None:
    before = files(shop)
    shop.write(
        "shop/report.py", (shop.workspace / "shop/report.py").read_text() + "open('x', 'w')\n"
    )
    before = files(shop)

    started = shop.run("process", *RENAME, "--json")
    shown = shop.nanobot("diff", "p1")

    assert started.code == 3, started
    assert started.json["recipe"] == "refactor"
    verdicts = {run["gate"]: run["verdict"] for run in started.json["gates"]}
    assert verdicts == {
        "parses": "passed", "names": "passed", "bytes kept": "passed",
        "statements": "passed", "public API": "passed", "size": "passed",
        "imports": "not run", "lint": "not run", "types": "not run", "tests": "not run",
    }  # fmt: skip
    assert "# tests: not run (it runs your code; --run-tests or the setting" in shown.out
    assert "+def sum_of_prices(items):" in shown.out
    assert files(shop) == before


def test_accept_and_undo_move_a_file_and_bring_it_back(shop: Terminal) -> None:
    before = files(shop)

    done = shop.run("process", *MOVE_MODULE, "--accept", "--json")

    assert done.code == 0, done
    assert "shop/cash.py" in done.json["accepted"]["written"]
    assert "shop/price.py" not in files(shop)
    assert b"from shop.cash import" in files(shop)["shop/report.py"]
    undone = shop.nanobot("undo", "p1", "--json")
    assert (undone.code, undone.json["refused"]) == (0, [])
    assert files(shop) == before


def test_hunks_are_named_with_their_reason_and_accepted_or_rejected_one_by_one(
    shop: Terminal,
) -> None:
    shop.write("GUIDE.md", "Call `shop.price.total` first.\n\nThen `shop.price.total` again.\n")
    assert shop.run("process", *RENAME, "--set", "also=documents").code == 3
    shown = shop.nanobot("diff", "p1")
    hunks = shop.nanobot("diff", "p1", "--json").json["hunks"]
    words = [hunk["hunk"] for hunk in hunks if hunk["path"] == "GUIDE.md"]

    assert [hunk["line"] for hunk in hunks if hunk["path"] == "GUIDE.md"] == [1, 3]
    assert {hunk["state"] for hunk in hunks} == {"open"}
    for hunk in hunks:
        assert f"hunk {hunk['hunk']}: {'; '.join(hunk['reasons'])}" in shown.out
    rejected = shop.nanobot("reject", "p1", "--hunk", words[0][:6])
    assert rejected.code == 0, rejected
    part = shop.nanobot("reject", "p1", "--file", "shop/report.py", "--json")
    assert part.code == 1
    assert "can not stand without the others" in part.json["error"]["message"]
    accepted = shop.nanobot("accept", "p1", "--file", "shop/report.py", "--file", "shop/price.py")
    assert accepted.code == 0, accepted
    assert "2 files written" in accepted.out
    assert "1 hunk still waits" in accepted.out
    rest = shop.nanobot("diff", "p1")
    assert "+Then `shop.price.sum_of_prices` again." in rest.out
    assert "-Call" not in rest.out
    assert "open, " in rest.err
    assert shop.nanobot("status", "p1", "--json").json["processes"][0]["state"] == (
        "waiting_for_review"
    )
    assert shop.nanobot("accept", "p1", "--json").json["state"] == "done"
    guide = files(shop)["GUIDE.md"].decode()
    assert guide == "Call `shop.price.total` first.\n\nThen `shop.price.sum_of_prices` again.\n"


def test_a_hunk_that_is_none_is_answered_with_those_there_are(shop: Terminal) -> None:
    shop.run("process", *RENAME)

    said = shop.nanobot("accept", "p1", "--hunk", "xyz", "--json")

    assert (said.code, said.json["error"]["code"]) == (2, "not_found")
    assert "'xyz': is no hunk of this plan; there is " in said.json["error"]["message"]


def test_a_file_that_changed_is_planned_again_and_accept_says_so(shop: Terminal) -> None:
    shop.run("process", *RENAME)
    text = (shop.workspace / "shop/report.py").read_text()
    shop.write("shop/report.py", text + "\nX = total([])\n")
    before = files(shop)

    said = shop.nanobot("accept", "p1")

    assert said.code == 3, said
    assert "nothing written: shop/report.py: has changed since it was planned" in said.out
    assert files(shop) == before
    assert "+X = sum_of_prices([])" in shop.nanobot("diff", "p1").out
    assert shop.nanobot("accept", "p1").code == 0
    assert b"X = sum_of_prices([])" in files(shop)["shop/report.py"]


def test_checks_that_run_code_say_what_they_looked_at(shop: Terminal) -> None:
    allow_python(shop, run_code=False)
    before = files(shop)

    said = shop.run("process", *RENAME, "--check-imports", "--run-tests", "--json")

    assert said.code == 3, said
    runs = {run["gate"]: (run["verdict"], run["detail"]) for run in said.json["gates"]}
    assert runs["imports"] == ("passed", "2 modules")
    assert runs["tests"] == ("passed", "1 tests pass")
    assert files(shop) == before


def test_tests_that_fail_afterwards_end_the_process(shop: Terminal) -> None:
    allow_python(shop, run_code=True)
    # By name only: no program sees that this is the renamed function.
    shop.write(
        "tests/test_names.py",
        "from shop import price\n\n\ndef test_it():\n    assert 'total' in vars(price)\n",
    )

    said = shop.run("process", *RENAME, "--json")

    assert (said.code, said.json["state"]) == (1, "failed")
    assert said.json["reason"] == "tests: newly failing: tests/test_names.py::test_it"
    refused = shop.nanobot("accept", "p1", "--json")
    assert refused.code == 1
    assert "is failed, so it can not be accepted" in refused.json["error"]["message"]


def test_what_can_not_be_done_fails_with_the_reason(shop: Terminal) -> None:
    before = files(shop)

    said = shop.run(
        "process", "--refactor", "rename", "--set", "symbol=shop/price.py::nothing",
        "--set", "new_name=x", "--json",
    )  # fmt: skip

    assert (said.code, said.json["state"]) == (1, "failed")
    assert "there is no such name" in said.json["reason"]
    assert (said.json["steps"], files(shop)) == (0, before)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--refactor", "levitate"], "'levitate': is no refactoring; there are rename"),
        (["--refactor", "rename"], "'symbol': is missing"),
        (["--refactor", "rename", "--set", "symbol"], "--set symbol: must be KEY=VALUE"),
        (["--set", "symbol=a"], "--set symbol=a: needs --refactor NAME"),
        ([], "GOAL: say what to do"),
    ],
)
def test_wrong_arguments_are_usage_errors(
    terminal: Terminal, arguments: list[str], reason: str
) -> None:
    said = terminal.nanobot("process", *arguments, "--json")

    assert said.code == 2
    assert said.json["error"]["message"].startswith(reason)
    assert not Path(terminal.workspace, ".nanobot").exists()
