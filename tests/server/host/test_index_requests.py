from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_indexer import DEFAULT_INDEX_OPTIONS, FileNotIndexedError, QueryError
from nanobot_server.host.errors import HostError
from nanobot_server.host.index_requests import IndexRequests
from nanobot_server.host.params import Params
from nanobot_server.host.workspace_index import WorkspaceIndex

pytestmark = pytest.mark.asyncio

MAIN = '''\
class Engine:
    def start(self, fuel):
        """Burn the fuel."""
        return fuel


def drive(engine):
    return engine.start("petrol")
'''
FRONT = "a front"


@pytest_asyncio.fixture
async def requests(tmp_path: Path) -> AsyncIterator[IndexRequests]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "notes.md").write_text("# Fuel\n\nAll about petrol.\n", encoding="utf-8")
    index = WorkspaceIndex(
        tmp_path,
        replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0),
        is_watched=False,
        interval_s=1.0,
        tell=lambda _message: None,
    )
    made = IndexRequests(index)
    await made.methods["index.refresh"](FRONT, Params({}))
    yield made
    await index.close()


async def asked(requests: IndexRequests, method: str, **params: Any) -> dict[str, Any]:
    return await requests.methods[method](FRONT, Params(params))


async def test_search_takes_filters(requests: IndexRequests) -> None:
    everything = await asked(requests, "search", query="petrol fuel", limit=9)
    python = await asked(requests, "search", query="petrol fuel", limit=9, languages=["python"])
    notes = await asked(requests, "search", query="petrol fuel", limit=9, path="*.md")
    classes = await asked(requests, "search", query="engine start", limit=9, kinds=["class"])

    assert {hit["path"] for hit in everything["hits"]} == {"src/main.py", "notes.md"}
    assert {hit["path"] for hit in python["hits"]} == {"src/main.py"}
    assert {hit["path"] for hit in notes["hits"]} == {"notes.md"}
    assert {hit["kind"] for hit in classes["hits"]} == {"class"}
    assert all("@" in hit["handle"] for hit in everything["hits"])


async def test_one_word_that_is_nowhere_is_looked_for_in_names(requests: IndexRequests) -> None:
    found = await asked(requests, "search", query="drvie", limit=3)

    assert (found["found_by"], found["hits"][0]["name"]) == ("name", "drive")


async def test_a_handle_can_be_opened_again(requests: IndexRequests) -> None:
    hits = await asked(requests, "search", query="drive", limit=1)
    handle = hits["hits"][0]["handle"]

    whole = await asked(requests, "slice", handle=handle)
    other = await asked(requests, "slice", handle=handle, start_line=1, end_line=1)
    short = await asked(requests, "slice", handle=handle, chars_max=5)

    assert 'engine.start("petrol")' in whole["text"]
    assert other["text"] == "class Engine:\n"
    assert (short["text"], short["is_complete"]) == ("class", False)


async def test_grep_and_references_and_definition(requests: IndexRequests) -> None:
    matches = await asked(requests, "grep", pattern="PETROL", ignore_case=True, limit=9)
    uses = await asked(requests, "references", name="start", limit=9)
    definition = await asked(requests, "definition", name="Engine.start", limit=9)
    near = await asked(requests, "definition", name="Engnie", limit=9)

    places = [(one["path"], one["line"]) for one in matches["matches"]]
    assert places == [("notes.md", 3), ("src/main.py", 8)]
    assert [one["role"] for one in uses["references"]] == ["definition", "code"]
    assert [one["signature"] for one in definition["definitions"]] == ["def start(self, fuel)"]
    assert (near["definitions"], near["near"][0]["name"]) == ([], "Engine")


async def test_outline_and_similar(requests: IndexRequests) -> None:
    outline = await asked(requests, "outline", path="src/main.py")
    alike = await asked(requests, "similar", path="src/main.py", line=2, limit=3)

    assert [one["name"] for one in outline["entries"]] == ["Engine", "start", "drive"]
    assert alike["target"].startswith("src/main.py:")
    assert alike["chunks"] == []


async def test_a_buffer_stands_in_for_the_file(requests: IndexRequests) -> None:
    laid = await asked(requests, "index.buffer", path="src/main.py", text="unsaved = 'diesel'\n")
    ignored = await asked(requests, "index.buffer", path=".git/config", text="diesel\n")
    found = await asked(requests, "grep", pattern="diesel", limit=9)
    status = await asked(requests, "index.status")
    gone = await asked(requests, "index.buffer", path="src/main.py", text=None)

    assert [one["is_laid_over"] for one in (laid, ignored, gone)] == [True, False, False]
    assert [one["path"] for one in found["matches"]] == ["src/main.py"]
    assert (status["buffers"], status["index"]["files"]) == (1, 2)


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("search", {"query": "", "limit": 1}, "query: missing"),
        ("search", {"query": "a", "limit": 201}, "limit: must be from 1 to 200"),
        ("search", {"query": "a" * 10_001, "limit": 1}, "query: has 10001 characters"),
        ("search", {"query": "a", "limit": 1, "languages": ["klingon"]}, "'klingon' is none of"),
        ("search", {"query": "a", "limit": 1, "kinds": "class"}, "kinds: must be a list"),
        ("grep", {"pattern": "a", "limit": 9, "context_lines": 21}, "context_lines: must be"),
        ("references", {"name": "a", "limit": 9, "roles": ["hero"]}, "'hero' is none of"),
        ("slice", {"handle": "a:1-2", "start_line": 5, "end_line": 4}, "end_line: must be"),
        ("similar", {"path": "a.py", "limit": 3}, "line: must be"),
        ("index.buffer", {"path": "a.py", "text": "x" * 2_097_153}, "text: has 2097153"),
    ],
)
async def test_what_is_asked_wrongly_is_refused(
    requests: IndexRequests, method: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(HostError, match=message) as caught:
        await asked(requests, method, **params)

    assert caught.value.code == "usage"


@pytest.mark.parametrize(
    ("method", "params", "kind"),
    [
        ("references", {"name": "++", "limit": 1}, QueryError),
        ("grep", {"pattern": "(", "is_regex": True, "limit": 1}, QueryError),
        ("outline", {"path": "nowhere.py"}, FileNotIndexedError),
        ("slice", {"handle": "no handle"}, QueryError),
    ],
)
async def test_what_can_not_be_answered_is_named(
    requests: IndexRequests, method: str, params: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await asked(requests, method, **params)
