"""Inputs of a function to try: what a model proposes, and what a program finds in its code."""

import ast
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import Final

from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of

CALLS_MAX: Final = 24
_VARIED_MAX: Final = 12
_PIECE_LENGTH_MAX: Final = 2
"""A shorter text is a mark that stands around or between others, a longer one a word."""
_CALL_LENGTH_MAX: Final = 160
_TEXT_LENGTH_MAX: Final = 20
_POOLS: Final[dict[str, tuple[str, ...]]] = {
    "str": ("''", "'a'", "'Hello World 42'"),
    "int": ("0", "1", "-1", "7"),
    "float": ("0.0", "1.5", "-2.0"),
    "bool": ("True", "False"),
    "bytes": ("b''", "b'abc'"),
    "list": ("[]", "[1, 2, 3]", "['a', 'b']"),
    "dict": ("{}", "{'a': 1}"),
    "tuple": ("()", "(1, 2)"),
    "set": ("set()", "{1, 2}"),
    "Sequence": ("[]", "[1, 2, 3]"),
    "Iterable": ("[]", "['a', 'b']"),
}


def checked_calls(answer: str, name: str) -> list[str]:
    """Return the calls of an answer that call a function with literals only.

    Args:
        answer: One call a line.
        name: Of the function.
    """
    calls = []
    for line in answer.strip().split("\n"):
        call = _checked(line.strip(), name)
        if call is not None and call not in calls:
            calls.append(call)
    return calls


def _checked(line: str, name: str) -> str | None:
    if not line or len(line) > _CALL_LENGTH_MAX:
        return None
    try:
        node = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    match node:
        case ast.Call(func=ast.Name(id=called), args=args, keywords=keywords) if called == name:
            values = [*args, *(one.value for one in keywords)]
            if all(one.arg for one in keywords) and all(map(_is_literal, values)):
                return ast.unparse(node)
    return None


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def program_calls(node: DefinitionNode) -> list[str]:
    """Return calls with values that the code of a function itself speaks of.

    Empty where a parameter has neither a type nor a default that says what it takes.
    """
    assert not isinstance(node, ast.ClassDef), "a function"
    arguments = node.args
    if arguments.vararg or arguments.kwarg:
        return []
    required = len(arguments.args) + len(arguments.posonlyargs) - len(arguments.defaults)
    positional = [*arguments.posonlyargs, *arguments.args]
    spoken = list(_spoken(node))
    pools: list[Sequence[str]] = []
    for place, one in enumerate(positional):
        default = arguments.defaults[place - required] if place >= required else None
        pool = _pool(one, default, spoken)
        if not pool:
            if place >= required:
                break
            return []
        pools.append(pool)
    if any(default is None for default in arguments.kw_defaults) or not pools:
        return []
    return list(islice(dict.fromkeys(_mixed(node.name, pools)), 8))


def varied_calls(calls: Sequence[str], node: DefinitionNode) -> list[str]:
    """Return calls like others, but with what the code of the function speaks of in one argument.

    A call that somebody chose says what kinds of values a function takes; the marks, words
    and numbers in its code say which of them make a difference.

    Args:
        calls: Of `checked_calls`.
        node: The function.
    """
    spoken = list(dict.fromkeys((type(one), one) for one in (*_spoken(node), *_texts(node))))
    asks_for_none = any(
        isinstance(one, ast.Compare) and any(map(_is_none, one.comparators))
        for one in ast.walk(node)
    )
    found: list[list[str]] = []
    for call in calls:
        parsed = ast.parse(call, mode="eval").body
        assert isinstance(parsed, ast.Call), "it was checked"
        for place, argument in enumerate(parsed.args):
            value = ast.literal_eval(argument)
            like = [one for kind, one in spoken if kind is type(value)]
            values = list(dict.fromkeys(_variants(value, like)))
            values += [None] if asks_for_none else []
            found.append([_with(parsed, place, one) for one in values])
    # In turn, so that each argument of each call gets some.
    turns = (call for row in zip_longest(*found) for call in row if call is not None)
    return list(islice(dict.fromkeys(turns), _VARIED_MAX))


def _variants(value: object, spoken: Sequence[object]) -> Iterator[object]:
    """Yield values of the kind of another one, made of what is spoken of."""
    if isinstance(value, bool):
        yield not value
    for one in spoken:
        if isinstance(one, str) and isinstance(value, str) and 0 < len(one) <= _PIECE_LENGTH_MAX:
            yield f"{one}a{one}"
            yield f"a{one}b"
        yield one


def _with(call: ast.Call, place: int, value: object) -> str:
    """Return a call with another argument."""
    arguments = [*call.args]
    arguments[place] = ast.parse(repr(value), mode="eval").body
    return ast.unparse(ast.Call(call.func, arguments, call.keywords))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _mixed(name: str, pools: list[Sequence[str]]) -> Iterator[str]:
    """Yield calls in which each parameter walks through its values at its own pace."""
    for number in range(max(map(len, pools)) * 2):
        values = [
            pool[(number + number // len(pool) * place) % len(pool)]
            for place, pool in enumerate(pools)
        ]
        yield f"{name}({', '.join(values)})"


def _pool(one: ast.arg, default: ast.expr | None, spoken: list[object]) -> list[str]:
    kinds: list[str] = []
    if one.annotation is not None:
        text = ast.unparse(one.annotation).strip("'\"")
        kinds = [part.strip().partition("[")[0].rpartition(".")[2] for part in text.split("|")]
    elif isinstance(default, ast.Constant) and default.value is not None:
        kinds = [type(default.value).__name__]
    found = [text for kind in kinds for text in _POOLS.get(kind, ())]
    if not found:
        return []
    own = [repr(value) for value in spoken if type(value).__name__ in kinds]
    return [*own[:6], *found, *(["None"] if "None" in kinds else [])]


def _texts(node: DefinitionNode) -> Iterator[str]:
    """Yield the other texts of a function, without its docstring and longer ones."""
    body = node.body if docstring_of(node) is None else node.body[1:]
    for one in (one for statement in body for one in ast.walk(statement)):
        match one:
            case ast.Constant(value=str(text)) if len(text) <= _TEXT_LENGTH_MAX:
                yield text


def _spoken(node: DefinitionNode) -> Iterator[object]:
    """Yield the constants of a function, and the numbers next to them."""
    for one in ast.walk(node):
        if isinstance(one, ast.Compare):
            for side in (one.left, *one.comparators):
                parts = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
                for part in parts:
                    if isinstance(part, ast.Constant) and part.value is not None:
                        yield part.value
                        if type(part.value) is int:
                            yield part.value + 1
                            yield part.value - 1
