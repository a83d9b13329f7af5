"""Which imports of a file nothing uses.

More careful than a linter, because what it finds is removed: names that others may
take from the module, and names that only comments, doctests or fixtures speak of, count as used.
"""

import ast
import re
from collections.abc import Iterator

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile
from nanobot_engine.python.scope import Import, Role, Scope

_KEPT = re.compile(rb"#[^\r\n]*\bnoqa\b(?!:)|#[^\r\n]*\bnoqa:[^\r\n]*F401|#\s*pragma")
_SPOKEN = re.compile(rb"#\s*type:[^\r\n]*|>>>[^\r\n]*|^[ \t]*\.\.\.[^\r\n]*", re.MULTILINE)


def idle_imports(file: PythonFile, spoken_of: list[Import] | None = None) -> list[Import]:
    """Return the imports whose name nothing in the file uses.

    Those of an `__init__`, of `__future__`, in `__all__`, in a `try`, renamed to themselves and
    marked with `noqa` are meant to stand there.

    Args:
        file: Where.
        spoken_of: Takes the imports that only a doctest or the comment of a type uses.
    """
    if file.path.rpartition("/")[2] in {"__init__.py", "__init__.pyi"} or _has_star_all(file):
        return []
    used = {(o.bound(), o.name) for o in file.names.names if o.role is not Role.IMPORT}
    spoken = b"\n".join(match[0] for match in _SPOKEN.finditer(file.source.data))
    guarded = set(_guarded(file.tree))
    listed = {one.name for one in file.names.listed}
    found = []
    for imported, scope in file.names.imports:
        name = imported.bound
        if _is_meant(imported) or name in listed or imported.statement in guarded:
            continue
        if _is_marked(file, imported):
            continue
        is_again = any(
            other is not imported and other.bound == name and inner is scope
            for other, inner in file.names.imports
        )
        bound = scope.lookup(name)
        if (bound, name) in used or (is_again and imported.name is None):
            continue
        if bound is None or any(site.imported is None for site in bound.sites.get(name, ())):
            continue
        if re.search(rb"\b" + re.escape(name.encode()) + rb"\b", spoken):
            if spoken_of is not None:
                spoken_of.append(imported)
            continue
        if not _is_fixture(file, name):
            found.append(imported)
    return found


def _is_meant(imported: Import) -> bool:
    """Tell whether an import works without being used: `from m import a as a` hands it on."""
    if imported.bound == "*" or imported.module == "__future__":
        return True
    return imported.alias.asname is not None and imported.alias.asname == (
        imported.name or imported.module
    )


def _has_star_all(file: PythonFile) -> bool:
    """Tell whether `__all__` is computed, so that any name may be in it."""
    return "__all__" in file.names.module.sites and not file.names.listed


def _guarded(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what stands in a `try`: it asks whether a module is there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            for statement in (*node.body, *node.handlers, *node.orelse):
                yield from ast.walk(statement)


def _is_marked(file: PythonFile, imported: Import) -> bool:
    statement = imported.statement
    start = file.byte_map.line_start(statement.lineno)
    end = file.span(statement).end_byte
    data = file.source.data
    newline = data.find(b"\n", end)
    return _KEPT.search(data, start, len(data) if newline < 0 else newline) is not None


def _is_fixture(file: PythonFile, name: str) -> bool:
    """Tell whether a parameter of a test file may ask for an imported fixture by its name."""
    if not is_test_module(file.path):
        return False
    return any(_is_parameter(scope, name) for scope in file.names.scope_by_node.values())


def _is_parameter(scope: Scope, name: str) -> bool:
    return any(isinstance(site.node, ast.arg) for site in scope.sites.get(name, ()))
