from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_indexer.volume.lock import IndexLock
from support.terminal import CODE, Terminal


def volume(terminal: Terminal) -> Path:
    (found,) = (terminal.workspace / ".nanobot" / "index").glob("*.volume")
    return found


def flip(path: Path) -> None:
    data = path.read_bytes()
    assert data.count(b"def total") == 1
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
    found = terminal.nanobot("search", "zzzz", "--json").json
    assert found == {"hits": [], "found_by": "text"}


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


def hits(terminal: Terminal, *arguments: str) -> list[tuple[str, str]]:
    said = terminal.nanobot("search", *arguments, "--json")
    assert said.code == 0, said
    return [(hit["path"], hit["name"]) for hit in said.json["hits"]]


@pytest.fixture
def mixed(terminal: Terminal) -> Terminal:
    """A workspace with one name in three languages and folders."""
    terminal.write("src/sums.py", "class Total:\n    def total(self):\n        return 1\n")
    terminal.write("src/sums.go", "package sums\n\nfunc total() int { return 1 }\n")
    terminal.write("docs/total.md", "# Total\n\nAll of it.\n")
    return terminal


def test_a_search_sees_what_changed_since_the_last_one(terminal: Terminal) -> None:
    terminal.write("a.py")
    assert hits(terminal, "total") == [("a.py", "total")]

    terminal.write("b.py", "def difference(a, b):\n    return a - b\n")

    assert hits(terminal, "difference", "--as-is") == []
    assert hits(terminal, "difference") == [("b.py", "difference")]
    (terminal.workspace / "b.py").unlink()
    assert hits(terminal, "difference") == []


def test_a_search_as_it_is_needs_an_index(terminal: Terminal) -> None:
    said = terminal.nanobot("search", "total", "--as-is", "--json")

    assert said.code == 1
    assert "not indexed yet; run 'nanobot ingest'" in said.json["error"]["message"]
    assert not (terminal.workspace / ".nanobot").exists()


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["--path", "docs/"], {"docs/total.md"}),
        (["--path", "*.py"], {"src/sums.py"}),
        (["--language", "go"], {"src/sums.go"}),
        (["--language", "go", "--language", "markdown"], {"src/sums.go", "docs/total.md"}),
        (["--kind", "function"], {"src/sums.go"}),
        (["--kind", "function", "--kind", "section"], {"src/sums.go", "docs/total.md"}),
        (["--language", "rust"], set()),
    ],
    ids=" ".join,
)
def test_filters_leave_the_rest_out(mixed: Terminal, arguments: list[str], paths: set[str]) -> None:
    assert {path for path, _ in hits(mixed, "total", *arguments)} == paths


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--language", "pyton"], "'pyton' is not one of 'text', 'python'"),
        (["--kind", "klass"], "'klass' is not one of 'function', 'method'"),
        (["--path", "!"], "path filter '!'"),
    ],
    ids=" ".join,
)
def test_a_wrong_filter_is_named(terminal: Terminal, arguments: list[str], words: str) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("search", "total", *arguments, "--json")

    assert said.code == 2
    assert words in said.json["error"]["message"]


def test_a_word_that_is_nowhere_finds_names_like_it(terminal: Terminal) -> None:
    terminal.write("a.py", "class ParseResultTable:\n    pass\n")

    document = terminal.nanobot("search", "prt", "--json").json
    shown = terminal.nanobot("search", "prt")

    assert document["found_by"] == "name"
    (hit,) = document["hits"]
    assert (hit["name"], hit["match"], hit["score"]) == ("ParseResultTable", "humps", 0.0)
    assert shown.out == "a.py:1-2  class  ParseResultTable\n"
    assert shown.err == "nothing found for 'prt'; these names are like it:\n"
    assert terminal.nanobot("search", "prt", "--kind", "function", "--json").json["hits"] == []


def test_a_handle_of_a_hit_is_found_in_another_file(terminal: Terminal) -> None:
    path = terminal.write("a.py")
    (hit,) = terminal.nanobot("search", "total", "--json").json["hits"]
    path.rename(terminal.workspace / "b.py")

    said = terminal.nanobot("slice", hit["handle"])

    assert (said.out, said.err) == (CODE, "it moved to b.py:1-2\n")


def test_another_writer_is_said_and_the_old_index_answers(terminal: Terminal) -> None:
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0
    terminal.write("b.py", "def difference(a, b):\n    return a - b\n")

    with IndexLock(terminal.workspace / ".nanobot" / "index.lock", timeout_s=1):
        said = terminal.nanobot("search", "total")
        new = terminal.nanobot("search", "difference", "--json")

    assert said.out == "a.py:1-2  function  total\n"
    assert said.err == "another process is indexing; this is from the index as it is now\n"
    assert (new.code, new.json["hits"]) == (0, [])
    assert hits(terminal, "difference") == [("b.py", "difference")]


def test_a_disk_that_refuses_is_said_and_the_old_index_answers(terminal: Terminal) -> None:
    terminal.write("a.py")
    assert terminal.nanobot("ingest").code == 0
    terminal.write("b.py", CODE.replace("total", "difference") * 1000)

    said = terminal.run("search", "total", limit_file_bytes=4096)

    assert (said.code, said.out) == (0, "a.py:1-2  function  total\n")
    assert said.err.endswith("; the old index is kept, and this is from it\n")
    assert hits(terminal, "difference", "--limit", "1") == [("b.py", "difference")]
