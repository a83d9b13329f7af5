import re

import pytest

from nanobot_indexer import open_index
from support.terminal import CODE, GOAL, MODEL_FILE, Terminal


def test_a_fresh_machine_misses_models_and_nothing_else(terminal: Terminal) -> None:
    said = terminal.nanobot("doctor", "--json")

    assert said.code == 0
    assert {model["present"] for model in said.json["models"]} == {False}
    assert said.json["index"] is None
    assert said.json["hosts"] == []
    assert all(text.endswith("run 'nanobot setup'") for text in said.json["problems"])
    assert not (terminal.workspace / ".nanobot").exists()


def test_it_fits_a_terminal_of_80_columns(terminal: Terminal) -> None:
    shown = terminal.nanobot("doctor").out.splitlines()

    screen = [line for line in shown if not line.startswith("problem: ")]
    assert shown[0].startswith("nanobot ")
    assert "xllamacpp " in shown[0]
    assert "sqlite " in shown[0]
    assert "tier: potato (not set up yet)" in shown[2]
    assert max(map(len, screen)) <= 80


def test_a_model_that_the_settings_name_and_nobody_knows_is_a_problem(terminal: Terminal) -> None:
    terminal.set('roles = { main = "gpt" }')

    said = terminal.nanobot("doctor", "--json")

    assert said.json["models"] == []
    assert "run 'nanobot setup --tier auto' to choose again" in said.json["problems"][0]


def test_a_wrong_model_file_is_told_from_a_missing_one(terminal: Terminal) -> None:
    (terminal.models / MODEL_FILE).write_bytes(bytes(1000))

    shown = terminal.nanobot("doctor").out

    assert re.search(r"main +1\.12 GB  damaged\n", shown)
    assert re.search(r"memory +0\.10 GB  missing\n", shown)
    assert f"{MODEL_FILE}: not the right file; run 'nanobot setup' to fetch it again" in shown


def test_a_living_host_is_shown(terminal: Terminal) -> None:
    terminal.write("a.py")
    host = terminal.start_host()
    assert terminal.nanobot("process", GOAL).code == 3

    said = terminal.nanobot("doctor", "--json")

    assert said.json["hosts"] == [{"kind": "workspace", "pid": host.pid, "runs": []}]
    with open_index(terminal.workspace) as index:
        generation = index.generation
    assert said.json["index"] == {
        "generation": generation,
        "files": 1,
        "definitions": 1,
        "text_bytes": len(CODE),
        "segments": 1,
        "has_syntax": True,
        "skipped": 0,
        "skipped_by_reason": [],
    }


def test_what_was_left_out_is_counted_by_its_reason(terminal: Terminal) -> None:
    terminal.write("a.py")
    for number in range(3):
        (terminal.workspace / f"{number}.bin").write_bytes(bytes(100))
    terminal.write("long.py", "x = '" + 30_000 * "x" + "'\n")
    assert terminal.nanobot("ingest").code == 0

    index = terminal.nanobot("doctor", "--json").json["index"]

    assert index["skipped"] == 4
    assert index["skipped_by_reason"] == [
        {"reason": "binary", "files": 3},
        {"reason": "line too long", "files": 1},
    ]
    assert "4 left out (3 binary, 1 line too long)\n" in terminal.nanobot("doctor").out


def test_a_dead_hosts_socket_is_no_problem(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.start_host()
    terminal.close_hosts()

    said = terminal.nanobot("doctor", "--json")

    assert said.json["hosts"] == []
    assert all("nanobot setup" in text for text in said.json["problems"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[process]\nvotes_ahead = 99\n", "`process.votes_ahead` is `99`"),
        ("not toml", "is not TOML"),
    ],
)
def test_settings_problems_are_listed(terminal: Terminal, text: str, expected: str) -> None:
    terminal.config.write_text(text)

    said = terminal.nanobot("doctor", "--json")

    assert said.code == 0
    assert [problem for problem in said.json["problems"] if expected in problem]
