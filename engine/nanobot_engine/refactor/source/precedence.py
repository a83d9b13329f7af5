"""Where an expression needs brackets to stay one expression.

Source: "Operator precedence" and the grammar of the language reference.
"""

import ast
from typing import Final

# From what binds least to what binds most; each operand names the least it takes.
_COMMA: Final = 0
_TEST: Final = 1
_OR: Final = 2
_AND: Final = 3
_NOT: Final = 4
_COMPARE: Final = 5
_BIT_OR: Final = 6
_BIT_XOR: Final = 7
_BIT_AND: Final = 8
_SHIFT: Final = 9
_SUM: Final = 10
_TERM: Final = 11
_FACTOR: Final = 12
_POWER: Final = 13
_AWAIT: Final = 14
_ATOM: Final = 15

_OPERATORS: Final[dict[type[ast.operator], int]] = {
    ast.BitOr: _BIT_OR,
    ast.BitXor: _BIT_XOR,
    ast.BitAnd: _BIT_AND,
    ast.LShift: _SHIFT,
    ast.RShift: _SHIFT,
    ast.Add: _SUM,
    ast.Sub: _SUM,
    **dict.fromkeys((ast.Mult, ast.MatMult, ast.Div, ast.Mod, ast.FloorDiv), _TERM),
    ast.Pow: _POWER,
}
_LEVELS: Final[dict[type[ast.expr], int]] = {
    # Those that need brackets nearly everywhere.
    **dict.fromkeys((ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Starred, ast.Slice), _COMMA),
    ast.Lambda: _TEST,
    ast.IfExp: _TEST,
    ast.Compare: _COMPARE,
    ast.Await: _AWAIT,
}
_OPERAND_FIELDS: Final[dict[tuple[type[ast.AST], str], int]] = {
    (ast.Compare, "left"): _BIT_OR,
    (ast.Compare, "comparators"): _BIT_OR,
    (ast.IfExp, "body"): _OR,
    (ast.IfExp, "test"): _OR,
    (ast.IfExp, "orelse"): _TEST,
    (ast.Attribute, "value"): _ATOM,
    (ast.Subscript, "value"): _ATOM,
    (ast.Call, "func"): _ATOM,
    (ast.Await, "value"): _ATOM,
    (ast.Starred, "value"): _BIT_OR,
    (ast.comprehension, "iter"): _OR,
    (ast.comprehension, "ifs"): _OR,
}


def level(node: ast.expr) -> int:
    """Return how tightly an expression holds together; a tuple has brackets of its own."""
    match node:
        case ast.BoolOp(op=operator):
            return _OR if isinstance(operator, ast.Or) else _AND
        case ast.UnaryOp(op=operator):
            return _NOT if isinstance(operator, ast.Not) else _FACTOR
        case ast.BinOp(op=operator):
            return _OPERATORS[type(operator)]
    return _LEVELS.get(type(node), _ATOM)


def needed(parent: ast.AST, field: str) -> int:
    """Return how tightly an expression must hold together to stand in a field of its parent."""
    match parent:
        case ast.BinOp(op=ast.Pow()):
            return _AWAIT if field == "left" else _FACTOR
        case ast.BinOp(op=operator):
            return _OPERATORS[type(operator)] + (field == "right")
        case ast.UnaryOp(op=operator):
            return _NOT if isinstance(operator, ast.Not) else _FACTOR
        case ast.BoolOp(op=operator):
            return (_OR if isinstance(operator, ast.Or) else _AND) + 1
        case ast.Dict() if field == "values" and any(key is None for key in parent.keys):
            return _BIT_OR
    return _OPERAND_FIELDS.get((type(parent), field), _TEST)


def needs_brackets(node: ast.expr, parent: ast.AST, field: str) -> bool:
    """Tell whether an expression must be bracketed to stand in a field of its parent."""
    if isinstance(parent, ast.Call) and isinstance(node, ast.Starred):
        return False
    if isinstance(parent, ast.Attribute) and isinstance(node, ast.Constant):
        # `1.real` is no attribute; `True.real` is one.
        return type(node.value) is int
    return level(node) < needed(parent, field)
