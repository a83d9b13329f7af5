from typing import Any

import pytest

from nanobot_server.lsp.own.own_messages import Status
from nanobot_server.lsp.own.status_sentence import processes_sentence, status_sentence

INDEX = {"state": "idle", "percentage": None, "files": 1234, "definitions": 5678, "problem": ""}


def status(
    index: Any = None, *, model: Any = "present", problem: str = "", on: bool = True
) -> Status:
    workspace: Any = {"uri": "file:///w", "name": "w", "isHostRunning": True, "index": index}
    return {
        "server": {"version": "1", "pid": 2, "logPath": "lsp.log"},
        "workspaces": [workspace],
        "models": [{"role": "main", "name": "coder", "state": model}],
        "completion": {"isOn": on, "model": "coder", "problem": problem},
    }


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (status(), "no index yet; models ready"),
        (status(INDEX), "1,234 files and 5,678 definitions indexed; models ready"),
        (status({**INDEX, "state": "indexing", "percentage": 40}), "indexing, 40%; models ready"),
        (status(model="loaded"), "no index yet; loaded models: coder"),
        (
            status(model="missing", problem="coder: not there"),
            "no index yet; missing models: coder, which 'nanobot setup' gets",
        ),
        (status(on=False), "no index yet; models ready; suggestions are off"),
        (
            status({**INDEX, "problem": "the disk is full"}, problem="it failed"),
            "1,234 files and 5,678 definitions indexed; models ready; the disk is full; it failed",
        ),
    ],
)
def test_a_status_is_one_sentence(now: Status, sentence: str) -> None:
    assert status_sentence(now, []) == f"nanobot: no process in this workspace; {sentence}"


def test_the_newest_process_is_said_first() -> None:
    old = {"process_id": "p1", "state": "done"}
    new = {"process_id": "p2", "state": "waiting_for_review", "steps": 10, "done": 4}

    assert processes_sentence([old, new]) == (
        "p2 is waiting for review, 4 of 10 steps done, 2 processes in all"
    )
    gone = {"process_id": "p3", "state": "running", "is_alive": False}
    assert processes_sentence([gone]) == "p3 is interrupted"
