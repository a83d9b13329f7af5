"""What stands at the top of a module, and how others reach it."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import (
    AttributeOccurrence,
    Import,
    Role,
    ScopeKind,
    root_name,
)
from nanobot_engine.python.value import ModuleValue
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_engine.refactor.source.statement import own_span, whole_lines


def one_module(codebase: Codebase, symbols: Iterable[str]) -> tuple[PythonFile, set[str]]:
    """Return the module that defines all symbols, and their names there.

    Raises:
        ArgumentError: One is not at the top of a module, or they are of several modules.
    """
    names: set[str] = set()
    paths: set[str] = set()
    for written in symbols:
        path, _, name = written.partition("::")
        symbol = codebase.references.symbol(path, name)
        if symbol is None or symbol.scope.parent is not None:
            raise ArgumentError(f"{written}: there is no such name at the top of a module")
        symbol = codebase.references.origin(symbol)
        paths.add(symbol.file.path)
        names.add(symbol.name)
    if len(paths) != 1:
        raise ArgumentError(f"{', '.join(sorted(paths))}: what moves must be of one module")
    file = codebase.project.file(paths.pop())
    assert file is not None, "its symbols were found"
    return file, names


def defines(statement: ast.stmt, node: ast.AST) -> bool:
    """Tell whether a statement does nothing but bind a name by a node."""
    match statement:
        case ast.Assign(targets=[ast.Name() as target]):
            return target is node
        case ast.AnnAssign(target=ast.Name() as target):
            return target is node
    return statement is node and isinstance(
        statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )


def is_in(span: Span, spans: Iterable[Span]) -> bool:
    """Tell whether a place starts inside of others."""
    return any(one.start_byte <= span.start_byte < one.end_byte for one in spans)


def import_of(occurrence: AttributeOccurrence) -> Import | None:
    """Return the import through which an attribute reaches a module."""
    root = root_name(occurrence.value)
    if root is None:
        return None
    scope = occurrence.scope.lookup(root.id)
    for site in scope.sites.get(root.id, ()) if scope is not None else ():
        imported = site.imported
        if imported is None:
            continue
        written = ast.unparse(occurrence.value)
        if imported.name is not None or imported.alias.asname is not None:
            return imported if written == imported.bound else None
        if imported.module == written:
            return imported
    return None


def root_import(occurrence: AttributeOccurrence) -> Import | None:
    """Return an import of the only package that a chain of attributes starts with."""
    root = root_name(occurrence.value)
    scope = occurrence.scope.lookup(root.id) if root is not None else None
    if root is None or scope is None:
        return None
    imports = [site.imported for site in scope.sites.get(root.id, ())]
    # `import pkg` and `import pkg.a` bind the same.
    bound = {one and (one.module if one.as_span or one.name else one.bound) for one in imports}
    return imports[0] if len(bound) == 1 else None


@dataclass(frozen=True, slots=True)
class Access:
    """`module.name` in code that moves to that module, where it is only `name`."""

    span: Span
    name: str
    root: ast.Name


def accesses_to(
    codebase: Codebase, file: PythonFile, spans: Sequence[Span], target: PythonFile
) -> Iterator[Access]:
    """Yield where moved code takes something from the module that it moves to.

    Args:
        codebase: All files.
        file: Where the code is.
        spans: Its places there.
        target: Where it goes.
    """
    inference = codebase.references.inference
    for one in file.names.attributes:
        root = root_name(one.value)
        if root is None or not is_in(one.span, spans) or one.name not in target.names.module.sites:
            continue
        values = inference.values(file, one.scope, one.value)
        is_sure = bool(values) and all(
            isinstance(value, ModuleValue) and value.file is target for value in values
        )
        # A global that is set is set in its module.
        if is_sure and not one.is_store and one.scope.lookup(one.name) is None:
            yield Access(Span(file.span(root).start_byte, one.span.end_byte), one.name, root)


def place_for(
    file: PythonFile, names: Iterable[str], *, is_early: bool = False
) -> tuple[Span, str, str]:
    """Return where definitions go that a module imported before.

    That is its end, or before the first statement that uses one when it is imported.

    Args:
        file: The module.
        names: Of the definitions.
        is_early: Whether they go before the imports that follow other definitions.

    Returns:
        What to replace, and what stands before and after the definitions there.
    """
    data, wanted = file.source.data, set(names)
    used = [
        o.span.start_byte
        for o in file.names.names
        if o.name in wanted
        and o.role is Role.LOAD
        and all(scope.kind is not ScopeKind.FUNCTION for scope in o.scope.outwards())
    ]
    if is_early:
        used += [file.span(one).start_byte for one in _late_imports(file)]
    for statement in file.tree.body if used else ():
        lines = whole_lines(file, statement) or own_span(file, statement)
        if lines.end_byte > min(used):
            return Span(lines.start_byte, lines.start_byte), "", "\n\n\n"
    end = len(data.rstrip())
    return Span(end, len(data)), "\n\n\n" if end else "", "\n"


def _late_imports(file: PythonFile) -> Iterator[ast.stmt]:
    """Yield the imports at the top of a module that follow definitions."""
    is_late = False
    for statement in file.tree.body:
        is_late = is_late or isinstance(statement, ast.FunctionDef | ast.ClassDef)
        if is_late and isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
