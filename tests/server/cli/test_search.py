from collections.abc import Callable
from pathlib import Path

import pytest

from support.terminal import CODE, Terminal


def volume(terminal: Terminal) -> Path:
    (found,) = (terminal.workspace / ".nanobot" / "index").glob("*.volume")
    return found


def flip(path: Path) -> None:
    data = path.read_bytes()
    assert data.count(b"def total") == 2  # The text, and the text in lower case.
    path.write_bytes(data.replace(b"def total", b"def t0tal"))


DAMAGES: dict[str, Callable[[Terminal], object]] = {
    "text": lambda terminal: flip(volume(terminal)),
    "short": lambda terminal: volume(terminal).write_bytes(b"NANOVOL\0"),
    "gone": lambda terminal: volume(terminal).unlink(),
    "manifest": lambda terminal: (volume(terminal).parent / "manifest.json").write_text("{"),
}


def test_the_first_search_builds_the_index(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("search", "total", "--json")

    assert said.code == 0
    (hit,) = said.json["hits"]
    assert (hit["path"], hit["name"], hit["start_line"], hit["end_line"]) == ("a.py", "total", 1, 2)
    assert terminal.nanobot("search", "total").out == "a.py:1-2  function  total\n"


def test_nothing_found_is_said_and_no_failure(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("search", "zzzz")

    assert (said.code, said.out, said.err) == (0, "", "nothing found for 'zzzz'\n")
    assert terminal.nanobot("search", "zzzz", "--json").json == {"hits": []}


def test_an_empty_query_is_a_usage_error(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("search", " ", "--json")

    assert said.code == 2
    assert said.json["error"]["code"] == "usage"
    assert "type a name or some words" in said.json["error"]["message"]


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@pytest.mark.parametrize("command", [["search", "total"], ["ingest"]], ids=lambda c: c[0])
def test_a_damaged_index_is_built_again_and_said_once(
    terminal: Terminal, damage: str, command: list[str]
) -> None:
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0
    DAMAGES[damage](terminal)

    first = terminal.nanobot(*command)
    second = terminal.nanobot(*command)

    assert (first.code, second.code) == (0, 0)
    assert first.err.startswith("the index is damaged (")
    assert first.err.endswith("), so it is built again\n")
    assert first.err.count("\n") == 1
    assert second.err == ""
    assert "total" in terminal.nanobot("search", "total").out
    assert (terminal.workspace / "a.py").read_text() == CODE
