"""`workspace/symbol`: definitions by name, of all workspace folders.

The hosts answer from their indexes, unsaved documents included. One that is slow or refuses
is left out: half a list is better than none.
"""

import asyncio
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import uri_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.index.index_question import IndexQuestions
from nanobot_server.lsp.index.symbol_kind import symbol_kind

SYMBOLS_MAX: Final = 100
TIMEOUT_S: Final = 20.0
"""A host may have to start, and to read the workspace for the first time."""
_QUERY_CHARS_MAX: Final = 200


async def workspace_symbol(
    session: Session,
    index: IndexQuestions,
    params: types.WorkspaceSymbolParams,
) -> list[types.SymbolInformation]:
    """Return what matches, the best of each workspace first."""
    query = params.query.strip()[:_QUERY_CHARS_MAX]
    if not query:
        return []
    default = session.default_root()
    roots = session.folders or ([default] if default is not None else [])
    found = await asyncio.gather(*(_of_root(index, root, query) for root in roots))
    merged = [one for together in zip_longest(*found) for one in together if one is not None]
    return merged[:SYMBOLS_MAX]


async def _of_root(index: IndexQuestions, root: Path, query: str) -> list[types.SymbolInformation]:
    params: dict[str, object] = {"query": query, "limit": SYMBOLS_MAX}
    answer = await index.ask(root, "symbols", params, timeout_s=TIMEOUT_S)
    return [_symbol(root, one) for one in answer["symbols"]] if answer is not None else []


def _symbol(root: Path, found: dict[str, Any]) -> types.SymbolInformation:
    # The host knows lines; the place of a name in its line is of no use in a list.
    start = types.Position(found["name_line"] - 1, 0)
    end = types.Position(found["end_line"], 0)
    outer = str(found["qualified_name"]).rpartition(".")[0]
    return types.SymbolInformation(
        location=types.Location(uri_of(root / found["path"]), types.Range(start, end)),
        name=found["name"],
        kind=symbol_kind(found["kind"]),
        container_name=f"{outer} ({found['path']})" if outer else found["path"],
    )
