"""Replace expressions of one file, one inside of another included, and prove the result.

A replacement is made of text and of parts of the old code, which keep their text
except for replacements inside of them. Brackets come where the grammar needs them. At the end
the new file is parsed: its tree must be the old one with the asked replacements.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from nanobot_engine.edit import EditError, apply_edits, source_from_bytes
from nanobot_engine.python import PythonFile, Span, read_python
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.source.precedence import needs_brackets

Part: TypeAlias = str | ast.expr
"""New text, or an expression of the old code."""

_HOLE = "__hole_{}__"


@dataclass(frozen=True, slots=True)
class _Replacement:
    node: ast.expr
    parts: tuple[Part | Span, ...]
    tree: ast.AST
    """What the parts mean: an expression, or a statement in the place of `node`'s own."""
    reason: str
    is_likely: bool


class Rewriter:
    """Collects replacements of one file; `add_to` hands them to a builder."""

    def __init__(self, file: PythonFile) -> None:
        self.file = file
        self._by_node: dict[ast.AST, _Replacement] = {}
        self._sorted: list[tuple[Span, _Replacement]] = []

    @cached_property
    def parents(self) -> Mapping[ast.AST, tuple[ast.AST, str]]:
        """The parent of every node with the name of the field that holds it."""
        found = {}
        for parent in ast.walk(self.file.tree):
            for field, value in ast.iter_fields(parent):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        found[child] = (parent, field)
        return found

    def is_statement(self, node: ast.expr) -> bool:
        """Tell whether an expression stands alone as a statement."""
        return isinstance(self.parents[node][0], ast.Expr)

    def is_in_string(self, node: ast.AST) -> bool:
        """Tell whether a node stands inside of an f-string or a quoted annotation."""
        parent: ast.AST | None = node
        while parent is not None:
            if isinstance(parent, ast.JoinedStr) and parent is not node:
                return True
            parent = self.parents.get(parent, (None, ""))[0]
        return False

    def replace(
        self,
        node: ast.expr,
        parts: Sequence[Part],
        reason: str,
        *,
        layout: Sequence[Part | Span] = (),
        is_likely: bool = False,
    ) -> None:
        """Replace an expression, or the statement that is only this expression.

        Args:
            node: Of the file.
            parts: Together Python source; expressions among them are inside of `node`.
            reason: One line for the review.
            layout: The same with ranges of the old text for what keeps its layout; `parts`
                without it.
            is_likely: Whether it is only probable that it belongs there.

        Raises:
            UnsafeError: The parts are no Python.
        """
        written, meaning = tuple(layout or parts), self._meaning(parts)
        self._by_node[node] = _Replacement(node, written, meaning, reason, is_likely)

    def __contains__(self, node: object) -> bool:
        return node in self._by_node

    def _meaning(self, parts: Sequence[Part]) -> ast.AST:
        """Return the tree of a replacement with the old expressions in it."""
        holes = {
            _HOLE.format(index): part
            for index, part in enumerate(parts)
            if not isinstance(part, str)
        }
        text = "".join(
            part if isinstance(part, str) else _HOLE.format(index)
            for index, part in enumerate(parts)
        )
        filled: ast.AST = _Filled(holes).visit(_parsed(text))
        return filled

    # Text

    def text(self, node: ast.expr) -> str:
        """Return the new text of an expression, without brackets around it."""
        replacement = self._by_node.get(node)
        return (
            self.span_text(self.file.span(node)) if replacement is None else self._new(replacement)
        )

    def span_text(self, span: Span) -> str:
        """Return the new text of a range that no replacement crosses."""
        text, position = "", span.start_byte
        for inner, replacement in self._inside(span):
            text += self.file.text(Span(position, inner.start_byte))
            text += self._placed(replacement)
            position = inner.end_byte
        return text + self.file.text(Span(position, span.end_byte))

    def _inside(self, span: Span) -> Iterator[tuple[Span, _Replacement]]:
        """Yield the outermost replacements strictly inside of a range, in order."""
        end = span.start_byte
        ordered = self._in_order
        first = bisect_left(ordered, span.start_byte, key=lambda pair: pair[0].start_byte)
        for inner, replacement in ordered[first:]:
            if inner.start_byte >= span.end_byte:
                break
            is_inside = end <= inner.start_byte and inner.end_byte <= span.end_byte
            if is_inside and inner != span:
                yield inner, replacement
                end = inner.end_byte

    @property
    def _in_order(self) -> list[tuple[Span, _Replacement]]:
        if len(self._sorted) != len(self._by_node):
            spans = [(self.file.span(one.node), one) for one in self._by_node.values()]
            spans.sort(key=lambda pair: (pair[0].start_byte, -pair[0].end_byte))
            self._sorted = spans
        return self._sorted

    def _new(self, replacement: _Replacement) -> str:
        text = ""
        places = _places(replacement.tree)
        for part in replacement.parts:
            if isinstance(part, Span):
                text += self.span_text(part)
            else:
                text += part if isinstance(part, str) else self._part(part, places, text)
        return text

    def _part(
        self, part: ast.expr, places: Mapping[ast.AST, tuple[ast.AST, str]], before: str
    ) -> str:
        text = self.text(part)
        place = places.get(part)
        new = self._by_node.get(part)
        tree = part if new is None else new.tree
        assert isinstance(tree, ast.expr), "a statement is no part of an expression"
        is_open = "\n" in text and not _is_one_line(text) and not _is_in_bracket(before)
        if is_open or (place is not None and needs_brackets(tree, *place)):
            return f"({text})"
        return text

    def _placed(self, replacement: _Replacement) -> str:
        """Return the text of a replacement with the brackets that its place needs."""
        text, tree = self._new(replacement), replacement.tree
        parent, field = self.parents[replacement.node]
        if not isinstance(tree, ast.expr) or self.has_brackets(replacement.node):
            return text
        return f"({text})" if needs_brackets(tree, parent, field) else text

    def has_brackets(self, node: ast.expr) -> bool:
        """Tell whether an expression stands alone between two brackets."""
        span, data = self.file.span(node), self.file.source.data
        before = data[: span.start_byte].rstrip(b" \t\r\n")[-1:]
        return before == b"(" and data[span.end_byte :].lstrip(b" \t\r\n")[:1] == b")"

    # The change

    def add_to(self, builder: ChangeBuilder) -> None:
        """Hand the replacements to a builder.

        Raises:
            UnsafeError: The new text does not mean what was asked for.
        """
        self.add_beside(builder, ())
        self._prove(builder)

    def add_beside(self, builder: ChangeBuilder, moved: Sequence[Span]) -> None:
        """Hand over the replacements outside of ranges that `span_text` gave elsewhere."""
        for span, replacement in self._inside(self._whole):
            if not any(
                one.start_byte <= span.start_byte and span.end_byte <= one.end_byte for one in moved
            ):
                likely = [one for _, one in self._inside(span) if one.is_likely]
                builder.replace(
                    self.file,
                    span,
                    self._placed(replacement),
                    likely[0].reason if likely else replacement.reason,
                    is_likely=bool(likely) or replacement.is_likely,
                )

    @property
    def _whole(self) -> Span:
        return Span(-1, len(self.file.source.data) + 1)

    def _prove(self, builder: ChangeBuilder) -> None:
        edits = [
            builder.edit(self.file, span, self._placed(replacement), replacement.reason)
            for span, replacement in self._inside(self._whole)
        ]
        try:
            data = apply_edits(self.file.source.data, edits)
            after = read_python(source_from_bytes(self.file.path, data))
        except EditError as error:
            raise UnsafeError(f"{self.file.path}: would not parse: {error}") from error
        trees = {node: one.tree for node, one in self._by_node.items()}
        if shape(self.file.tree, trees) != shape(after.tree, {}):
            raise UnsafeError(f"{self.file.path}: the new text would mean something else")


class _Filled(ast.NodeTransformer):
    """Puts expressions into the holes of a tree."""

    def __init__(self, holes: Mapping[str, ast.expr]) -> None:
        self._holes = holes

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._holes.get(node.id, node)


def _parsed(text: str) -> ast.AST:
    """Return an expression, which may have several lines, or else a statement."""
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        pass
    try:
        return ast.parse(text).body[0]
    except (SyntaxError, ValueError, IndexError) as error:
        raise UnsafeError(f"{text!r}: is no Python source") from error


def shape(node: object, replaced: Mapping[ast.AST, ast.AST]) -> object:
    """Return what a tree means as a value to compare, without places.

    Args:
        node: A node, a list of them, or a plain value.
        replaced: What counts instead of some nodes.
    """
    if isinstance(node, ast.Expr) and node.value in replaced:
        new = replaced[node.value]
        if isinstance(new, ast.stmt):
            return shape(new, replaced)
    if isinstance(node, ast.AST):
        while node in replaced:
            node = replaced[node]
        fields = [
            (name, shape(value, replaced))
            for name, value in ast.iter_fields(node)
            # How a literal was quoted or prefixed, and whether a name is set, is no meaning.
            if name not in {"ctx", "kind", "type_comment"}
        ]
        return (type(node).__name__, tuple(fields))
    if isinstance(node, list):
        return tuple(shape(one, replaced) for one in node)
    return repr(node)


def _places(tree: ast.AST) -> dict[ast.AST, tuple[ast.AST, str]]:
    found: dict[ast.AST, tuple[ast.AST, str]] = {}
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    found.setdefault(child, (parent, field))
    return found


def _is_one_line(text: str) -> bool:
    """Tell whether an expression of several lines holds together without brackets."""
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _is_in_bracket(before: str) -> bool:
    """Tell whether a bracket is certainly open after some text."""
    if "'" in before or '"' in before:
        return False
    return sum(before.count(one) for one in "([{") > sum(before.count(one) for one in ")]}")
