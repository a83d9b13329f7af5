"""Patterns over syntax trees: Python expressions with holes, `os.path.join($a, $*rest)`.

`$name` stands for any expression, twice the same name for the same expression twice,
`$_` for anything each time, and `$*name` for all further arguments of a call. Names are
compared by meaning where that is known: `join(a)` after `from os.path import join`
matches `os.path.join($x)`.
"""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import Inference, PythonFile, Scope
from nanobot_engine.python.scope import root_name
from nanobot_engine.python.value import ClassValue, ForeignValue, FunctionValue, Value
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_engine.refactor.source.rewriter import Part, shape

_HOLE: Final = re.compile(r"\$(\*?)([A-Za-z_][A-Za-z0-9_]*)")
_ONE: Final = "__one_{}__"
_REST: Final = "__rest_{}__"
_NAMED: Final = re.compile(r"__(one|rest)_(\w+)__")


@dataclass(slots=True)
class Match:
    """What the holes of a pattern stand for at one place."""

    one: dict[str, ast.expr] = field(default_factory=dict)
    rest: dict[str, list[ast.expr | ast.keyword]] = field(default_factory=dict)

    def expressions(self) -> Iterator[tuple[str, ast.expr]]:
        """Yield all expressions that holes stand for, with the name of the hole."""
        yield from self.one.items()
        for name, parts in self.rest.items():
            for part in parts:
                yield name, part.value if isinstance(part, ast.keyword) else part


class Pattern:
    """A parsed pattern."""

    def __init__(self, written: str) -> None:
        """Parse it.

        Raises:
            ArgumentError: It is no expression, or only a hole.
        """
        self.written = written
        text = _HOLE.sub(
            lambda hole: hole[1] + (_REST if hole[1] else _ONE).format(hole[2]), written
        )
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError) as error:
            raise ArgumentError(f"{written!r}: is no Python expression with $holes") from error
        if _hole(self._tree) is not None:
            raise ArgumentError(f"{written!r}: would match everything")

    @property
    def holes(self) -> list[str]:
        """The names of its holes."""
        return hole_names(self.written)

    def match(
        self, inference: Inference, file: PythonFile, scope: Scope, node: ast.expr
    ) -> Match | None:
        """Return what the holes are if an expression of `scope` matches, else None."""
        if type(node) is not type(self._tree) and dotted_name(self._tree) is None:
            return None
        matching = _Matching(inference, file, scope)
        return matching.found if matching.expression(self._tree, node) else None


class _Matching:
    def __init__(self, inference: Inference, file: PythonFile, scope: Scope) -> None:
        self._inference = inference
        self._file = file
        self._scope = scope
        self.found = Match()

    def expression(self, pattern: ast.expr, node: ast.expr) -> bool:
        hole = _hole(pattern)
        if hole is not None:
            return self._filled(hole, node)
        name = dotted_name(pattern)
        if name is not None and _NAMED.match(name) is None and dotted_name(node) is not None:
            return self._is_name(name, node)
        if isinstance(pattern, ast.Call) and isinstance(node, ast.Call):
            return self.expression(pattern.func, node.func) and self._arguments(pattern, node)
        return self._alike(pattern, node)

    def _filled(self, hole: str, node: ast.expr) -> bool:
        known = self.found.one.get(hole)
        if hole == "_" or known is None:
            self.found.one[hole] = node
            return not isinstance(node, ast.Starred)
        return shape(known, {}) == shape(node, {})

    def _is_name(self, name: str, node: ast.expr) -> bool:
        root = root_name(node)
        if dotted_name(node) == name:
            is_builtin = root is not None and hasattr(builtins, root.id)
            return not is_builtin or root is None or self._scope.lookup(root.id) is None
        values = self._inference.values(self._file, self._scope, node)
        return bool(values) and all(self._meaning(value) == name for value in values)

    def _meaning(self, value: Value) -> str:
        """Return the dotted name of a value that is defined under one."""
        match value:
            case ForeignValue(name=name, is_instance=False):
                return {"posixpath": "os.path"}.get(name, name).removeprefix("builtins.")
            case ClassValue(file=file, node=ast.ClassDef(name=name)):
                return f"{self._inference.project.modules.name_of(file.path)}.{name}"
            case FunctionValue(file=file, node=ast.FunctionDef(name=name) as node):
                if file.names.scope_by_node[node].parent is file.names.module:
                    return f"{self._inference.project.modules.name_of(file.path)}.{name}"
        return ""

    def _arguments(self, pattern: ast.Call, node: ast.Call) -> bool:
        rest = None
        wanted = list(pattern.args)
        if wanted and isinstance(wanted[-1], ast.Starred):
            rest = _hole(wanted[-1].value, _REST)
        if rest is not None:
            wanted.pop()
        if any(isinstance(one, ast.Starred) for one in node.args[: len(wanted)]):
            return False
        if len(node.args) < len(wanted) or (rest is None and len(node.args) > len(wanted)):
            return False
        keywords = list(node.keywords)
        for keyword in pattern.keywords:
            same = next((one for one in keywords if one.arg == keyword.arg), None)
            if same is None or not self.expression(keyword.value, same.value):
                return False
            keywords.remove(same)
        if rest is None and keywords:
            return False
        if rest is not None:
            self.found.rest[rest] = [*node.args[len(wanted) :], *keywords]
        return all(map(self.expression, wanted, node.args[: len(wanted)]))

    def _alike(self, pattern: object, node: object) -> bool:
        if isinstance(pattern, ast.expr) and isinstance(node, ast.expr) and pattern is not node:
            if type(pattern) is not type(node):
                return False
        elif type(pattern) is not type(node):
            return False
        if isinstance(pattern, ast.AST) and isinstance(node, ast.AST):
            for name, value in ast.iter_fields(pattern):
                if name in {"ctx", "kind"}:
                    continue
                if not self._field(value, getattr(node, name, None)):
                    return False
            return True
        return repr(pattern) == repr(node)

    def _field(self, pattern: object, node: object) -> bool:
        if isinstance(pattern, list) and isinstance(node, list):
            return len(pattern) == len(node) and all(map(self._field, pattern, node))
        if isinstance(pattern, ast.expr) and isinstance(node, ast.expr):
            return self.expression(pattern, node)
        return self._alike(pattern, node)


class Template:
    """What a match becomes: Python source with the holes of the pattern."""

    def __init__(self, written: str, pattern: Pattern) -> None:
        """Check it.

        Raises:
            ArgumentError: It is no Python, or has a hole that the pattern has not.
        """
        self.written = written.strip()
        for name in hole_names(self.written):
            if name not in pattern.holes or name == "_":
                raise ArgumentError(f"${name}: is no hole of {pattern.written!r}")
        text = _HOLE.sub(
            lambda hole: hole[1] + (_REST if hole[1] else _ONE).format(hole[2]), written
        )
        try:
            body = ast.parse(text.strip()).body
        except (SyntaxError, ValueError) as error:
            raise ArgumentError(f"{written!r}: is no Python source with $holes") from error
        if len(body) != 1:
            raise ArgumentError(f"{written!r}: give one expression or one statement")
        self.is_statement = not isinstance(body[0], ast.Expr)
        self.names = {
            node.id
            for node in ast.walk(body[0])
            if isinstance(node, ast.Name) and _NAMED.fullmatch(node.id) is None
        }
        """The names that it uses itself."""

    def count(self, name: str) -> int:
        """Return how often a hole stands in it."""
        return hole_names(self.written).count(name)

    def parts(self, match: Match) -> list[Part]:
        """Return the replacement for one match."""
        parts: list[Part] = []
        position = 0
        for hole in _HOLE.finditer(self.written):
            parts.append(self.written[position : hole.start()])
            position = hole.end()
            if not hole[1]:
                parts.append(match.one[hole[2]])
                continue
            rest = _listed(match.rest[hole[2]])
            if not rest:
                # With no further arguments one comma goes, too.
                before = str(parts[-1])
                parts[-1] = re.sub(r",\s*\Z", "", before)
                if parts[-1] == before:
                    after = re.compile(r"\s*,\s*").match(self.written, position)
                    position = after.end() if after else position
            parts += rest
        parts.append(self.written[position:])
        return [part for part in parts if part != ""]


def hole_names(written: str) -> list[str]:
    """Return the names of all holes of a pattern or template, in order."""
    return [hole[2] for hole in _HOLE.finditer(written)]


def _hole(node: ast.expr, kind: str = _ONE) -> str | None:
    """Return the name of a hole, None for anything else."""
    if isinstance(node, ast.Name):
        found = _NAMED.fullmatch(node.id)
        if found is not None and kind.format(found[2]) == node.id:
            return found[2]
    return None


def _listed(arguments: Sequence[ast.expr | ast.keyword]) -> list[Part]:
    parts: list[Part] = []
    for argument in arguments:
        if parts:
            parts.append(", ")
        if isinstance(argument, ast.keyword):
            parts += ["**" if argument.arg is None else f"{argument.arg}=", argument.value]
        else:
            parts.append(argument)
    return parts
