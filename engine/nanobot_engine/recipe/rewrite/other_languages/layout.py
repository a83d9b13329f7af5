"""Moving whole lines of one function, where they are laid out so that this can be done.

if (a) {          the header ends its line with `{`
    b();          what is inside has lines of its own
} else {          `}` begins its line, with nothing but `else` behind it
    c();
}                 `}` stands alone
"""

import re

from nanobot_engine.language.definitions import COMMENTS
from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.statement import all_nodes
from nanobot_indexer.syntax.tree import SyntaxNode

_SEMICOLON = re.compile(r";[ \t]*(//.*)?$", re.MULTILINE)
_STRINGS = ("string", "template", "raw", "heredoc", "preproc")


class Lines:
    """The lines of one function that was parsed apart."""

    def __init__(self, function: CodeFunction) -> None:
        self._base = function.statement.start_byte
        self._data = function.text
        self._lines = self._data.decode().split("\n")
        self.has_semicolons = bool(_SEMICOLON.search(self._data.decode()))
        """Whether statements end with one where the language leaves that open."""

    def row(self, offset: int) -> int:
        """Return the 0-based line of a byte of the tree."""
        return self._data.count(b"\n", 0, offset - self._base)

    def column(self, offset: int) -> int:
        """Return the characters before a byte on its line."""
        start = self._data.rfind(b"\n", 0, offset - self._base) + 1
        return len(self._data[start : offset - self._base].decode())

    def is_movable(self, node: SyntaxNode) -> bool:
        """Tell whether an `if` and what is in it can be taken apart by lines."""
        first, last = self.row(node.start_byte), self.row(node.end_byte)
        line = self._lines[first]
        return (
            not line[: self.column(node.start_byte)].strip()
            and not self._lines[last][self.column(node.end_byte) :].strip()
            and not any(self._spans_lines(one) for one in all_nodes(node))
        )

    def _spans_lines(self, node: SyntaxNode) -> bool:
        """Tell whether lines mean something by where they begin."""
        is_text = any(word in node.type for word in _STRINGS)
        is_long = self.row(node.start_byte) != self.row(node.end_byte)
        return node.type.startswith("preproc") or (is_text and is_long)

    def has_comment(self, node: SyntaxNode) -> bool:
        """Tell whether a node has comments in it."""
        return any(one.type in COMMENTS for one in all_nodes(node))

    def between(self, one: SyntaxNode, other: SyntaxNode) -> str:
        """Return what stands between two nodes."""
        return self._data[one.end_byte - self._base : other.start_byte - self._base].decode()

    def only_line(self, node: SyntaxNode) -> str | None:
        """Return the line that holds a statement and nothing else; None where it is not so."""
        first, last = self.row(node.start_byte), self.row(node.end_byte)
        line = self._lines[first]
        is_first = not line[: self.column(node.start_byte)].strip()
        is_whole = first == last and not line[self.column(node.end_byte) :].strip(" \t;")
        return line.strip() if is_first and is_whole else None

    def guarded(
        self,
        condition: SyntaxNode,
        opposite: str,
        guard: list[str],
        body: SyntaxNode,
        *,
        until: SyntaxNode | None,
        drop: SyntaxNode | None,
    ) -> str | None:
        """Return the text with a guard in place of a condition around a body."""
        row = self.row(condition.start_byte)
        inside = self._inside(body)
        if inside is None or self.row(condition.end_byte) != row:
            return None
        first, last = inside
        if until is not None and self._else_row(body, until) is None:
            return None
        indent = self._indent(row)
        unit = self._unit(first, indent)
        moved = self._dedented(first, last, indent, unit)
        if moved is None:
            return None
        header = self._lines[row]
        head = header[: self.column(condition.start_byte)] + opposite
        end = self.row((until or body).end_byte)
        rest = self._lines[end + 1 :]
        if drop is not None:
            rest = self._lines[self.row(drop.end_byte) + 1 :]
        return "\n".join(
            [
                *self._lines[:row],
                head + header[self.column(condition.end_byte) :],
                # Where the brace has a line of its own, that one stays.
                *self._lines[row + 1 : first],
                *(indent + unit + line for line in guard),
                indent + "}",
                *moved,
                *rest,
            ]
        )

    def else_dedented(self, body: SyntaxNode, other: SyntaxNode) -> str | None:
        """Return the text without an `else` behind a body that leaves."""
        place = self._else_row(body, other)
        inside = self._inside(other)
        if place is None or inside is None or self._inside(body) is None:
            return None
        first, last = inside
        indent = self._indent(place)
        moved = self._dedented(first, last, indent, self._unit(first, indent))
        if moved is None:
            return None
        end = self.row(other.end_byte)
        return "\n".join([*self._lines[:place], indent + "}", *moved, *self._lines[end + 1 :]])

    def else_if_apart(self, body: SyntaxNode, other: SyntaxNode) -> str | None:
        """Return the text with the `if` of an `else if` on a line of its own."""
        row = self.row(other.start_byte)
        line = self._lines[row]
        before = line[: self.column(other.start_byte)]
        if self._inside(body) is None or row != self.row(body.end_byte):
            return None
        if before.split() != ["}", "else"] or self._spans_lines(other):
            return None
        indent = self._indent(row)
        return "\n".join(
            [
                *self._lines[:row],
                indent + "}",
                indent + line[self.column(other.start_byte) :],
                *self._lines[row + 1 :],
            ]
        )

    def _else_row(self, body: SyntaxNode, other: SyntaxNode) -> int | None:
        """Return the line where a body ends, if nothing but `else {` is up to the other."""
        row = self.row(body.end_byte)
        is_plain = self.between(body, other).split() == ["else"]
        begins = self._lines[row][: self.column(body.end_byte)].strip() == "}"
        return row if is_plain and begins else None

    def _inside(self, block: SyntaxNode) -> tuple[int, int] | None:
        """Return the first line inside of a block and the one of its `}`; None if not by lines."""
        open_row, close_row = self.row(block.start_byte), self.row(block.end_byte)
        is_open = not self._lines[open_row][self.column(block.start_byte) + 1 :].strip()
        is_closed = self._lines[close_row][: self.column(block.end_byte)].strip() == "}"
        is_long = close_row > open_row + 1
        return (open_row + 1, close_row) if is_open and is_closed and is_long else None

    def _indent(self, row: int) -> str:
        line = self._lines[row]
        return line[: len(line) - len(line.lstrip())]

    def _unit(self, row: int, indent: str) -> str:
        """Return what a line is indented by more than another."""
        while not self._lines[row].strip():
            row += 1
        return self._indent(row).removeprefix(indent)

    def _dedented(self, first: int, last: int, indent: str, unit: str) -> list[str] | None:
        """Return lines one level less indented; None where one of them is not indented so."""
        if not unit:
            return None
        moved = []
        for line in self._lines[first:last]:
            if line.strip() and not line.startswith(indent + unit):
                return None
            moved.append(indent + line[len(indent + unit) :] if line.strip() else line)
        return moved
