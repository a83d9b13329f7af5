import os
import re
import signal

import pytest

from support.terminal import CODE, GOAL, Terminal, ended, wait_until

# Ten waves of four steps.
MANY = "\n\n".join(CODE.replace("total", f"total_{i}") for i in range(40))


@pytest.fixture
def busy(terminal: Terminal) -> Terminal:
    """A terminal with work that takes a while."""
    terminal.write("a.py", MANY)
    terminal.start_host(wave_s=0.3)
    return terminal


def pid(terminal: Terminal) -> int:
    found = terminal.host_pid()
    assert found is not None
    return found


def done(terminal: Terminal) -> int:
    processes = terminal.nanobot("status", "--json").json["processes"]
    return int(processes[0]["done"]) if processes else 0


def check_resume(terminal: Terminal) -> None:
    """Resume p1 on a fast host, and compare with a process that was never stopped."""
    terminal.close_hosts()
    terminal.start_host()
    resumed = terminal.nanobot("resume", "p1", "--json")
    assert (resumed.code, resumed.json["edits"]) == (3, 40)
    whole = terminal.nanobot("process", GOAL, "--seed", "3", "--json")
    assert resumed.json["waves"] == whole.json["waves"]
    first, second = (_edits(terminal.nanobot("diff", one).out) for one in ("p1", "p2"))
    assert first == second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_pauses_and_resume_finishes(busy: Terminal, number: int) -> None:
    command = busy.start("process", GOAL, "--seed", "3")
    wait_until(lambda: done(busy) > 0, timeout_s=20)

    command.send_signal(number)
    said = ended(command)

    assert said.code == 130
    assert said.out.startswith("p1          paused\n")
    assert "'nanobot resume p1' continues" in said.out
    assert 0 < done(busy) < 40
    check_resume(busy)


def test_a_killed_host_is_one_sentence_and_resume_finishes(busy: Terminal) -> None:
    command = busy.start("process", GOAL, "--seed", "3")
    wait_until(lambda: done(busy) > 0, timeout_s=20)

    os.kill(pid(busy), signal.SIGKILL)
    said = ended(command)
    shown = busy.nanobot("status", "p1", "--json").json["processes"][0]

    assert said.code == 1
    assert said.out == ""
    assert said.err == (
        "nanobot: p1: its host ended; nothing is lost, 'nanobot resume p1' goes on\n"
    )
    assert (shown["state"], shown["is_interrupted"], shown["is_alive"]) == ("running", True, False)
    assert busy.nanobot("status").out.splitlines()[1].split()[:2] == ["p1", "interrupted"]
    check_resume(busy)


def test_a_front_that_dies_pauses_its_process(busy: Terminal) -> None:
    command = busy.start("process", GOAL, "--seed", "3")
    wait_until(lambda: done(busy) > 0, timeout_s=20)

    command.kill()
    command.communicate()

    wait_until(lambda: state(busy) == "paused", timeout_s=20)
    check_resume(busy)


def state(terminal: Terminal) -> str:
    return str(terminal.nanobot("status", "p1", "--json").json["processes"][0]["state"])


def test_a_second_process_waits_for_the_first(busy: Terminal) -> None:
    assert busy.nanobot("process", GOAL, "--detach").code == 0

    second = busy.nanobot("process", GOAL, "--json")
    again = busy.nanobot("resume", "p1", "--json")

    assert (second.code, again.code) == (1, 1)
    assert second.json["error"] == {
        "code": "busy",
        "message": "p1 already runs in this workspace; wait for it ('nanobot status p1') "
        "or stop it ('nanobot cancel p1')",
    }
    assert again.json["error"]["code"] == "busy"
    assert busy.nanobot("cancel", "p1", "--json").json["state"] == "cancelled"
    assert busy.nanobot("status", "--json").json["processes"][0]["process_id"] == "p1"


def test_the_diff_of_a_running_process_is_shown(busy: Terminal) -> None:
    assert busy.nanobot("process", GOAL, "--detach").code == 0
    wait_until(lambda: done(busy) > 0, timeout_s=20)

    assert busy.nanobot("diff", "p1").out.startswith("--- a/a.py\n")
    assert state(busy) == "running"


def test_a_host_that_hangs_does_not_hold_up_status(busy: Terminal) -> None:
    assert busy.nanobot("process", GOAL, "--detach").code == 0
    host = pid(busy)
    os.kill(host, signal.SIGSTOP)
    try:
        shown = busy.nanobot("status", "--json")
        doctor = busy.nanobot("doctor", "--json")
    finally:
        os.kill(host, signal.SIGCONT)

    assert shown.json["processes"][0]["process_id"] == "p1"
    assert [text for text in doctor.json["problems"] if "did not answer within 3 s" in text]


def test_a_host_leaves_after_the_last_front(terminal: Terminal) -> None:
    terminal.write("a.py")
    host = terminal.start_host()
    assert terminal.nanobot("process", GOAL).code == 3
    assert terminal.host_pid() == host.pid

    assert host.wait(20) == 0

    assert terminal.host_pid() is None
    assert [path.name for path in (terminal.folder / "run" / "nanobot").glob("*.sock")] == []


def _edits(diff: str) -> list[str]:
    """Return a diff without the ids of its hunks, which name their process."""
    return [re.sub(r"hunk [0-9a-f]{12}", "hunk", line) for line in diff.splitlines()]
