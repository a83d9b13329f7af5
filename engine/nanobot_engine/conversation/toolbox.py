"""What a call finds in one index: evidence or text, or why there is none."""

import hashlib
from dataclasses import dataclass
from typing import Final

from nanobot_engine.context import Evidence, FoundBy, MicroTools
from nanobot_engine.conversation.tool_call import (
    Definition,
    Grep,
    Outline,
    References,
    Search,
    Slice,
    ToolCall,
)
from nanobot_indexer import IndexerError

_FOUND_MAX: Final = 5
_LINES_MAX: Final = 80
"""Of one slice."""
_OUTLINE_CHARS_MAX: Final = 2_400
_NEAR_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What a call found."""

    pieces: tuple[Evidence, ...] = ()
    """For the content gate."""
    text: str = ""
    """Instead of pieces: an outline, or why nothing was found."""
    is_found: bool = True

    def digest(self) -> str:
        """Return a hash of what was found."""
        lines = [f"{piece.path}:{piece.start_line}\n{piece.text}" for piece in self.pieces]
        return hashlib.sha256("\0".join([self.text, *lines]).encode()).hexdigest()

    def places(self) -> frozenset[str]:
        """Return what is known now that may not have been before: lines, or a text."""
        lines = {
            f"{piece.path}:{number}"
            for piece in self.pieces
            for number in range(piece.start_line, piece.end_line + 1)
        }
        return frozenset(lines | ({self.text} if self.is_found and self.text else set()))

    def brief(self) -> str:
        """Return one line: what it was, without its content."""
        places = [
            f"{piece.path}:{piece.start_line}-{piece.end_line}"
            + (f" ({piece.name})" if piece.name else "")
            for piece in self.pieces
        ]
        return "; ".join(places) or self.text.partition("\n")[0]


class Toolbox:
    """Runs calls. Never raises for what a model may ask: that nothing is there is a finding.

    Args:
        tools: Of one index, which stays open meanwhile.
    """

    def __init__(self, tools: MicroTools) -> None:
        self._tools = tools

    def run(self, call: ToolCall) -> Finding:
        """Look something up."""
        try:
            return self._found(call)
        except IndexerError as error:
            return Finding(text=f"nothing: {error}", is_found=False)

    def _found(self, call: ToolCall) -> Finding:
        match call:
            case Definition(name=name):
                return self._or_near(self._tools.definition(name, limit=_FOUND_MAX), name)
            case References(name=name):
                last = name.rpartition(".")[2]
                return self._or_near(self._tools.references(last, limit=_FOUND_MAX), name)
            case Grep(text=text):
                return _pieces(self._tools.grep(text, limit=_FOUND_MAX), text)
            case Search(query=query):
                return _pieces(self._tools.search(query, limit=_FOUND_MAX), query)
            case Outline(path=path):
                return Finding(
                    text=self._tools.outline(path).rendered(chars_max=_OUTLINE_CHARS_MAX)
                )
            case Slice(path=path, first=first, last=last_line):
                return self._slice(path, first, last_line)

    def _slice(self, path: str, first: int, last: int) -> Finding:
        file = self._tools.outline(path)
        if not first <= last or first > file.line_count:
            text = f"nothing: {path} has the lines 1 to {file.line_count}"
            return Finding(text=text, is_found=False)
        end = min(last, first + _LINES_MAX - 1, file.line_count)
        lines = self._tools.slice(file.handle, first, end)
        return Finding((Evidence(file.handle, path, first, lines, "", FoundBy.SEARCH),))

    def _or_near(self, found: list[Evidence], name: str) -> Finding:
        if found:
            return Finding(tuple(found))
        near = ", ".join(self._tools.near(name, limit=_NEAR_MAX))
        text = f"nothing is named {name}" + (f"; near: {near}" if near else "")
        return Finding(text=text, is_found=False)


def _pieces(found: list[Evidence], asked: str) -> Finding:
    if found:
        return Finding(tuple(found))
    return Finding(text=f"nothing found for {asked!r}", is_found=False)
