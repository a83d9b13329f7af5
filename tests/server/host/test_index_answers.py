import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanobot_indexer import (
    DEFAULT_INDEX_OPTIONS,
    Index,
    grep,
    ingest,
    open_index,
    references,
)
from nanobot_server.host.index_answers import (
    definition_answer,
    duplicates_answer,
    grep_answer,
    outline_answer,
    references_answer,
    similar_answer,
    slice_answer,
)
from support.documents import documented_keys, keys_of

CLI_PAGE = (Path(__file__).resolve().parents[3] / "docs/cli.md").read_text()
LOOP = "".join(f"    total = total + {number} * weight\n" for number in range(30))
MAIN = f'''\
class Engine:
    def start(self, fuel):
        """Burn the fuel."""
        return fuel


def drive(engine):
    return engine.start("petrol")


def add(total, weight):
{LOOP}    return total
'''


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    root = tmp_path_factory.mktemp("workspace")
    (root / "main.py").write_text(MAIN)
    (root / "copy.py").write_text(MAIN.replace("drive", "ride"))
    ingest(root, options=replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0))
    with open_index(root) as opened:
        yield opened


def answers(index: Index) -> dict[str, dict[str, Any]]:
    handle = outline_answer(index, "main.py", chars_max=1000)["handle"]
    found = grep(index.live, "petrol", limit=9, context_lines=1, timeout_s=60.0)
    uses = references(index.live, "start", limit=9, timeout_s=60.0)
    return {
        "definition": definition_answer(index, "drive", limit=9),
        "grep": grep_answer(found),
        "references": references_answer(uses),
        "outline": outline_answer(index, "main.py", chars_max=1000),
        "slice": slice_answer(index, handle, chars_max=1000, lines=(1, 1)),
        "similar": similar_answer(index, ("main.py", 20), limit=9),
    }


def test_every_key_is_documented(index: Index) -> None:
    for command, document in answers(index).items():
        undocumented = keys_of(document) - documented_keys(CLI_PAGE, command)
        assert not undocumented, (command, undocumented)
    undocumented = keys_of(duplicates_answer(index, limit=9)) - documented_keys(CLI_PAGE, "similar")
    assert not undocumented


def test_they_say_what_was_found(index: Index) -> None:
    found = answers(index)

    assert [one["name"] for one in found["definition"]["definitions"]] == ["drive"]
    assert [one["path"] for one in found["grep"]["matches"]] == ["copy.py", "main.py"]
    assert {one["role"] for one in found["references"]["references"]} == {"definition", "code"}
    assert [one["name"] for one in found["outline"]["entries"]] == [
        "Engine",
        "start",
        "drive",
        "add",
    ]
    assert found["slice"]["text"] == "class Engine:\n"
    assert [one["path"] for one in found["similar"]["chunks"]] == ["copy.py"]
    assert all(one["is_complete"] for one in found.values() if "is_complete" in one)


def test_a_name_that_is_nowhere_has_names_like_it(index: Index) -> None:
    found = definition_answer(index, "Engnie", limit=9)

    assert (found["definitions"], found["near"][0]["name"]) == ([], "Engine")


def test_copies_are_told_in_groups(index: Index) -> None:
    groups = duplicates_answer(index, limit=9)["groups"]

    assert {chunk["path"] for chunk in groups[0]["chunks"]} == {"copy.py", "main.py"}
    assert all(re.search(r"@[0-9a-f]{16}$", one["handle"]) for one in groups[0]["chunks"])


def test_an_answer_that_is_cut_says_so(index: Index) -> None:
    found = slice_answer(index, "main.py:1-9", chars_max=5, lines=None)

    assert (found["text"], found["is_complete"]) == ("class", False)
