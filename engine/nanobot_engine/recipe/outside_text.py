"""Whether what is converted may be a text that came from somewhere else.

A first look by names only: it takes away what certainly is a number or a value of the
program itself. The rest is judged with its context.
"""

import ast
import re
from typing import Final

_NUMBERS: Final = frozenset(
    {
        "len", "round", "abs", "sum", "min", "max", "time", "floor", "ceil", "sqrt", "log", "log10",
        "log2", "pow", "total_seconds", "timestamp", "ord", "hash", "id", "bit_length", "count",
        "index", "find", "monotonic", "perf_counter", "random", "randint", "group", "int", "float",
        "bool", "getattr", "divmod", "trunc", "now", "span", "start", "end", "tell", "fileno",
    }
)  # fmt: skip
_OUTSIDE: Final = re.compile(
    r"environ|getenv|input\(|argv|\.read|readline|\.split|\.strip|\.partition|\.get\(|"
    r"GET|POST|headers|META|params|args|kwargs|\bline|\btext|\bvalue|\bs\b|str"
)


def may_be_text(call: ast.Call) -> bool:
    """Tell whether what is converted may be a text that came from somewhere."""
    if len(call.args) != 1 or any(isinstance(one, ast.Starred) for one in call.args):
        return len(call.args) == 2 and not isinstance(call.args[0], ast.Constant)
    match call.args[0]:
        case ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
            return False
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name not in _NUMBERS
        case ast.Name() | ast.Attribute() | ast.Subscript() as node:
            return _OUTSIDE.search(ast.unparse(node)) is not None
    return False
