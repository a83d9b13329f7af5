import json
import zlib
from pathlib import Path

import pytest

from nanobot_indexer.volume.format import FORMAT_VERSION
from support.documents import documented_keys, keys_of
from support.terminal import GOAL, Terminal

CLI = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text()
OTHER_FORMAT = f"format 1, this build reads {FORMAT_VERSION}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grep", "--regex", "("], "pattern '('"),
        (["grep", ""], "nothing to look for"),
        (["grep", "x", "--path", "!"], "path filter '!'"),
        (["grep", "x", "--context", "21"], "--context"),
        (["similar"], "name one place"),
        (["similar", "a.py:1", "--duplicates"], "name one place"),
        (["similar", "src/shapes.py"], "src/shapes.py: not a place; write path:line"),
        (["similar", "src/shapes.py:999"], "nothing is there any more"),
        (["similar", "nope.py:1"], "nope.py: no such file in "),
        (["outline", "src"], "src: is a folder; name a file in it"),
        (["outline", "../x.py"], "../x.py: not in the workspace "),
        (["outline", "picture.png"], "picture.png: left out of the index: binary (PNG)"),
        (["outline", ".nanobot/index.lock"], "not in the index: it is ignored, or new"),
        (["slice", "src/shapes.py"], "not written like 'path:start-end'"),
        (["slice", "src/shapes.py:99-100"], "nothing is there any more"),
        (["slice", "src/shapes.py:1-2", "--lines", "2-1"], "--lines 2-1: not lines from 1"),
        (["slice", "nope.py:1-2"], "nope.py: no such file in "),
        (["definition", "."], "nothing to look for"),
        (["references", "+"], "nothing to look for"),
        (["references", "x", "--role", "nix"], "'nix' is not one of 'definition'"),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, list) else "",
)
def test_bad_input_is_named(shapes: Terminal, arguments: list[str], words: str) -> None:
    said = shapes.nanobot(*arguments, "--json")

    assert said.code == 2
    assert said.json["error"]["code"] in {"usage", "not_found"}
    assert words in said.json["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "areaof"],
        ["search", "ao"],
        ["grep", "area"],
        ["similar", "copies/one.py:5"],
        ["similar", "--duplicates"],
        ["outline", "src/shapes.py"],
        ["outline", "notes.txt"],
        ["slice", "src/shapes.py:1-2"],
        ["definition", "area"],
        ["definition", "aera_of"],
        ["references", "area"],
    ],
    ids=" ".join,
)
def test_every_key_is_documented(shapes: Terminal, arguments: list[str]) -> None:
    document = shapes.nanobot(*arguments, "--json").json

    assert keys_of(document) <= documented_keys(CLI, arguments[0])


@pytest.fixture
def older(terminal: Terminal) -> Terminal:
    """A workspace whose index was written by an older version."""
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0
    path = terminal.workspace / ".nanobot" / "index" / "manifest.json"
    document = json.loads(path.read_text())
    document["body"]["format"] = 1
    body = json.dumps(document["body"], sort_keys=True, separators=(",", ":")).encode()
    document["crc32"] = zlib.crc32(body)
    path.write_text(json.dumps(document))
    return terminal


@pytest.mark.parametrize(
    "arguments",
    [("search", "total"), ("grep", "sum"), ("ingest",), ("process", GOAL, "--plan")],
    ids=" ".join,
)
def test_an_index_of_another_format_is_built_again_and_not_called_damaged(
    older: Terminal, arguments: tuple[str, ...]
) -> None:
    first = older.nanobot(*arguments)
    second = older.nanobot(*arguments)

    assert first.code == second.code == 0
    assert first.err == f"the index has {OTHER_FORMAT}, so it is built again\n"
    assert second.err == ""


def test_status_says_what_to_do_about_an_index_of_another_format(older: Terminal) -> None:
    said = older.nanobot("status", "--json")

    assert said.json["index"] is None
    assert said.err == (
        f"the index: manifest.json: {OTHER_FORMAT}; run 'nanobot ingest' to rebuild the index\n"
    )


@pytest.mark.parametrize("arguments", [("search", "total"), ("ingest",)], ids=" ".join)
def test_a_first_index_that_can_not_be_written_says_what_to_do(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    terminal.write("a.py", "total = 1\n" * 1000)

    said = terminal.run(*arguments, limit_file_bytes=5000)

    assert said.code == 1
    assert "can not be written" in said.err
    assert said.err.endswith("the index is kept there, so make it writable or free space\n")
    assert "old index" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [("search", "total"), ("ingest",), ("process", GOAL, "--plan")],
    ids=" ".join,
)
def test_a_file_where_the_index_would_be_is_named(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    state = terminal.write(".nanobot", "mine")

    said = terminal.nanobot(*arguments)

    assert (said.code, said.out) == (1, "")
    assert said.err == f"nanobot: {state}: it is not a folder; move it away\n"
    assert state.read_text() == "mine"
