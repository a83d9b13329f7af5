"""Searches and the index through `nanobot-lsp`; the host is scripted."""

from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from e2e.model_editor import SOURCE

pytestmark = pytest.mark.asyncio


async def test_a_search_knows_what_is_not_saved(start: Any) -> None:
    editor = await start("helix")
    uri = editor.open("a.py", SOURCE)
    editor.open("same.py", "x = 1\n")

    await editor.command("search", "add")
    editor.change(uri, SOURCE + "# new\n")
    for _ in range(2):
        await editor.command("search", "add")
    editor.change(uri, SOURCE)
    await editor.command("search", "add")

    assert editor.host_calls("index.buffer") == [
        {"path": "a.py", "text": SOURCE + "# new\n"},
        {"path": "a.py", "text": None},
    ]


async def test_a_search_passes_its_filters_on(start: Any) -> None:
    editor = await start("helix")
    filters = {"path": "src/", "languages": ["python"], "kinds": ["class"]}

    await editor.command("search", {"query": "add", "limit": 900, **filters})

    assert editor.host_calls("search") == [{"query": "add", "limit": 200, **filters}]


@pytest.mark.parametrize("wrong", [{"query": ""}, {"query": "a", "kinds": "class"}, 3, {}])
async def test_a_wrong_search_is_refused(start: Any, wrong: Any) -> None:
    editor = await start("helix")

    with pytest.raises(JsonRpcException, match=r"nanobot\.search"):
        await editor.command("search", wrong)


async def test_ingest_shows_how_far_it_is(start: Any) -> None:
    editor = await start("vscode")

    answer = await editor.command("ingest")
    await editor.until("the user is told", editor.messages)
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert answer == {"state": "indexing"}
    assert editor.messages() == ["nanobot: 3 files, 5 definitions"]
    reports = [one for one in editor.progress() if isinstance(one, t.WorkDoneProgressReport)]
    assert [one.percentage for one in reports] == [12, 25, 62, 62]
    assert reports[0].message == "reading: 50/100 files, 1 s left"
