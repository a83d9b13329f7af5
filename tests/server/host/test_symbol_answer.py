"""What editors are told about names of the index."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_indexer import DEFAULT_INDEX_OPTIONS
from nanobot_server.host.index_requests import IndexRequests
from nanobot_server.host.params import Params
from nanobot_server.host.workspace_index import WorkspaceIndex

pytestmark = pytest.mark.asyncio

FILES = {
    "store.py": '''\
class Store:
    @property
    @cached(
        1,
    )
    def load_all(self, path: str,
                 deep=False) -> list[str]:
        r"""
        Load it all.
        And more.

        Not this.
        """
''',
    "a.ts": "/**\n * Wraps it.\n *\n * Not this.\n */\nexport function wrapIt(a: number) {}\n",
    "b.go": "package b\n\n// Area returns the area,\n// in all.\nfunc Area() int { return 1 }\n",
    "c.rs": "/// Returns the side.\npub fn side() -> f32 { 1.0 }\n",
    "d.c": "/* Counts. */\nint count_words(const char *s)\n{\n    return 0;\n}\n",
    "e.py": "def plain():\n    return 1\n",
}
FRONT = "a front"


@pytest_asyncio.fixture
async def requests(tmp_path: Path) -> AsyncIterator[IndexRequests]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    index = WorkspaceIndex(
        tmp_path,
        replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0),
        is_watched=False,
        interval_s=1.0,
        tell=lambda _message: None,
    )
    await index.refresh()
    yield IndexRequests(index)
    await index.close()


async def described(requests: IndexRequests, name: str) -> Any:
    answer = await requests.methods["describe"](FRONT, Params({"name": name, "limit": 5}))
    (found,) = answer["definitions"]
    assert answer["is_complete"]
    return found


async def test_a_definition_is_described_in_short(requests: IndexRequests) -> None:
    found = await described(requests, "load_all")

    assert found["signature"] == "def load_all(self, path: str, deep=False) -> list[str]"
    assert found["docstring"] == "Load it all.\nAnd more."
    assert (found["path"], found["qualified_name"], found["kind"]) == (
        "store.py",
        "Store.load_all",
        "method",
    )
    assert (found["start_line"], found["name_line"]) == (2, 6)


@pytest.mark.parametrize(
    ("name", "docstring"),
    [
        ("wrapIt", "Wraps it."),
        ("Area", "Area returns the area,\nin all."),
        ("side", "Returns the side."),
        ("count_words", "Counts."),
        ("plain", ""),
    ],
)
async def test_comments_lose_their_marks(
    requests: IndexRequests, name: str, docstring: str
) -> None:
    assert (await described(requests, name))["docstring"] == docstring


async def test_symbols_are_found_by_parts_of_their_names(requests: IndexRequests) -> None:
    async def names(query: str) -> list[str]:
        answer = await requests.methods["symbols"](FRONT, Params({"query": query, "limit": 3}))
        return [one["qualified_name"] for one in answer["symbols"]]

    assert await names("load") == ["Store.load_all"]
    assert (await names("wi"))[:1] == ["wrapIt"]
    assert await names("nothing_like_it") == []
