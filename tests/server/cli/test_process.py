import resource

import pytest

from nanobot_engine.process import Ledger
from support.terminal import CODE, GOAL, MODEL_FILE, Terminal, ended, wait_until

DOCUMENTED = CODE.replace(":\n", ':\n    """Return the sum of the numbers."""\n')


def test_an_unknown_goal_says_what_can_be_asked(terminal: Terminal) -> None:
    said = terminal.nanobot("process", "make tea", "--json")

    assert said.code == 2
    assert said.json["error"]["code"] == "usage"
    assert said.json["error"]["message"].startswith('"make tea": nanobot can not do this reliably')
    assert "add docstrings" in said.json["error"]["message"]


def test_a_recipe_that_is_not_the_goals_is_refused(terminal: Terminal) -> None:
    said = terminal.nanobot("process", GOAL, "--recipe", "rename")

    assert said.code == 2
    assert said.err == "nanobot: --recipe rename: this goal needs 'document'\n"


@pytest.mark.parametrize("plan", [["--plan"], []])
def test_tests_are_written_only_where_code_may_run(terminal: Terminal, plan: list[str]) -> None:
    terminal.write("a.py")
    terminal.start_host()
    goal = "write tests for the functions in a.py"

    refused = terminal.nanobot("process", goal, *plan)
    allowed = terminal.nanobot("process", goal, "--run-tests", "--plan")

    assert refused.code == 2
    assert refused.err.startswith("nanobot: write tests: has to run the functions")
    assert "--run-tests" in refused.err
    assert allowed.code == 0
    assert "1 step in 1 file; recipe write tests" in allowed.out


def test_a_recipe_option_says_which_of_several_is_meant(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()
    goal = "add docstrings and type annotations to a.py"

    refused = terminal.nanobot("process", goal)
    said = terminal.nanobot("process", goal, "--recipe", "document", "--json")

    assert refused.code == 2
    assert "document; annotate" in refused.err
    assert said.code == 3, said
    assert (said.json["recipe"], said.json["edits"]) == ("document", 1)


def test_nobody_would_accept_for_a_detached_process(terminal: Terminal) -> None:
    said = terminal.nanobot("process", GOAL, "--detach", "--accept")

    assert said.code == 2
    assert said.err.startswith("nanobot: --detach and --accept: only one of them")


def test_a_missing_model_says_how_to_get_it(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.run("process", GOAL, "--json")

    assert said.code == 1
    error = said.json["error"]
    assert error["code"] == "model_missing"
    assert error["message"].endswith(f"no file {terminal.models / MODEL_FILE}; run 'nanobot setup'")


def test_a_recipe_that_programs_settle_needs_no_model(terminal: Terminal) -> None:
    terminal.write("a.py", "def load(path):\n    path = path.strip()\n    return open(path)\n")

    said = terminal.run("process", "add logging to all functions", "--json")

    assert (said.code, said.json["recipe"], said.json["edits"]) == (3, "add logging", 1), said


def test_a_wrong_model_file_is_not_loaded(terminal: Terminal) -> None:
    terminal.write("a.py")
    (terminal.models / MODEL_FILE).write_bytes(b"GGUF" + bytes(100_000))

    said = terminal.run("process", GOAL, "--json")

    assert said.code == 1
    assert said.json["state"] == "failed"
    assert said.json["edits"] == 0
    assert "100004 instead of 1117320768 bytes" in said.json["reason"]
    assert said.json["reason"].endswith("run 'nanobot setup' to fetch it again")


def test_a_plan_needs_no_model_and_starts_nothing(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.write("b.py", "def broken(:\n")

    said = terminal.nanobot("process", GOAL, "--plan", "--json")

    assert said.code == 0
    assert said.json["steps"] == 1
    assert said.json["files"] == [{"path": "a.py", "steps": 1}]
    assert [skip["path"] for skip in said.json["skipped"]] == ["b.py"]
    assert terminal.nanobot("status", "--json").json["processes"] == []
    assert terminal.nanobot("process", GOAL, "--plan").out.endswith(
        "1 step in 1 file; recipe document\n"
    )


@pytest.mark.parametrize("files", [{}, {"a.py": DOCUMENTED}, {"notes.txt": "def f(): pass"}])
def test_nothing_to_do_is_done_and_said(terminal: Terminal, files: dict[str, str]) -> None:
    for name, text in files.items():
        terminal.write(name, text)
    terminal.start_host()

    said = terminal.nanobot("process", GOAL)

    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("nothing to do: no Python file here")


def test_why_nothing_came_of_what_was_named_is_said_at_once(terminal: Terminal) -> None:
    terminal.write("a.py", DOCUMENTED)
    terminal.write("b.py", "def small(n):\n    return n\n")
    terminal.start_host()

    named = terminal.nanobot("process", "add logging to `small`")
    status = terminal.nanobot("status", "p1")
    nobody = terminal.nanobot("process", "add logging to `smal`")

    assert named.code == 0
    assert nobody.out.splitlines()[-1] == (
        "nothing to do: no file that the goal is about defines smal (tests are left out unless "
        "the goal names them)"
    )
    reason = "left as it is  b.py small: it has only one statement"
    assert named.out.splitlines()[-2:] == [reason, "no edit came of it"]
    assert reason in status.out.splitlines()


def test_a_definition_that_changed_is_asked_again_and_resume_goes_on(reviewed: Terminal) -> None:
    path = reviewed.workspace / "a.py"
    changed = path.read_text().replace("return ", "return 1 + ")
    path.write_text(changed)

    said = reviewed.nanobot("accept", "p1")
    again = reviewed.nanobot("resume", "p1", "--json")
    accepted = reviewed.nanobot("accept", "p1")

    assert said.code == 3, said
    assert said.out == (
        "0 files written\n1 step is asked again, because its file changed: total in a.py; "
        "'nanobot resume p1' does it\n"
    )
    assert said.err == ""
    assert (again.code, again.json["state"], again.json["edits"]) == (3, "waiting_for_review", 1)
    assert accepted.code == 0, accepted
    assert path.read_text().count('"""') == 2
    assert "return 1 + " in path.read_text()


def test_a_process_goes_from_diff_to_accept_to_undo(reviewed: Terminal) -> None:
    diff = reviewed.nanobot("diff", "p1")
    accepted = reviewed.nanobot("accept", "p1", "--json")
    written = (reviewed.workspace / "a.py").read_text()
    undone = reviewed.nanobot("undo", "p1", "--json")

    assert '+    """Return the sum of the numbers."""' in diff.out
    assert accepted.json == {
        "process_id": "p1", "state": "done", "written": ["a.py"], "refused": [],
        "recovered": "", "replanned": "", "asked_again": [], "hunks_open": 0,
    }  # fmt: skip
    assert written == DOCUMENTED
    assert undone.json["state"] == "waiting_for_review"
    assert (reviewed.workspace / "a.py").read_text() == CODE
    assert [diff.code, accepted.code, undone.code] == [0, 0, 0]


def test_accept_edits_at_once(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()

    said = terminal.nanobot("process", GOAL, "--accept", "--json")

    assert said.code == 0
    assert said.json["state"] == "done"
    assert said.json["accepted"]["written"] == ["a.py"]
    assert (terminal.workspace / "a.py").read_text() == DOCUMENTED


def test_a_file_that_changed_meanwhile_is_left_alone_and_said(reviewed: Terminal) -> None:
    reviewed.write("a.py", "def other():\n    return 1\n")

    said = reviewed.nanobot("accept", "p1")

    assert said.code == 1
    assert "not written a.py: " in said.err
    assert (reviewed.workspace / "a.py").read_text() == "def other():\n    return 1\n"


def test_each_verb_says_in_which_state_it_is_possible(reviewed: Terminal) -> None:
    refused = [
        reviewed.nanobot("undo", "p1"),
        reviewed.nanobot("resume", "p1"),
        reviewed.nanobot("pause", "p1"),
        reviewed.nanobot("cancel", "p1"),
    ]
    assert reviewed.nanobot("accept", "p1").code == 0
    refused += [
        reviewed.nanobot("accept", "p1"),
        reviewed.nanobot("reject", "p1"),
        reviewed.nanobot("resume", "p1"),
    ]
    assert reviewed.nanobot("undo", "p1").code == 0
    refused.append(reviewed.nanobot("undo", "p1"))

    for said in refused:
        assert said.code == 1
        assert said.err.startswith("nanobot: p1: is ")
        assert "possible when" in said.err
    assert (reviewed.workspace / "a.py").read_text() == CODE
    assert reviewed.nanobot("diff", "p1").out


def test_a_rejected_process_changes_nothing_and_stays_readable(reviewed: Terminal) -> None:
    said = reviewed.nanobot("reject", "p1", "--json")

    assert (said.code, said.json) == (0, {"process_id": "p1", "state": "rejected"})
    assert reviewed.nanobot("accept", "p1").code == 1
    assert "+" in reviewed.nanobot("diff", "p1").out
    assert (reviewed.workspace / "a.py").read_text() == CODE


def test_files_that_can_not_be_worked_on_are_listed_with_reasons(terminal: Terminal) -> None:
    terminal.write("good.py")
    terminal.write("broken.py", "def broken(:\n")
    (terminal.workspace / "latin.py").write_bytes(b"def caf\xe9(): return 1\n")
    (terminal.workspace / "binary.py").write_bytes(b"def f(): return 1\n\0\0\0")
    with (terminal.workspace / "huge.py").open("wb") as huge:
        huge.write(b"def huge(): return 1\n")
        huge.truncate(100_000_000)
    terminal.start_host()

    said = terminal.nanobot("process", GOAL, "--json")
    shown = terminal.nanobot("status", "p1", "--json").json["processes"][0]

    assert said.code == 3
    assert (said.json["steps"], said.json["edits"]) == (1, 1)
    reasons = {skip["path"]: skip["reason"] for skip in shown["skipped"]}
    assert set(reasons) == {"broken.py", "latin.py", "binary.py", "huge.py"}
    assert all(reasons.values())
    assert said.json["skipped_files"] == 4
    assert "4 left out; 'nanobot status p1 --json' has" in terminal.nanobot("status", "p1").out


def test_a_budget_ends_a_process_early_and_says_so(terminal: Terminal) -> None:
    terminal.write("a.py", CODE + "\n\n" + CODE.replace("total", "whole"))
    terminal.start_host()

    said = terminal.nanobot("process", GOAL, "--budget", "1", "--json")

    assert said.code == 3
    assert (said.json["steps"], said.json["done"]) == (2, 1)
    assert said.json["reason"] == "1 steps are beyond the budget"


def test_the_same_seed_gives_the_same_result(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()

    diffs = []
    for number in (1, 2):
        assert terminal.nanobot("process", GOAL, "--seed", "5").code == 3
        diffs.append(terminal.nanobot("diff", f"p{number}", "--json").json["diff"])

    assert diffs[0] == diffs[1]


def test_a_detached_process_runs_on_without_a_terminal(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host(wave_s=0.3)

    started = terminal.nanobot("process", GOAL, "--detach", "--json")
    paused = terminal.nanobot("pause", "p1", "--json")
    resumed = terminal.nanobot("resume", "p1", "--json")

    assert started.json == {"process_id": "p1"}
    assert paused.json == {"process_id": "p1", "state": "paused"}
    assert (resumed.code, resumed.json["state"]) == (3, "waiting_for_review")


def test_a_damaged_index_is_built_again_and_that_is_said(terminal: Terminal) -> None:
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0
    damage_text(terminal)
    terminal.start_host()

    said = terminal.nanobot("process", GOAL, "--json")

    assert said.code == 3
    assert said.json["edits"] == 1
    assert said.err.count("is built again") == 1


def damage_text(terminal: Terminal) -> None:
    (volume,) = (terminal.workspace / ".nanobot" / "index").glob("*.volume")
    data = volume.read_bytes()
    assert CODE.encode() in data
    volume.write_bytes(data.replace(b"def total", b"def t0tal", 1))


def test_a_ledger_that_is_not_one_is_left_alone(terminal: Terminal) -> None:
    ledger = terminal.workspace / ".nanobot" / "ledger.db"
    terminal.write("a.py")
    ledger.parent.mkdir()
    ledger.write_bytes(b"not a database, not a database")

    for arguments in (["status"], ["diff", "p1"], ["accept", "p1"]):
        said = terminal.nanobot(*arguments)
        assert said.code == 1
        assert said.err == (
            f"nanobot: {ledger}: file is not a database; move it away to start a new one\n"
        )
    assert ledger.read_bytes() == b"not a database, not a database"


def test_a_ledger_with_damaged_pages_is_said_in_one_sentence(reviewed: Terminal) -> None:
    path = reviewed.workspace / ".nanobot" / "ledger.db"
    reviewed.close_hosts()
    with Ledger.open(path) as ledger:
        ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)  # All pages but the first, which has the schema.
    path.write_bytes(data)

    for arguments in (["status"], ["diff", "p1"], ["accept", "p1"]):
        said = reviewed.nanobot(*arguments, "--json")
        assert said.code == 1
        assert said.json["error"]["code"] == "failed"
        assert "move" in said.json["error"]["message"]
    assert (reviewed.workspace / "a.py").read_text() == CODE


@pytest.mark.parametrize("arguments", [["accept", "p1"], ["reject", "p1"]])
def test_a_disk_that_refuses_the_ledger_changes_nothing(
    reviewed: Terminal, arguments: list[str]
) -> None:
    reviewed.close_hosts()

    # A limit on the size of files stands in for the full disk: every write fails.
    said = reviewed.run(*arguments, limit_file_bytes=0)

    assert said.code == 1
    assert "ledger.db: " in said.err
    assert "Traceback" not in said.err
    assert (reviewed.workspace / "a.py").read_text() == CODE
    assert reviewed.nanobot("accept", "p1").code == 0


@pytest.mark.timeout(60)
def test_a_disk_that_refuses_while_a_process_runs_ends_it_and_loses_nothing(
    terminal: Terminal,
) -> None:
    terminal.write("a.py", "\n\n".join(CODE.replace("total", f"t{i}") for i in range(12)))
    host = terminal.start_host(wave_s=0.4)
    command = terminal.start("process", GOAL, "--json")
    wait_until(lambda: done(terminal) > 0, timeout_s=20)

    # A limit on the size of files stands in for the full disk: every write fails.
    resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (0, 0))
    said = ended(command)
    terminal.close_hosts()
    shown = terminal.nanobot("status", "p1")
    terminal.start_host()
    resumed = terminal.nanobot("resume", "p1", "--json")

    assert said.code == 1
    message = said.json["error"]["message"]
    assert message.startswith("p1: ")
    assert "ledger.db: " in message
    assert message.endswith("'nanobot resume p1' goes on")
    assert shown.out.startswith("p1          interrupted\n")
    assert resumed.code == 3
    assert resumed.json["edits"] == 12


def done(terminal: Terminal) -> int:
    """Return how many steps of p1 are done."""
    processes = terminal.nanobot("status", "--json").json["processes"]
    return int(processes[0]["done"]) if processes else 0


def test_a_state_folder_that_is_a_file_is_named(terminal: Terminal) -> None:
    terminal.write("a.py")
    (terminal.workspace / ".nanobot").write_text("mine")

    for arguments in (["process", GOAL], ["ingest"], ["search", "total"]):
        said = terminal.run(*arguments)
        assert said.code == 1
        assert f"{terminal.workspace}/.nanobot" in said.err
        assert "not a folder" in said.err
    assert terminal.nanobot("status").code == 0
    assert (terminal.workspace / ".nanobot").read_text() == "mine"
