import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.terminal import Said, Terminal, ended, wait_until

FUNCTION = """
def name_{i}(first, second):
    result = first * {i}
    for one in second:
        result += one
    return result
"""
# 6 MB: reading takes a while, and the definitions some seconds.
FILES, FUNCTIONS = 40, 1500


@pytest.fixture
def large(terminal: Terminal) -> Terminal:
    for file in range(FILES):
        code = "".join(FUNCTION.format(i=file * FUNCTIONS + i) for i in range(FUNCTIONS))
        terminal.write(f"part_{file}.py", code)
    return terminal


def manifest(terminal: Terminal) -> Path:
    return terminal.workspace / ".nanobot" / "index" / "manifest.json"


def test_the_document_says_what_the_index_has(terminal: Terminal) -> None:
    path = terminal.write("a.py")
    (terminal.workspace / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")

    first = terminal.nanobot("ingest", "--json").json
    published = json.loads(manifest(terminal).read_text())["body"]
    second = terminal.nanobot("ingest", "--json").json
    status = terminal.nanobot("status", "--json").json["index"]

    assert first.pop("seconds") >= 0
    assert first == {
        "generation": published["generation"],
        "files": 1,
        "definitions": 1,
        "text_bytes": path.stat().st_size,
        "segments": 1,
        "has_syntax": True,
        "unchanged": False,
        "skipped": [{"path": "picture.png", "reason": "binary", "detail": "PNG"}],
    }
    assert second["unchanged"]
    assert status == {key: second[key] for key in status}


def test_people_see_what_was_left_out(terminal: Terminal) -> None:
    terminal.write("a.py")
    terminal.write("long.py", "x = '" + 30_000 * "x" + "'\n")

    said = terminal.nanobot("ingest")

    assert said.out.startswith("1 file, 1 definition, 0.0 MB in ")
    assert said.err == "left out long.py: line too long: 30007 bytes, limit 20000\n"


def test_very_many_files_left_out_are_counted(terminal: Terminal) -> None:
    terminal.write("long.py", "x = '" + 30_000 * "x" + "'\n")
    for number in range(30):
        (terminal.workspace / f"{number}.bin").write_bytes(bytes(100))

    said = terminal.nanobot("ingest")

    assert said.err == (
        "left out long.py: line too long: 30007 bytes, limit 20000\n"
        "left out 30 more (30 binary); 'nanobot ingest --json' names them\n"
    )


def test_ctrl_c_while_files_are_read_keeps_the_last_generation(large: Terminal) -> None:
    for path in large.workspace.glob("part_*.py"):
        path.rename(large.folder / path.name)
    large.write("a.py")
    assert large.nanobot("ingest").code == 0
    for path in large.folder.glob("part_*.py"):
        path.rename(large.workspace / path.name)
    lock = large.workspace / ".nanobot" / "index.lock"

    said = interrupted(large, lambda command: lock.read_text() == f"{command.pid}\n")

    check_interrupted(said)
    # A slow machine may have come to the end of reading.
    assert large.nanobot("status", "--json").json["index"]["files"] in {1, 1 + FILES}
    found = large.nanobot("search", "total", "--as-is")
    assert (found.code, found.out) == (0, "a.py:1-2  function  total\n")
    check_finished(large)


def test_ctrl_c_while_files_are_parsed_keeps_their_text(large: Terminal) -> None:
    said = interrupted(large, lambda _: manifest(large).exists())

    check_interrupted(said)
    document = large.nanobot("status", "--json").json["index"]
    assert (document["files"], document["has_syntax"]) == (FILES, False)
    hits = large.nanobot("search", "name_100", "--as-is", "--json").json["hits"]
    assert hits[0]["path"] == "part_0.py"
    check_finished(large)


def interrupted(terminal: Terminal, condition: Callable[[subprocess.Popen[str]], bool]) -> Said:
    """Press Ctrl-C in an ingest as soon as something is so."""
    command = terminal.start("ingest")
    wait_until(lambda: condition(command) or command.poll() is not None, timeout_s=60)
    command.send_signal(signal.SIGINT)
    return ended(command)


def check_interrupted(said: Said) -> None:
    assert said == Said(
        130,
        "",
        "what was indexed so far is kept; 'nanobot ingest' goes on from there\n"
        "nanobot: interrupted\n",
    )


def check_finished(terminal: Terminal) -> None:
    """Finish, and compare with an index that was made at once."""
    document = terminal.nanobot("ingest", "--json").json
    assert document["has_syntax"]
    assert document["definitions"] >= FILES * FUNCTIONS
    index = manifest(terminal).parent
    named = {path.name for path in index.iterdir()} - {"manifest.json", "CACHEDIR.TAG"}
    body = manifest(terminal).read_text()
    assert not [name for name in named if not name[:6].isdigit() or name.endswith(".tmp")]
    assert all(f'"number":{int(name[:6])}' in body for name in named if ".volume" in name)


def test_status_says_what_is_not_known_yet(terminal: Terminal) -> None:
    assert terminal.nanobot("status").out.endswith("index: none; 'nanobot ingest' makes it\n")
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0

    assert terminal.nanobot("status").out.endswith("index: 1 file, 1 definition, 0.0 MB\n")
    manifest(terminal).write_text("{")
    damaged = terminal.nanobot("status", "--json")
    assert damaged.json["index"] is None
    assert damaged.err.startswith("the index: manifest.json: not a manifest: ")
