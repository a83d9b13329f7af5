"""What a function does, as a value to compare: without the names of its locals and its layout.

Two functions with one shape do the same: their locals differ in name at most, and every other
name means the same thing, whatever each module calls it. Literals and names of the module
are slots; functions that are alike but for their slots can share one body.
"""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Scope, Symbol
from nanobot_engine.python.scope import Role, ScopeKind, all_arguments
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.source.docstring_entry import docstring_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

# What sees the function that runs, its module, or its class.
_SELF_AWARE: Final = frozenset(
    {"__class__", "__doc__", "__file__", "__name__", "__package__", "__spec__", "currentframe"}
    | {"eval", "exec", "_getframe", "globals", "locals", "stacklevel", "super", "vars"}
)
_PATTERNS: Final = (ast.MatchValue, ast.MatchSingleton, ast.MatchMapping)


@dataclass(frozen=True, slots=True)
class Slot:
    """A literal, or a name of the module, in a body."""

    node: ast.Constant | ast.Name
    is_free: bool
    """Whether something else can stand there."""


@dataclass(frozen=True, slots=True)
class FunctionShape:
    """One function, ready to compare."""

    file: PythonFile
    scope: Scope
    node: FunctionNode
    signature: str
    """Parameters with defaults and annotations."""
    tokens: tuple[object, ...]
    """The body; slots with what they mean."""
    slots: tuple[tuple[int, Slot], ...]
    """With their index among the tokens."""
    free_names: frozenset[str]
    """The names of the module that it uses, as it writes them."""

    @property
    def outline(self) -> tuple[object, ...]:
        """The tokens without what the free slots hold."""
        blank = {index for index, slot in self.slots if slot.is_free}
        return tuple("?" if i in blank else one for i, one in enumerate(self.tokens))

    @property
    def owner(self) -> Scope | None:
        """The class of a method, None for a function of a module."""
        outer = self.scope.parent
        return outer if outer is not None and outer.kind is ScopeKind.CLASS else None

    @property
    def body(self) -> list[ast.stmt]:
        """The statements without the docstring."""
        return self.node.body[1:] if docstring_of(self.node) is not None else self.node.body

    @property
    def line_count(self) -> int:
        """Lines of the body."""
        return (self.body[-1].end_lineno or 0) - self.body[0].lineno + 1 if self.body else 0


def function_shape(
    codebase: Codebase, file: PythonFile, node: FunctionNode
) -> FunctionShape | None:
    """Return the shape of a function.

    Returns:
        None when it looks at itself or its module, or has no body of its own.
    """
    reader = _Reader(codebase, file, node)
    body = node.body[1:] if docstring_of(node) is not None else node.body
    if not body or reader.is_self_aware or getattr(node, "type_params", None):
        return None
    for statement in body:
        reader.read(statement, is_free=True)
    return FunctionShape(
        file,
        reader.scope,
        node,
        reader.signature(),
        tuple(reader.tokens),
        tuple(reader.slots),
        frozenset(reader.free_names),
    )


class _Reader:
    def __init__(self, codebase: Codebase, file: PythonFile, node: FunctionNode) -> None:
        self._codebase = codebase
        self._file = file
        self._node = node
        self.scope = file.names.scope_by_node[node]
        span = file.span(node)
        inner = set(_inside(self.scope))
        self._outer: dict[int, Scope | None] = {}
        bound_here: set[str] = set()
        bound_there: set[str] = set()
        for one in file.names.names:
            if not span.start_byte <= one.span.start_byte < span.end_byte or one.node is node:
                continue
            bound = one.bound()
            if bound in inner:
                bound_here.add(one.name)
            else:
                bound_there.add(one.name)
                self._outer[id(one.node)] = bound
            if one.role is Role.DECLARED:
                bound_there.add(one.name)
        parameters = {one.arg for one in all_arguments(node.args)}
        self._locals = bound_here - parameters
        words = {o.id for o in ast.walk(node) if isinstance(o, ast.Name)}
        words |= {o.attr for o in ast.walk(node) if isinstance(o, ast.Attribute)}
        words |= {o.arg for o in ast.walk(node) if isinstance(o, ast.keyword) and o.arg}
        # One name for a local and for something of the module: compared by place it is not.
        self.is_self_aware = bool(words & _SELF_AWARE) or bool(bound_here & bound_there)
        self._number: dict[str, int] = {}
        self.tokens: list[object] = []
        self.slots: list[tuple[int, Slot]] = []
        self.free_names: set[str] = set()

    def signature(self) -> str:
        """Return the parameters; names in them as they are written."""
        returns = ast.unparse(self._node.returns) if self._node.returns is not None else ""
        kind = type(self._node).__name__
        return f"{kind} ({ast.unparse(self._node.args)}) -> {returns}"

    def read(self, node: ast.AST, *, is_free: bool) -> None:
        """Append the tokens of a part of the body."""
        match node:
            case ast.Name(id=name):
                self._name(node, name, is_free=is_free)
                return
            case ast.Constant(value=value):
                self.slots.append((len(self.tokens), Slot(node, is_free)))
                self.tokens.append((type(value).__name__, repr(value)))
                return
        self.tokens.append(type(node).__name__)
        if isinstance(node, ast.ImportFrom) and node.level:
            # What the dots mean depends on the file.
            self.tokens.append(self._file.path.rpartition("/")[0])
        is_still_free = is_free and not isinstance(node, (ast.JoinedStr, *_PATTERNS))
        for field, value in ast.iter_fields(node):
            if field in {"ctx", "type_comment", "kind"}:
                continue
            is_typed = field in {"annotation", "returns"} or (
                isinstance(node, ast.Attribute) and isinstance(value, ast.Name)
            )
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    self.read(one, is_free=is_still_free and not is_typed)
                else:
                    self.tokens.append(self._plain(one))
            if isinstance(value, list):
                self.tokens.append(len(value))

    def _plain(self, value: object) -> object:
        """Return a name that a statement binds, or any other plain field."""
        if isinstance(value, str) and value in self._locals:
            return self._local(value)
        return repr(value)

    def _local(self, name: str) -> object:
        return "local", self._number.setdefault(name, len(self._number))

    def _name(self, node: ast.Name, name: str, *, is_free: bool) -> None:
        if id(node) not in self._outer:
            self.tokens.append(self._local(name) if name in self._locals else ("name", name))
            return
        is_load = isinstance(node.ctx, ast.Load)
        self.slots.append((len(self.tokens), Slot(node, is_free and is_load)))
        self.free_names.add(name)
        self.tokens.append(self._meaning(self._outer[id(node)], name))

    def _meaning(self, bound: Scope | None, name: str) -> object:
        """Return what a name from outside means, the same for all modules."""
        if bound is None:
            has_star = any(one.name == "*" for one, _ in self._file.names.imports)
            is_known = hasattr(builtins, name) and not has_star
            return ("builtin", name) if is_known else ("unknown", self._file.path, name)
        sites = bound.sites.get(name, ())
        if len(sites) == 1 and sites[0].imported is not None:
            one = sites[0].imported
            path = self._file.path
            modules = self._codebase.project.modules
            module = modules.absolute(path, level=one.level, module=one.module)
            if one.name is None:
                return "module", one.module, one.alias.asname is not None
            origin = self._codebase.references.origin(Symbol(self._file, bound, name))
            if origin.scope is not bound:
                return "symbol", origin.file.path, origin.scope.qualified_name, origin.name
            return "import", module, one.name
        if bound is self.scope.parent and name == self._node.name:
            return "itself"
        return "symbol", self._file.path, bound.qualified_name, name


def _inside(scope: Scope) -> Iterator[Scope]:
    yield scope
    for child in scope.children:
        yield from _inside(child)
