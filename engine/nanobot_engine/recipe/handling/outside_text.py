"""Whether what is converted is a text that came from somewhere else.

Told by names and by the assignments of one function: what the environment, a command line
or a file gave is from outside; a number, and what was checked before, is the program's own.
What only a parameter brings stays open: it is judged with its context.
"""

import ast
import re
from enum import Enum
from typing import Final

from nanobot_engine.recipe.python_function import Function

_NUMBERS: Final = frozenset(
    {
        "len", "round", "abs", "sum", "min", "max", "time", "floor", "ceil", "sqrt", "log", "log10",
        "log2", "pow", "total_seconds", "timestamp", "ord", "hash", "id", "bit_length", "count",
        "index", "find", "monotonic", "perf_counter", "random", "randint", "group", "int", "float",
        "bool", "getattr", "divmod", "trunc", "now", "span", "start", "end", "tell", "fileno",
        "quantize", "uniform", "choice",
        # What a pattern found has the form that the pattern says.
        "match", "search", "fullmatch", "groups", "groupdict",
    }
)  # fmt: skip
_TEXT_NAMES: Final = re.compile(
    r"\.read|readline|\.split|\.strip|\.partition|\.get\(|params|args|kwargs|"
    r"\bline|\btext|\bvalue|\bs\b|str"
)
_OUTSIDE: Final = re.compile(
    r"\bos\.environ|\benviron\b|\bgetenv\(|(?<![\w.])input\(|\bargv\b|\.readlines?\(|\.read\(|"
    r"\.read_text\(|\.(?:GET|POST|META|COOKIES|headers|query_params|form)\b"
)
_ASSIGNMENTS_FOLLOWED: Final = 3


class Origin(Enum):
    """Where a converted value comes from."""

    OUTSIDE = "outside"
    PROGRAM = "program"
    OPEN = "open"


def origin(call: ast.Call, function: Function) -> Origin:
    """Return where the first argument of a call comes from, as far as its function shows."""
    if not call.args or isinstance(call.args[0], ast.Starred):
        return Origin.PROGRAM
    node: ast.expr = call.args[0]
    for _ in range(_ASSIGNMENTS_FOLLOWED):
        if _is_number(node):
            return Origin.PROGRAM
        text = ast.unparse(node)
        if _OUTSIDE.search(text):
            return Origin.OUTSIDE
        if _is_checked(text, call, function):
            return Origin.PROGRAM
        assigned = _assigned(node, call, function)
        if assigned is None:
            break
        node = assigned
    is_text = not isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    return Origin.OPEN if is_text or _TEXT_NAMES.search(ast.unparse(node)) else Origin.PROGRAM


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
            return True
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in _NUMBERS
    return False


def _is_checked(text: str, call: ast.Call, function: Function) -> bool:
    """Tell whether what a value is was looked at before: `x.isdigit()`, `isinstance(x, …)`."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or node.lineno > call.lineno or node is call:
            continue
        match node.func:
            case ast.Attribute(value=value, attr="isdigit" | "isdecimal" | "isnumeric"):
                if ast.unparse(value) == text:
                    return True
            case ast.Name(id="isinstance") if node.args and ast.unparse(node.args[0]) == text:
                return True
            case ast.Attribute(attr="match" | "fullmatch"):
                if any(ast.unparse(one) == text for one in node.args):
                    return True
    return False


def _assigned(node: ast.expr, call: ast.Call, function: Function) -> ast.expr | None:
    """Return the value of the last assignment to a name before a call; None without one."""
    root = node
    while isinstance(root, ast.Subscript | ast.Attribute | ast.Call):
        # `text.strip()` comes from where `text` comes.
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name):
        return None
    found: ast.expr | None = None
    for one in ast.walk(function):
        match one:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ) if name == root.id and one.lineno < call.lineno:
                found = value
    return found
