"""The gate "statements": code that no edit touches means what it did, where it did.

Its bytes are the same anyway. But an edit may open a string or a bracket that swallows what
follows, or take the head of a function away so that its body falls to the one before. So
every statement without an edit must be one afterwards, at the place where the edits
move it to, with an equal syntax tree and in the same functions and classes.

Statements with edits are the other gates' matter; of them is told how many have
the same syntax tree as before, so that only their layout changed. Believes only the files
before and after, and the plan.
"""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from nanobot_engine.edit import EditPlan, TextEdit
from nanobot_engine.refactor.codebase import Codebase

if TYPE_CHECKING:
    from nanobot_engine.python import PythonFile

_PYTHON_SUFFIXES: Final = (".py", ".pyi")
_BODIES: Final = ("body", "orelse", "finalbody", "handlers", "cases")
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Statements:
    """What was found about statements."""

    problems: list[str] = field(default_factory=list)
    """Of statements that no edit touches, with their places before."""
    laid_out: int = 0
    """Statements with edits that mean the same as before."""


def compared_statements(before: Codebase, after: Codebase, plan: EditPlan) -> Statements:
    """Compare the statements of all changed Python files.

    Args:
        before: All files before the change.
        after: All files after it.
        plan: The change.
    """
    found = Statements()
    for file in plan.files:
        path = file.result_path
        if path is None or file.is_created or not file.edits:
            continue
        if not (path.endswith(_PYTHON_SUFFIXES) and file.path.endswith(_PYTHON_SUFFIXES)):
            continue
        old, new = before.project.file(file.path), after.project.file(path)
        # What does not parse is told by the gate that is for it.
        if old is not None and new is not None:
            _Comparison(old, new, _Shift(file.edits), found).run()
    return found


class _Shift:
    """Where edits move bytes to."""

    def __init__(self, edits: Sequence[TextEdit]) -> None:
        self._starts = [edit.start_byte for edit in edits]
        self._ends = [edit.end_byte for edit in edits]
        grown = (len(edit.new_text) - (edit.end_byte - edit.start_byte) for edit in edits)
        self._grown_bytes = [0, *accumulate(grown)]

    def is_touched(self, start_byte: int, end_byte: int) -> bool:
        """Tell whether an edit is in a range, or right before or behind it."""
        return bisect_right(self._starts, end_byte) > bisect_left(self._ends, start_byte)

    def moved(self, byte: int) -> int:
        """Return where a byte is that no edit touches."""
        return byte + self._grown_bytes[bisect_right(self._ends, byte)]


class _Comparison:
    """Of one file."""

    def __init__(
        self, old: "PythonFile", new: "PythonFile", shift: _Shift, found: Statements
    ) -> None:
        self._old, self._new = old, new
        self._shift = shift
        self._found = found
        self._now = {start: (node, owners) for node, start, owners in _all(new, new.tree.body, ())}
        # The definitions whose heads stay, by where they are afterwards.
        self._kept = {
            place
            for node, start, _ in _all(old, old.tree.body, ())
            if isinstance(node, _DEFINITIONS) and (place := self._place(start)) is not None
        }

    def run(self) -> None:
        self._compare(self._old.tree.body, ())

    def _place(self, start: int) -> int | None:
        return None if self._shift.is_touched(start, start) else self._shift.moved(start)

    def _compare(self, body: Sequence[ast.stmt], owners: tuple[int, ...]) -> None:
        for node in body:
            start, end = _start(self._old, node), self._old.span(node).end_byte
            children = list(_bodies(node))
            # An edit behind the end may still belong to the last body.
            if not self._shift.is_touched(_line_start(self._old, node), end):
                self._check(node, start, owners)
            elif not children:
                self._count(node, start)
            inner = (*owners, start) if isinstance(node, _DEFINITIONS) else owners
            for child in children:
                self._compare(child, inner)

    def _count(self, node: ast.stmt, start: int) -> None:
        here, _ = self._now.get(self._shift.moved(start), (None, ()))
        if here is not None and ast.dump(here) == ast.dump(node):
            self._found.laid_out += _text(self._old, node) != _text(self._new, here)

    def _check(self, node: ast.stmt, start: int, owners: tuple[int, ...]) -> None:
        place = f"{self._old.path}:{node.lineno}"
        here, owners_now = self._now.get(self._shift.moved(start), (None, ()))
        if here is None or _head(here) != _head(node):
            self._found.problems.append(f"{place}: no edit touches it, and it means something else")
            return
        expected = {at for one in owners if (at := self._place(one)) is not None}
        if expected - set(owners_now) or (self._kept & set(owners_now)) - expected:
            text = "no edit touches it, and it is in another function or class"
            self._found.problems.append(f"{place}: {text}")


def _head(node: ast.stmt) -> str:
    """Return the syntax tree of a statement without the statements in it."""
    shallow = copy(node)
    for name in _BODIES:
        if hasattr(shallow, name):
            setattr(shallow, name, [])
    return ast.dump(shallow)


def _all(
    file: "PythonFile", body: Sequence[ast.stmt], owners: tuple[int, ...]
) -> Iterator[tuple[ast.stmt, int, tuple[int, ...]]]:
    """Yield all statements with their starts and those of the definitions around them."""
    for node in body:
        start = _start(file, node)
        yield node, start, owners
        inner = (*owners, start) if isinstance(node, _DEFINITIONS) else owners
        for child in _bodies(node):
            yield from _all(file, child, inner)


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in _BODIES[:3]:
        found = getattr(node, name, None)
        if found:
            yield found
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _start(file: "PythonFile", node: ast.stmt) -> int:
    return file.span(node).start_byte


def _line_start(file: "PythonFile", node: ast.stmt) -> int:
    """Return where the first line of a statement starts, decorators and indentation included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    line = min([node.lineno, *(one.lineno for one in decorators)])
    return file.byte_map.offset(line, 0)


def _text(file: "PythonFile", node: ast.stmt) -> str:
    return file.text(file.span(node))
