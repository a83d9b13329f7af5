"""Scopes, what they bind, and where a name occurs: the values of this package.

The rules are those of "Naming and binding" in the language reference.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

PathStep: TypeAlias = Literal["element", "enter", "exception"] | int
"""How a bound value comes out of an expression: an element of it, what its
context manager gives, an instance of the exception, or the item at an index."""


class ScopeKind(Enum):
    """What makes a scope; a lambda is a function."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"


class Role(Enum):
    """What a name does where it stands."""

    LOAD = "load"
    STORE = "store"
    DELETE = "delete"
    DEFINITION = "definition"
    PARAMETER = "parameter"
    DECLARED = "declared"
    """In a `global` or `nonlocal` statement."""
    IMPORT = "import"
    """The local name that an import statement binds."""


@dataclass(frozen=True, slots=True)
class Span:
    """A byte range of one file; the end is exclusive."""

    start_byte: int
    end_byte: int


@dataclass(frozen=True, slots=True)
class Import:
    """One name of an import statement."""

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    module: str
    """As written, without leading dots: `a.b`; empty for `from . import c`."""
    level: int
    """Leading dots."""
    name: str | None
    """What a `from` import takes; "*" for everything; None for `import a.b`."""
    bound: str
    """The local name; "*" for a star."""
    module_span: Span | None
    """Of `module`, None when it is empty."""
    name_span: Span | None
    """Of `name`, also of "*"."""
    as_span: Span | None
    """Of the name after `as`."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One place that binds a name."""

    node: ast.AST
    """The definition, parameter, import alias or name."""
    span: Span
    bound_from_byte: int
    """Where the name starts to be bound: after the value, or the header of a definition."""
    scope: "Scope"
    """Where `value` and `annotation` are evaluated."""
    value: ast.expr | None = None
    """What the bound value comes from."""
    path: tuple[PathStep, ...] = ()
    """How it comes out of `value`."""
    annotation: ast.expr | None = None
    imported: Import | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """One scope of a file. The tree of scopes follows `parent`."""

    kind: ScopeKind
    name: str
    """Of the function or class; "" for others."""
    node: ast.AST
    parent: "Scope | None"
    sites: dict[str, list[Site]] = field(default_factory=dict)
    """By bound name, in source order as far as statements go."""
    children: list["Scope"] = field(default_factory=list)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)

    @property
    def qualified_name(self) -> str:
        """As `__qualname__`; "" for a module."""
        names: list[str] = []
        for scope in self.outwards():
            if scope.name:
                is_local = scope.kind is ScopeKind.FUNCTION and names
                names.append(f"{scope.name}.<locals>" if is_local else scope.name)
        return ".".join(reversed(names))

    def outwards(self) -> "Iterator[Scope]":
        """Yield this scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def module(self) -> "Scope":
        """Return the outermost scope."""
        return list(self.outwards())[-1]

    def enclosing_class(self) -> "Scope | None":
        """Return the class whose body this scope is in, at any depth."""
        return next((scope for scope in self.outwards() if scope.kind is ScopeKind.CLASS), None)

    def lookup(self, name: str) -> "Scope | None":
        """Return the scope that binds `name` as seen from here.

        Returns:
            None for a builtin or a name that nothing binds.
        """
        if self.kind is ScopeKind.CLASS and name in self.sites and name not in self.global_names:
            return self
        return self.visible(name)

    def visible(self, name: str) -> "Scope | None":
        """Return the scope that binds `name` as seen from a scope inside of this one."""
        for scope in self.outwards():
            # The body of a class is not visible from functions in it.
            if scope.kind is ScopeKind.CLASS:
                if name in scope.global_names and scope is self:
                    return scope.module()
                continue
            if name in scope.global_names:
                return scope.module()
            if name in scope.nonlocal_names:
                continue
            if name in scope.sites:
                return scope
        return None


@dataclass(frozen=True, slots=True, eq=False)
class NameOccurrence:
    """A name where it stands for a binding."""

    name: str
    span: Span
    role: Role
    scope: Scope
    """Where it is looked up."""
    node: ast.AST

    def bound(self) -> Scope | None:
        """Return the scope whose binding this means; None for builtins.

        The body of a class runs from top to bottom: `x = x` in it reads the outer `x`.
        """
        scope = self.scope
        if scope.kind is ScopeKind.CLASS and self.role is Role.LOAD and scope.parent is not None:
            sites = scope.sites.get(self.name, ())
            if sites and all(site.bound_from_byte > self.span.start_byte for site in sites):
                return scope.parent.visible(self.name)
        return scope.lookup(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class AttributeOccurrence:
    """The name after a dot, or of an attribute in a class pattern."""

    name: str
    span: Span
    scope: Scope
    """Where `value` is evaluated."""
    value: ast.expr
    """What stands before the dot; the class of a class pattern."""
    is_pattern: bool
    is_store: bool


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An assignment to an attribute."""

    node: ast.Attribute
    scope: Scope
    """Of the statement."""
    value: ast.expr | None
    path: tuple[PathStep, ...]
    annotation: ast.expr | None


@dataclass(frozen=True, slots=True, eq=False)
class KeywordOccurrence:
    """The name of a keyword argument of a call."""

    name: str
    span: Span
    scope: Scope
    call: ast.Call


@dataclass(frozen=True, slots=True)
class ListedName:
    """One string in `__all__`."""

    name: str
    span: Span
    """Inside of the quotes."""


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Return the parameters in order of the signature, stars included."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found += arguments.kwonlyargs
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def root_name(node: ast.expr) -> ast.Name | None:
    """Return the name that a chain of attributes starts with, None for other expressions."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None
