"""Which Python names and modules are public, from names alone."""

import ast
from typing import Final

_TEST_FOLDERS: Final = frozenset({"test", "tests"})


def is_public_module(path: str) -> bool:
    """Say whether others may import the module at `path`.

    A file or folder that starts with an underscore is private; `__init__.py` and
    `__main__.py` are not.

    Args:
        path: Workspace-relative, `/`-separated.
    """
    parts = path.removesuffix(".pyi").removesuffix(".py").split("/")
    return not any(part.startswith("_") and not is_dunder(part) for part in parts)


def is_test_module(path: str) -> bool:
    """Say whether the module at `path` holds tests, by pytest's and unittest's names."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".pyi").removesuffix(".py")
    return (
        not _TEST_FOLDERS.isdisjoint(folders)
        or stem in {"conftest", "test", "tests"}
        or stem.startswith("test_")
        or stem.endswith("_test")
    )


def is_dunder(name: str) -> bool:
    """Say whether `name` belongs to Python: `__init__`, `__all__`, …."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def dotted_name(node: ast.expr) -> str | None:
    """Return `a.b.c` for a chain of attributes, None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(names)])


def literal_all(tree: ast.Module) -> frozenset[str] | None:
    """Collect `__all__` of a module.

    Returns:
        None without an `__all__`, or when any part of it is computed: then only
        running the module could tell.
    """
    names: set[str] | None = None
    for statement in tree.body:
        value = _added_to_all(statement)
        if value is None:
            continue
        literal = _literal_names(value)
        if literal is None:
            return None
        names = (names or set()) | literal
    return None if names is None else frozenset(names)


def _added_to_all(statement: ast.stmt) -> ast.expr | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
            return value
        case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
            return value
        case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
            return value
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend"), args=[value]
            )
        ):
            return value
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="append"), args=[value]
            )
        ):
            return ast.List(elts=[value], ctx=ast.Load())
        case _:
            return None


def _literal_names(value: ast.expr) -> set[str] | None:
    """Return the strings of a list, tuple or sum of such, None for anything else."""
    names: set[str] = set()
    stack = [value]
    while stack:
        match stack.pop():
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                stack.extend(elements)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                stack.extend((left, right))
            case ast.Constant(value=str(name)):
                names.add(name)
            case _:
                return None
    return names
