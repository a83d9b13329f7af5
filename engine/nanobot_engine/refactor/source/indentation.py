"""Move a piece of code to another indentation without touching its strings."""

import ast

_HOLDER = "if 1:\n"


def reindented(text: str, old: str, new: str) -> str:
    """Return whole statements at another indentation.

    Args:
        text: From the first character of its first line, that is with the old indentation.
        old: What every line starts with.
        new: What every line starts with afterwards.
    """
    fixed = _string_lines(text, is_indented=bool(old))
    lines = text.split("\n")
    return "\n".join(
        line if index in fixed or not line.strip() else new + line.removeprefix(old)
        for index, line in enumerate(lines)
    )


def _string_lines(text: str, *, is_indented: bool) -> set[int]:
    """Return the lines (from 0) that start inside of a string."""
    tree = ast.parse(_HOLDER + text if is_indented else text)
    before = 1 if is_indented else 0
    found: set[int] = set()
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        )
        if is_text and isinstance(node, ast.expr):
            end = node.end_lineno or node.lineno
            # A docstring moves with its code: its reader looks at the indentation.
            if not _is_document(tree, node):
                found.update(range(node.lineno - before, end - before))
    return found


def _is_document(tree: ast.AST, node: ast.expr) -> bool:
    for holder in ast.walk(tree):
        match holder:
            case (
                ast.FunctionDef(body=[ast.Expr(value=value), *_])
                | ast.AsyncFunctionDef(body=[ast.Expr(value=value), *_])
                | ast.ClassDef(body=[ast.Expr(value=value), *_])
            ) if value is node:
                return True
    return False
