"""The requests that the index answers. Their documents are those of the command line.

Parameters are read on the event loop, before anything is looked up; what is asked
then runs in a thread. Everything has a limit, and what may take long a deadline.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

from nanobot_indexer import (
    DefinitionKind,
    Index,
    Language,
    SearchFilter,
    grep,
    references,
)
from nanobot_indexer.search.references import Role
from nanobot_indexer.search.text_match import CONTEXT_LINES_MAX
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.index_answers import (
    definition_answer,
    grep_answer,
    outline_answer,
    references_answer,
    similar_answer,
    slice_answer,
)
from nanobot_server.host.index_view import report_view
from nanobot_server.host.params import Params
from nanobot_server.host.search_answer import search_answer
from nanobot_server.host.semantic_index import SemanticIndex
from nanobot_server.host.symbol_answer import described_answer, symbols_answer
from nanobot_server.host.workspace_index import WorkspaceIndex

QUERY_CHARS_MAX: Final = 10_000
PATTERN_CHARS_MAX: Final = 2_000
PATH_CHARS_MAX: Final = 4_096
HITS_MAX: Final = 200
MATCHES_MAX: Final = 2_000
TEXT_CHARS_MAX: Final = 200_000
BUFFER_CHARS_MAX: Final = 2 * 1024 * 1024
SCAN_TIMEOUT_S: Final = 10.0
"""A search in all text ends by then, and says that it did."""

_LINES_MAX: Final = 10**9

Document = dict[str, Any]
Answer = Callable[[Hashable, Params], Awaitable[Document]]
Result = TypeVar("Result")


class IndexRequests:
    """Methods of the host. Runs on the event loop.

    Args:
        index: Of the workspace.
        semantic: Its vectors; None when there are none.
    """

    def __init__(self, index: WorkspaceIndex, semantic: SemanticIndex | None = None) -> None:
        self._index = index
        self._semantic = semantic
        self.methods: Final[Mapping[str, Answer]] = {
            "search": self._search,
            "grep": self._grep,
            "references": self._references,
            "definition": self._definition,
            "symbols": self._symbols,
            "describe": self._describe,
            "outline": self._outline,
            "similar": self._similar,
            "slice": self._slice,
            "index.status": self._status,
            "index.refresh": self._refresh,
            "index.cancel": self._cancel,
            "index.changed": self._changed,
            "index.buffer": self._buffer,
        }

    async def _search(self, _front: Hashable, params: Params) -> Document:
        query = params.short_text("query", chars_max=QUERY_CHARS_MAX)
        limit = params.integer("limit", least=1, most=HITS_MAX)
        filters = SearchFilter(
            languages=params.choices("languages", Language),
            path_glob=_path_glob(params),
            kinds=params.choices("kinds", DefinitionKind),
        )

        semantic = self._semantic
        is_wanted = semantic is not None and (semantic.is_on or params.flag("semantic"))
        by_semantics = semantic.search if semantic is not None and is_wanted else None

        def found(index: Index) -> Document:
            return search_answer(
                index, query, limit=limit, filters=filters, by_semantics=by_semantics
            )

        return await self._index.ask(found)

    async def _grep(self, _front: Hashable, params: Params) -> Document:
        pattern = params.short_text("pattern", chars_max=PATTERN_CHARS_MAX)
        limit = params.integer("limit", least=1, most=MATCHES_MAX)
        languages, path_glob = params.choices("languages", Language), _path_glob(params)
        context_lines = _context_lines(params)
        is_regex, ignore_case = params.flag("is_regex"), params.flag("ignore_case")
        whole_word = params.flag("whole_word")

        def found(index: Index) -> Document:
            result = grep(
                index.live,
                pattern,
                limit=limit,
                is_regex=is_regex,
                ignore_case=ignore_case,
                whole_word=whole_word,
                path_glob=path_glob,
                languages=languages,
                context_lines=context_lines,
                timeout_s=SCAN_TIMEOUT_S,
            )
            return grep_answer(result)

        return await self._index.ask(found)

    async def _references(self, _front: Hashable, params: Params) -> Document:
        name = params.short_text("name", chars_max=PATTERN_CHARS_MAX)
        limit = params.integer("limit", least=1, most=MATCHES_MAX)
        languages, path_glob = params.choices("languages", Language), _path_glob(params)
        roles, context_lines = params.choices("roles", Role), _context_lines(params)

        def found(index: Index) -> Document:
            result = references(
                index.live,
                name,
                limit=limit,
                roles=roles,
                path_glob=path_glob,
                languages=languages,
                context_lines=context_lines,
                timeout_s=SCAN_TIMEOUT_S,
            )
            return references_answer(result)

        return await self._index.ask(found)

    async def _definition(self, _front: Hashable, params: Params) -> Document:
        name = params.short_text("name", chars_max=PATTERN_CHARS_MAX)
        limit = params.integer("limit", least=1, most=HITS_MAX)

        def found(index: Index) -> Document:
            return definition_answer(index, name, limit=limit)

        return await self._index.ask(found)

    async def _symbols(self, _front: Hashable, params: Params) -> Document:
        query = params.short_text("query", chars_max=PATTERN_CHARS_MAX)
        limit = params.integer("limit", least=1, most=HITS_MAX)

        def found(index: Index) -> Document:
            return symbols_answer(index, query, limit=limit)

        return await self._index.ask(found)

    async def _describe(self, _front: Hashable, params: Params) -> Document:
        name = params.short_text("name", chars_max=PATTERN_CHARS_MAX)
        limit = params.integer("limit", least=1, most=HITS_MAX)

        def found(index: Index) -> Document:
            return described_answer(index, name, limit=limit)

        return await self._index.ask(found)

    async def _outline(self, _front: Hashable, params: Params) -> Document:
        path = params.short_text("path", chars_max=PATH_CHARS_MAX)
        chars_max = _chars_max(params)

        def found(index: Index) -> Document:
            return outline_answer(index, path, chars_max=chars_max)

        return await self._index.ask(found)

    async def _slice(self, _front: Hashable, params: Params) -> Document:
        handle = params.short_text("handle", chars_max=PATH_CHARS_MAX)
        chars_max = _chars_max(params)
        lines = None
        if params.optional_integer("start_line") is not None:
            start_line = params.integer("start_line", least=1, most=_LINES_MAX)
            lines = (start_line, params.integer("end_line", least=start_line, most=_LINES_MAX))

        def found(index: Index) -> Document:
            return slice_answer(index, handle, chars_max=chars_max, lines=lines)

        return await self._index.ask(found)

    async def _similar(self, _front: Hashable, params: Params) -> Document:
        limit = params.integer("limit", least=1, most=HITS_MAX)
        target: str | tuple[str, int]
        if params.optional_text("handle") is not None:
            target = params.short_text("handle", chars_max=PATH_CHARS_MAX)
        else:
            path = params.short_text("path", chars_max=PATH_CHARS_MAX)
            target = (path, params.integer("line", least=1, most=_LINES_MAX))

        def found(index: Index) -> Document:
            return similar_answer(index, target, limit=limit)

        return await self._index.ask(found)

    async def _status(self, _front: Hashable, _params: Params) -> Document:
        semantic = {} if self._semantic is None else {"semantic": self._semantic.status()}
        return {**self._index.status(), **semantic}

    async def _refresh(self, _front: Hashable, _params: Params) -> Document:
        return report_view(await self._index.refresh())

    async def _cancel(self, _front: Hashable, _params: Params) -> Document:
        return {"is_cancelled": self._index.cancel()}

    async def _changed(self, _front: Hashable, _params: Params) -> Document:
        return {"is_news": self._index.changed()}

    async def _buffer(self, front: Hashable, params: Params) -> Document:
        path = params.short_text("path", chars_max=PATH_CHARS_MAX)
        text = params.optional_text("text")
        if text is not None and len(text) > BUFFER_CHARS_MAX:
            raise HostError(USAGE, f"text: has {len(text)} characters, limit {BUFFER_CHARS_MAX}")
        content = None if text is None else text.encode("utf-8", "replace")
        return {"is_laid_over": await self._index.set_buffer(path, content, front)}


def _path_glob(params: Params) -> str | None:
    return params.optional_short_text("path", chars_max=PATH_CHARS_MAX)


def _context_lines(params: Params) -> int:
    return params.integer_or("context_lines", 0, least=0, most=CONTEXT_LINES_MAX)


def _chars_max(params: Params) -> int:
    return params.integer_or("chars_max", TEXT_CHARS_MAX, least=1, most=TEXT_CHARS_MAX)
