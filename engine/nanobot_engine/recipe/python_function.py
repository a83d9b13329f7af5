"""The functions of a Python module, inner ones too."""

import ast
from collections.abc import Iterator
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Yield every function of a module with its qualified name, outer ones first."""
    stack: list[tuple[str, ast.AST]] = [("", tree)]
    while stack:
        prefix, node = stack.pop()
        children: list[tuple[str, ast.AST]] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{prefix}{child.name}"
                yield name, child
                children.append((f"{name}.<locals>.", child))
            elif isinstance(child, ast.ClassDef):
                children.append((f"{prefix}{child.name}.", child))
            else:
                children.append((prefix, child))
        stack.extend(reversed(children))
