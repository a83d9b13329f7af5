"""Names for what has none yet, from what it contains: no editor has to ask for one.

A name is a proposal. It is free in the buffer, and the editor's own rename follows.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Sequence
from typing import Final

_WORDS_MAX: Final = 4
_CHARS_MAX: Final = 40
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FILLERS: Final = frozenset({"a", "an", "and", "the", "of", "to", "for", "now", "we", "then"})
_GETTERS: Final = ("get_", "make_", "build_", "load_", "read_", "find_", "compute_", "create_")
_WORD_BY_OPERATOR: Final[dict[type[ast.operator], str]] = {
    ast.Add: "sum", ast.Sub: "difference", ast.Mult: "product", ast.Div: "ratio",
    ast.FloorDiv: "quotient", ast.Mod: "remainder",
}  # fmt: skip
_WORD_BY_KIND: Final[dict[type[ast.expr], str]] = {
    ast.BoolOp: "is_wanted", ast.JoinedStr: "text", ast.Constant: "text",
    ast.List: "items", ast.ListComp: "items", ast.GeneratorExp: "items",
    ast.Dict: "mapping", ast.DictComp: "mapping",
}  # fmt: skip


def function_name(statements: Sequence[ast.stmt], lines: Sequence[str], outer: str) -> str:
    """Return a name for a function of some statements.

    Args:
        statements: What it does.
        lines: Of the buffer.
        outer: The name of the function that they are taken from.
    """
    words = _comment_words(lines, statements[0].lineno)
    if len(words) > 1:
        return _free("_".join(words[:_WORDS_MAX]), lines)
    match statements[-1]:
        case ast.Assign(targets=[ast.Name(id=target)]) | ast.AugAssign(target=ast.Name(id=target)):
            return _free(f"compute_{snake(target)}", lines)
        case ast.Return(value=ast.Name(id=result)):
            return _free(f"compute_{snake(result)}", lines)
        case ast.Return():
            return _free(f"{snake(outer).strip('_')}_result", lines)
    return _free(f"{snake(outer).strip('_')}_part", lines)


def variable_name(expression: ast.expr, lines: Sequence[str]) -> str:
    """Return a name for the value of an expression."""
    return _free(snake(_value_words(expression)) or "value", lines)


def constant_name(literal: ast.Constant, body: Sequence[ast.stmt], lines: Sequence[str]) -> str:
    """Return a name for a literal, from what it is passed or compared to, or what it says.

    Args:
        literal: The value.
        body: Where it stands.
        lines: Of the buffer.
    """
    found = next((name for one in body if (name := _role(one, literal))), "")
    if not found and isinstance(literal.value, str):
        found = "_".join(_WORD.findall(literal.value)[:_WORDS_MAX])
    if not found:
        digits = re.sub(r"\W", "_", str(literal.value))
        found = "text" if isinstance(literal.value, str) else f"number_{digits}"
    return _free(snake(found).upper(), lines)


def class_name(function: str, ending: str, lines: Sequence[str]) -> str:
    """Return a name for a class about a function, in capital words."""
    return _free("".join(one.capitalize() for one in snake(function).split("_")) + ending, lines)


def snake(name: str) -> str:
    """Return a name in lower case with underscores between its words."""
    parts = [part for one in name.split("_") for part in _HUMP.split(one) if part]
    return "_".join(parts).lower()[:_CHARS_MAX].rstrip("_")


def conventional_name(name: str, *, is_class: bool) -> str:
    """Return how PEP 8 writes a name; the name itself where it is fine."""
    bare = name.lstrip("_")
    if not bare or name.endswith("_") or not bare.isascii():
        return name
    lead = name[: len(name) - len(bare)]
    if is_class:
        is_fine = bare[0].isupper() and "_" not in bare
        words = [word for word in bare.split("_") if word]
        wanted = "".join(word[0].upper() + word[1:] for word in words)
        return name if is_fine else lead + wanted
    return name if bare.islower() or bare.isupper() else lead + snake(bare)


def _comment_words(lines: Sequence[str], line: int) -> list[str]:
    """Return the words of the comment of one line above a line, which is 1-based."""
    above = [lines[at].strip() if at >= 0 else "" for at in (line - 2, line - 3)]
    if not above[0].startswith("#") or above[1].startswith("#") or ":" in above[0]:
        return []
    words = [word.lower() for word in _WORD.findall(above[0])]
    kept = [word for word in words if word not in _FILLERS]
    return kept if len(words) <= 2 * _WORDS_MAX else []


def _value_words(node: ast.expr) -> str:
    """Return words for the value of an expression; "value" where it says none."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[one]):
            return f"{_value_words(one)}_count"
        case ast.Compare(left=left) | ast.UnaryOp(op=ast.Not(), operand=left):
            return f"is_{_value_words(left)}"
        case ast.BinOp(op=op):
            return _WORD_BY_OPERATOR.get(type(op), "result")
        case ast.Await(value=value) | ast.UnaryOp(operand=value):
            return _value_words(value)
    return _own_word(node) or _WORD_BY_KIND.get(type(node), "value")


def _own_word(node: ast.expr) -> str:
    """Return the name or text that an expression ends with; empty for none."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            bare = next((name.removeprefix(one) for one in _GETTERS if name.startswith(one)), "")
            return bare or name
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(text))) | ast.Constant(value=str(text)):
            return "_".join(_WORD.findall(text)[:_WORDS_MAX])
        case ast.Subscript(value=value):
            return f"{_value_words(value)}_item"
    return ""


def _role(tree: ast.AST, literal: ast.Constant) -> str:
    """Return the name of what a literal is passed as, assigned to or compared with."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str() as name, value=value) if value is literal:
                return name
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is literal:
                return name
            case ast.Compare(left=left, comparators=[value]) if value is literal:
                return f"{_value_words(left)}_limit"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[value]) if (
                value is literal and isinstance(literal.value, int | float)
            ):
                return f"{name}_{literal.value}".replace(".", "_")
    return ""


def _free(name: str, lines: Sequence[str]) -> str:
    """Return a name that nothing in the buffer has but attributes, or one with a number."""
    name = re.sub(r"^(?=\d)", "value_", name) or "value"
    text = "".join(lines)
    wanted, number = name, 1
    while (
        keyword.iskeyword(wanted)
        or hasattr(builtins, wanted)
        or re.search(rf"(?<![\w.]){re.escape(wanted)}\b", text)
    ):
        number += 1
        wanted = f"{name}_{number}"
    return wanted
