"""Where a function is called, and which argument is which parameter."""

import ast
from dataclasses import dataclass

from nanobot_engine.python import Certainty, PythonFile, Reference, ReferenceKind, Symbol
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.member_references import MemberReferences
from nanobot_engine.python.scope import Scope, ScopeKind
from nanobot_engine.python.stub import counterparts
from nanobot_engine.python.value import ClassValue
from nanobot_engine.refactor.call.bracket import Bracket, bracket_at
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """One definition of the function whose signature changes."""

    file: PythonFile
    node: FunctionNode
    scope: Scope

    @property
    def is_method(self) -> bool:
        """Whether its first parameter is given by the object before the dot."""
        parent = self.scope.parent
        is_in_class = parent is not None and parent.kind is ScopeKind.CLASS
        return is_in_class and "staticmethod" not in decorator_names(self.node)

    def brackets(self) -> Bracket:
        """Return the brackets of its parameters."""
        site = next(
            occurrence.span
            for occurrence in self.file.names.names
            if occurrence.node is self.node and occurrence.name == self.node.name
        )
        return bracket_at(self.file, self.file.source.data.index(b"(", site.end_byte))


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call of the function."""

    file: PythonFile
    node: ast.Call
    scope: Scope
    reference: Reference
    given_count: int
    """Parameters that are given already: 1 for the object before the dot, else 0."""

    @property
    def certainty(self) -> Certainty:
        """How well it is known that the function is called."""
        return self.reference.certainty

    @property
    def is_possible(self) -> bool:
        """Whether it only may be a call of the function."""
        return self.certainty is Certainty.POSSIBLE

    def brackets(self) -> Bracket:
        """Return the brackets of its arguments."""
        data = self.file.source.data
        position = self.file.span(self.node.func).end_byte
        # A callee in brackets of its own.
        while data[position : position + 1].isspace() or data[position : position + 1] == b")":
            position += 1
        return bracket_at(self.file, data.index(b"(", position))

    def slot_of(self, name: str, index: int | None) -> int | None:
        """Return which written argument is a parameter.

        Args:
            name: Of the parameter.
            index: Among all positional parameters; None for one by keyword only.

        Returns:
            Its index among the arguments as written; None when it is not given.
        """
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return self._written().index(keyword)
        if index is None:
            return None
        place = index - self.given_count
        return place if 0 <= place < len(self.node.args) else None

    def has_unpacking(self) -> bool:
        """Tell whether arguments are unpacked from something: `f(*a, **b)`."""
        return any(isinstance(one, ast.Starred) for one in self.node.args) or any(
            keyword.arg is None for keyword in self.node.keywords
        )

    def _written(self) -> list[ast.expr | ast.keyword]:
        """Return the arguments in the order of the text."""
        parts: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        return sorted(parts, key=self._place)

    def _place(self, part: ast.expr | ast.keyword) -> int:
        return self.file.span(part).start_byte


@dataclass(frozen=True, slots=True)
class Uses:
    """Everything that a new signature touches."""

    functions: tuple[Function, ...]
    """The function with its overloads and overrides; the one asked for first."""
    calls: tuple[CallSite, ...]
    values: tuple[Reference, ...]
    """Where the function, or its class for an `__init__`, stands without being called."""
    is_constructor: bool


def uses_of(codebase: Codebase, written: str) -> Uses:
    """Find a function and its calls.

    Args:
        codebase: The files.
        written: `path::qualified.name` of a function, or of a class for its `__init__`.

    Raises:
        ArgumentError: There is no such function.
    """
    path, _, name = written.partition("::")
    symbol = codebase.references.symbol(path, name)
    if symbol is None:
        raise ArgumentError(f"{written}: there is no such function; search for it")
    symbol = _constructor(codebase.references.origin(symbol))
    functions = _functions(codebase, symbol)
    if not functions:
        raise ArgumentError(f"{written}: is no function")
    references = list(codebase.references.find(symbol).found)
    if symbol.name == "__init__" and symbol.scope.parent is not None:
        references += _constructions(codebase, symbol)
    references += [one for found in references for one in _under_another_name(codebase, found)]
    calls: dict[tuple[PythonFile, ast.Call], CallSite] = {}
    values = []
    for reference in references:
        site = _site(codebase, reference, functions)
        if site is not None:
            calls.setdefault((site.file, site.node), site)
        elif reference.kind in {ReferenceKind.NAME, ReferenceKind.ATTRIBUTE}:
            values.append(reference)
    is_constructor = symbol.name == "__init__" and symbol.scope.kind is ScopeKind.CLASS
    return Uses(tuple(functions), tuple(calls.values()), tuple(values), is_constructor)


def _under_another_name(codebase: Codebase, reference: Reference) -> list[Reference]:
    """Return the uses of a function that an import gave another name: `import f as g`."""
    if reference.kind is not ReferenceKind.IMPORT:
        return []
    for imported, scope in reference.file.names.imports:
        alias = imported.alias.asname
        if imported.name_span != reference.span or alias is None or alias == imported.name:
            continue
        bound = scope.lookup(alias)
        if bound is not None:
            return list(codebase.references.find_bound(Symbol(reference.file, bound, alias)).found)
    return []


def _constructor(symbol: Symbol) -> Symbol:
    """Return `__init__` for a class, anything else as it is."""
    for site in symbol.scope.sites.get(symbol.name, ()):
        if isinstance(site.node, ast.ClassDef):
            scope = symbol.file.names.scope_by_node[site.node]
            return Symbol(symbol.file, scope, "__init__")
    return symbol


def _functions(codebase: Codebase, symbol: Symbol) -> list[Function]:
    scopes = [(symbol.file, symbol.scope)]
    if symbol.scope.kind is ScopeKind.CLASS and symbol.name != "__init__":
        family = MemberReferences(codebase.references.inference, symbol).family
        scopes += [(of.file, of.scope) for of in family if of.scope is not symbol.scope]
    else:
        scopes += counterparts(codebase.project, symbol.file, symbol.scope)
    return [
        Function(file, site.node, file.names.scope_by_node[site.node])
        for file, scope in scopes
        for site in scope.sites.get(symbol.name, ())
        if isinstance(site.node, FunctionNode)
    ]


def _constructions(codebase: Codebase, symbol: Symbol) -> list[Reference]:
    """Return the references to a class and to those that inherit its `__init__`."""
    node = symbol.scope.node
    assert isinstance(node, ast.ClassDef), "the scope of a constructor is a class"
    outer = symbol.scope.parent
    assert outer is not None, "a class is in a module"
    references = list(codebase.references.find(Symbol(symbol.file, outer, node.name)).found)
    members = MemberReferences(codebase.references.inference, symbol)
    for of in members.heirs():
        scope = of.scope.parent
        assert scope is not None, "see above"
        references += codebase.references.find(Symbol(of.file, scope, of.node.name)).found
    return references


def _site(codebase: Codebase, reference: Reference, functions: list[Function]) -> CallSite | None:
    """Return the call whose callee a reference ends."""
    file = reference.file
    for call, scope in file.names.calls:
        if file.span(call.func).end_byte != reference.span.end_byte:
            continue
        given = 1 if functions[0].is_method else 0
        if (
            given
            and isinstance(call.func, ast.Attribute)
            and _is_through_class(codebase, file, scope, call.func, functions[0])
        ):
            given = 0
        return CallSite(file, call, scope, reference, given)
    return None


def _is_through_class(
    codebase: Codebase, file: PythonFile, scope: Scope, function: ast.Attribute, of: Function
) -> bool:
    """Tell whether a method is called on its class, so that the object is an argument."""
    if "classmethod" in decorator_names(of.node) or function.attr != of.node.name:
        return False
    values = codebase.references.inference.values(file, scope, function.value)
    return bool(values) and all(isinstance(value, ClassValue) for value in values)
