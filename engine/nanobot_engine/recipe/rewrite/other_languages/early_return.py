"""Early returns by program in languages with braces: less nesting that does the same.

    if (a) {               if (!a) {         if (a) {            if (a) {
        b();        ─>         return;           return b;   ─>      return b;
        c();               }                 } else {            }
    }                      b();                  return c;       return c;
    (the end)              c();              }

Whole lines move, so comments and formatting stay; where lines are laid out in another way,
nothing is done. What comes out is not believed here: who uses it proves that it does the
same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.statement import (
    BLOCKS,
    LEAVING,
    Kind,
    all_nodes,
    branches,
    condition_of,
    falls_through,
    inner,
    kind_of,
    statements_of,
)
from nanobot_engine.recipe.rewrite.other_languages.layout import Lines
from nanobot_engine.recipe.rewrite.other_languages.opposite import opposite
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode

_DEEP: Final = frozenset({Kind.IF, Kind.LOOP, Kind.TRY})

_REPEATED_SIZE_MAX: Final = 32
"""Characters of what may be written twice for a level less."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Statements in a row, and what leaving them early is written as."""

    statements: Sequence[SyntaxNode]
    leave: str
    """`return;` or `continue;` at the end of a function or loop; "" in any other block."""


def without_nesting(function: CodeFunction, lines: Lines) -> str | None:
    """Return the text of a function with one level less; None where nothing is to be done."""
    end = "" if function.language is Language.GO or not lines.has_semicolons else ";"
    leave = f"return{end}" if _gives_nothing(function) else ""
    for block in _blocks(_Block(statements_of(function.body), leave), f"continue{end}"):
        for place, statement in enumerate(block.statements):
            node = inner(statement)
            if kind_of(node) is Kind.IF and lines.is_movable(node):
                made = _Decision(node, function, lines).rewritten(
                    block.statements[place + 1 :], block.leave
                )
                if made is not None:
                    return made
    return None


def _gives_nothing(function: CodeFunction) -> bool:
    """Tell whether `return;` is what the end of a function does."""
    node, text = function.node, function.tree.text_of
    declared = node.child("result") or node.child("return_type") or node.child("type")
    if function.language in {Language.GO, Language.RUST}:
        return declared is None
    if function.language in {Language.JAVA, Language.C, Language.CPP}:
        declarator = node.child("declarator")
        is_plain = declarator is None or declarator.type == "function_declarator"
        return declared is None or (is_plain and text(declared) == b"void")
    return not node.type.startswith("generator")


def _blocks(block: _Block, next_round: str) -> Iterator[_Block]:
    yield block
    for statement in block.statements:
        node = inner(statement)
        kind = kind_of(node)
        is_last = statement is block.statements[-1]
        if kind is Kind.LOOP:
            body = node.child("body")
            if body is not None and body.type in BLOCKS:
                yield from _blocks(_Block(statements_of(body), next_round), next_round)
        elif kind is Kind.IF:
            yes, no = branches(node)
            # In one of several cases a guard is a case more, and no level less to read.
            leave = block.leave if is_last and no is None else ""
            for one in (yes, no):
                yield from _blocks(_Block(statements_of(one), leave), next_round)
        elif kind is Kind.BLOCK:
            yield from _blocks(_Block(statements_of(node), ""), next_round)
        elif kind is Kind.TRY:
            for one in all_nodes(node):
                if one.type in BLOCKS and one.parent in (node, *node.children):
                    yield from _blocks(_Block(statements_of(one), ""), next_round)


class _Decision:
    """One `if` whose lines can move."""

    def __init__(self, node: SyntaxNode, function: CodeFunction, lines: Lines) -> None:
        self._node = node
        self._function = function
        self._lines = lines
        self._yes, self._no = branches(node)

    def rewritten(self, following: Sequence[SyntaxNode], leave: str) -> str | None:
        inside = statements_of(self._yes)
        if self._yes is None or self._yes.type not in BLOCKS or not inside:
            return None
        if self._no is not None:
            return self._without_else(self._no)
        is_deep = len(inside) > 1 or kind_of(inside[0]) in _DEEP
        if is_deep and leave and not following:
            return self._guarded([leave], self._yes)
        return self._behind(self._yes, following[0]) if is_deep and len(following) == 1 else None

    def _behind(self, body: SyntaxNode, last: SyntaxNode) -> str | None:
        """Make a guard of the one short statement behind a body."""
        text = self._guard_of(last)
        between = self._lines.between(self._node, last)
        if text is None or between.strip():
            return None
        # Where the body ends by itself, what follows it is still to come, and stands there twice.
        is_reached = falls_through(statements_of(body))
        if is_reached and (len(text) > _REPEATED_SIZE_MAX or "(" in text):
            return None
        return self._guarded([text], body, drop=None if is_reached else last)

    def _guard_of(self, last: SyntaxNode) -> str | None:
        """Return what leaves a function as its last statement does; None where that is long."""
        text = self._lines.only_line(last)
        kind = kind_of(last)
        if text is None:
            return None
        if kind in {Kind.RETURN, Kind.RAISE}:
            return text
        is_rust = self._function.language is Language.RUST
        is_value = kind is Kind.OTHER and not text.endswith((";", "}"))
        return f"return {text};" if is_rust and is_value and self._gives() else None

    def _gives(self) -> bool:
        return self._function.node.child("return_type") is not None

    def _without_else(self, other: SyntaxNode) -> str | None:
        assert self._yes is not None, "the caller has looked"
        inside = statements_of(self._yes)
        leaves = not falls_through(inside)
        if kind_of(other) is Kind.IF:
            return self._lines.else_if_apart(self._yes, other) if leaves else None
        if other.type not in BLOCKS:
            return None
        others = statements_of(other)
        is_short = len(others) == 1 and kind_of(others[0]) in LEAVING
        if is_short and len(inside) > 1:
            guard = self._lines.only_line(others[0])
            has_more = self._lines.has_comment(other)
            if guard is not None and not has_more:
                return self._guarded([guard], self._yes, until=other)
        return self._lines.else_dedented(self._yes, other) if leaves else None

    def _guarded(
        self,
        guard: list[str],
        body: SyntaxNode,
        *,
        until: SyntaxNode | None = None,
        drop: SyntaxNode | None = None,
    ) -> str | None:
        """Put a guard for the opposite in place of a condition around a body.

        Args:
            guard: What leaves, without indentation.
            body: The block of the condition.
            until: The block of the `else` that becomes the guard.
            drop: A statement behind that is not reached any more.
        """
        condition = condition_of(self._node)
        if condition is None or self._node.child("initializer") is not None:
            return None
        text = opposite(condition, self._function.tree)
        if text is None:
            return None
        return self._lines.guarded(condition, text, guard, body, until=until, drop=drop)
