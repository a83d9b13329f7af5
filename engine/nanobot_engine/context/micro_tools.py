"""Micro-tools: the few ways to look something up, each bounded, each with a handle.

They read one snapshot of the index. What they return is evidence: lines with their
place, never a summary. A program decides which tool is used when; no model calls one.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from nanobot_engine.context.evidence import Evidence, FoundBy
from nanobot_indexer import (
    Definition,
    Hit,
    Index,
    IndexerError,
    Outline,
    grep,
    open_handle,
    outline,
    references,
)
from nanobot_indexer.search.references import Role
from nanobot_indexer.search.symbol_index import Match
from nanobot_indexer.search.text_match import TextMatch

PIECE_CHARS_MAX: Final = 12_000
"""Of one piece; about four chunks."""
LINE_CHARS_MAX: Final = 400
"""A longer line is cut: nobody reads it, and no answer is that long."""
AROUND_LINES: Final = 3
"""Shown before and after a match."""
SCAN_TIMEOUT_S: Final = 5.0

_NAMES: Final = frozenset({Match.EXACT, Match.CASE})


class MicroTools:
    """Looks things up in one index. Safe to share between threads.

    Args:
        index: Stays open while the tools are used.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    def search(self, query: str, *, limit: int) -> list[Evidence]:
        """Return the best chunks for a question, best first."""
        return [self._of_hit(hit) for hit in self._index.search(query, limit=limit)]

    def definition(self, name: str, *, limit: int) -> list[Evidence]:
        """Return the definitions of a name, best first; in its scope if it has one."""
        hits = self._index.symbols.definition(name, limit=limit).hits
        hits = tuple(hit for hit in hits if hit.match in _NAMES)
        scoped = tuple(hit for hit in hits if hit.is_in_scope)
        return [
            self._of_definition(hit.definition, hit.handle)
            for hit in (scoped or hits)
            if hit.match is (scoped or hits)[0].match
        ]

    def near(self, name: str, *, limit: int) -> list[str]:
        """Return names that are like a name which is not there."""
        hits = self._index.symbols.find(name, limit=limit).hits
        return [hit.definition.qualified_name for hit in hits]

    def grep(self, text: str, *, limit: int) -> list[Evidence]:
        """Return the places of a text as it stands, each with the lines around it."""
        result = grep(
            self._index.live,
            text,
            limit=limit,
            context_lines=AROUND_LINES,
            timeout_s=SCAN_TIMEOUT_S,
        )
        return list(self._of_matches(result.matches, FoundBy.GREP))

    def references(self, name: str, *, limit: int) -> list[Evidence]:
        """Return the lines where a name is used in code."""
        result = references(
            self._index.live,
            name,
            limit=limit,
            roles={Role.CODE, Role.TEXT},
            timeout_s=SCAN_TIMEOUT_S,
        )
        matches = [reference.match for reference in result.references]
        return list(self._of_matches(matches, FoundBy.REFERENCES))

    def outline(self, path: str) -> Outline:
        """Return the structure of a file.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        return outline(self._index.live, path)

    def slice(self, handle: str, start_line: int, end_line: int) -> tuple[str, ...]:
        """Return some lines of the file of a handle, without their ends.

        Raises:
            QueryError, FileNotIndexedError: They are not there any more.
        """
        lines = (start_line, end_line)
        found = open_handle(self._index.live, handle, chars_max=PIECE_CHARS_MAX, lines=lines)
        return _lines(found.text)

    def _of_hit(self, hit: Hit) -> Evidence:
        # The chunk and not the whole class around it: it is what was found.
        found = open_handle(self._index.live, hit.handle, chars_max=PIECE_CHARS_MAX)
        return self._piece(
            hit.handle,
            found.path,
            found.start_line,
            _lines(found.text),
            name=hit.name,
            found_by=FoundBy.SEARCH,
        )

    def _of_definition(self, definition: Definition, handle: str) -> Evidence:
        lines = self.slice(handle, definition.start_line, definition.end_line)
        return self._piece(
            handle,
            definition.path,
            definition.start_line,
            lines,
            name=definition.qualified_name,
            found_by=FoundBy.DEFINITION,
        )

    def _of_matches(self, matches: Iterable[TextMatch], found_by: FoundBy) -> Iterator[Evidence]:
        last: Evidence | None = None
        for match in matches:
            lines = (*match.before, match.text, *match.after)
            start_line = match.line - len(match.before)
            is_same = last is not None and last.path == match.path
            if is_same and last is not None and match.end_line <= last.end_line:
                continue
            name = self._name_at(match.path, match.line)
            shown = tuple(line[:LINE_CHARS_MAX] for line in lines)
            last = self._piece(
                match.handle, match.path, start_line, shown, name=name, found_by=found_by
            )
            yield last

    def _piece(
        self,
        handle: str,
        path: str,
        start_line: int,
        lines: tuple[str, ...],
        *,
        name: str,
        found_by: FoundBy,
    ) -> Evidence:
        end_line = start_line + len(lines) - 1
        headers = {
            definition.start_line
            for definition in self._index.definitions(path)
            if start_line <= definition.start_line <= end_line
        }
        return Evidence(handle, path, start_line, lines, name, found_by, tuple(sorted(headers)))

    def _name_at(self, path: str, line: int) -> str:
        """Return the innermost definition around a line."""
        try:
            definitions = self._index.definitions(path)
        except IndexerError:
            return ""
        around = [one for one in definitions if one.start_line <= line <= one.end_line]
        return (
            min(around, key=lambda one: one.end_line - one.start_line).qualified_name
            if (around)
            else ""
        )


def _lines(text: str) -> tuple[str, ...]:
    r"""Split a text of the index at `\n`, `\r\n` and lone `\r`, as the index counts lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    return tuple(line[:LINE_CHARS_MAX] for line in lines)
