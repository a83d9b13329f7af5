"""What an expression certainly is, as the text of a type.

Follows literals, operators, constructors, builtins and their methods, local names with one
kind of value, declared parameters, and functions of the file that promise something. What
may be anything is None: nothing here guesses.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from nanobot_engine.python.returns import own_nodes
from nanobot_engine.recipe.python_function import Function

Types: TypeAlias = frozenset[str]
"""The members of a union, as written."""


_DEPTH_MAX: Final = 12
_MEMBERS_MAX: Final = 4
_CONSTRUCTORS: Final = frozenset({"str", "int", "float", "bool", "bytes", "complex", "bytearray"})
_CALLS: Final = MappingProxyType(
    {
        "len": "int", "repr": "str", "ascii": "str", "chr": "str", "ord": "int", "hash": "int",
        "id": "int", "isinstance": "bool", "issubclass": "bool", "callable": "bool",
        "hasattr": "bool", "any": "bool", "all": "bool", "format": "str", "hex": "str",
        "bin": "str", "oct": "str", "input": "str", "print": "None", "setattr": "None",
        "delattr": "None",
        "os.getcwd": "str", "os.getpid": "int", "os.path.join": "str", "os.path.exists": "bool",
        "os.path.isfile": "bool", "os.path.isdir": "bool", "time.time": "float",
        "time.monotonic": "float", "time.perf_counter": "float", "json.dumps": "str",
        "re.escape": "str", "textwrap.dedent": "str", "textwrap.indent": "str",
    }
)  # fmt: skip
_TEXT_METHODS: Final = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "capitalize", "casefold", "center", "expandtabs", "ljust", "lower", "lstrip",
                "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip", "swapcase",
                "title", "translate", "upper", "zfill", "join",
            ),
            "same",
        ),
        **dict.fromkeys(("count", "find", "index", "rfind", "rindex"), "int"),
        **dict.fromkeys(
            (
                "startswith", "endswith", "isalnum", "isalpha", "isdigit", "islower", "isspace",
                "istitle", "isupper", "isascii",
            ),
            "bool",
        ),
        **dict.fromkeys(("split", "rsplit", "splitlines"), "list"),
        **dict.fromkeys(("partition", "rpartition"), "triple"),
    }
)  # fmt: skip
_STR_METHODS: Final = MappingProxyType(
    {"encode": "bytes", "format": "str", "format_map": "str", "isidentifier": "bool",
     "isnumeric": "bool", "isdecimal": "bool", "isprintable": "bool"}
)  # fmt: skip
_BYTES_METHODS: Final = MappingProxyType({"decode": "str", "hex": "str"})
_NUMBERS: Final = ("bool", "int", "float", "complex")


@dataclass(frozen=True, slots=True)
class TypeContext:
    """What is known around an expression."""

    classes: Mapping[str, str]
    """Classes that the file defines or imports by a name that stands for nothing else."""
    promises: Mapping[str, str]
    """What functions of the file return, by name, as they say."""
    function: Function | None = None
    own_class: str = ""
    """The class whose method `function` is; "" for a function."""


def expression_type(node: ast.expr, context: TypeContext) -> Types | None:
    """Return what an expression certainly is; None where that is not known."""
    return _Typer(context).type(node, _DEPTH_MAX)


def type_text(types: Iterable[str]) -> str:
    """Write a union: sorted, `None` last."""
    members = set(types)
    if "float" in members:
        # An int is accepted wherever a float is.
        members.discard("int")
    return " | ".join(sorted(members, key=lambda one: (one == "None", one)))


class _Typer:
    def __init__(self, context: TypeContext) -> None:
        self._context = context
        self._bindings: dict[str, list[ast.expr | None]] | None = None

    def type(self, node: ast.expr, depth: int) -> Types | None:
        if depth == 0:
            return None
        read = _READERS.get(type(node))
        return read(self, node, depth) if read is not None else None

    def constant(self, node: ast.Constant, _depth: int) -> Types | None:
        if node.value is ...:
            return None
        return _one("None" if node.value is None else type(node.value).__name__)

    def comparison(self, node: ast.Compare, _depth: int) -> Types | None:
        # The others may give anything, as those of numpy do.
        certain = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
        return _one("bool") if all(isinstance(op, certain) for op in node.ops) else None

    def unary(self, node: ast.UnaryOp, depth: int) -> Types | None:
        if isinstance(node.op, ast.Not):
            return _one("bool")
        return self._number(self.type(node.operand, depth - 1))

    def sequence(self, node: ast.List | ast.Set, depth: int) -> Types | None:
        if not node.elts:
            return None
        return self._of("list" if isinstance(node, ast.List) else "set", node.elts, depth)

    def tuple(self, node: ast.Tuple, depth: int) -> Types | None:
        parts = [self.type(one, depth - 1) for one in node.elts]
        if not parts or any(part is None for part in parts):
            return None
        inside = ", ".join(type_text(part) for part in parts if part)
        return _one(f"tuple[{inside}]")

    def mapping(self, node: ast.Dict, depth: int) -> Types | None:
        keys = [key for key in node.keys if key is not None]
        if not keys or len(keys) < len(node.keys):
            return None
        key, value = self.union(keys, depth), self.union(node.values, depth)
        return _one(f"dict[{type_text(key)}, {type_text(value)}]") if key and value else None

    def _of(self, kind: str, elements: list[ast.expr], depth: int) -> Types | None:
        inside = self.union(elements, depth)
        return _one(f"{kind}[{type_text(inside)}]") if inside else None

    def union(self, nodes: Iterable[ast.expr], depth: int) -> Types | None:
        found: Types = frozenset()
        for node in nodes:
            part = self.type(node, depth - 1)
            if part is None:
                return None
            found |= part
        return found if 0 < len(found) <= _MEMBERS_MAX else None

    def _number(self, found: Types | None) -> Types | None:
        if found is None or not found <= frozenset(_NUMBERS):
            return None
        return frozenset("int" if one == "bool" else one for one in found)

    # Calls

    def call(self, node: ast.Call, depth: int) -> Types | None:
        match node.func:
            case ast.Name(id=name):
                return self._called(name, node, depth)
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if self._context.own_class:
                promise = self._context.promises.get(f"{self._context.own_class}.{name}")
                return _one(promise) if promise else None
            case ast.Attribute(value=ast.Name(id=module), attr=name) if (
                f"{module}.{name}" in _CALLS and not self._is_local(module)
            ):
                return _one(_CALLS[f"{module}.{name}"])
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="os")), attr=name) as func:
                dotted = ast.unparse(func)
                return _one(_CALLS[dotted]) if dotted in _CALLS else None
            case ast.Attribute(value=value, attr=name):
                return self._method(self.type(value, depth - 1), name)
        return None

    def _called(self, name: str, node: ast.Call, depth: int) -> Types | None:
        if self._is_local(name):
            return None
        found: str | None = self._context.classes.get(name) or self._context.promises.get(name)
        if found is None and (name in _CONSTRUCTORS or name in _CALLS):
            found = name if name in _CONSTRUCTORS else _CALLS[name]
        elif found is None and name in {"list", "sorted", "set", "frozenset"} and node.args:
            inside = _element(self.type(node.args[0], depth - 1))
            kind = "list" if name == "sorted" else name
            found = f"{kind}[{inside}]" if inside else None
        return _one(found) if found else None

    def _method(self, of: Types | None, name: str) -> Types | None:
        if of is None or len(of) != 1:
            return None
        kind = next(iter(of))
        if kind not in {"str", "bytes"}:
            return None
        own = _STR_METHODS if kind == "str" else _BYTES_METHODS
        gives = _TEXT_METHODS.get(name) or own.get(name)
        shapes = {"same": kind, "list": f"list[{kind}]", "triple": f"tuple[{kind}, {kind}, {kind}]"}
        return _one(shapes.get(gives, gives)) if gives else None

    def operation(self, node: ast.BinOp, depth: int) -> Types | None:
        left = self.type(node.left, depth - 1)
        is_text = left in (_one("str"), _one("bytes"))
        if is_text and isinstance(node.op, ast.Mod):
            return left
        right = self.type(node.right, depth - 1)
        if left is None or right is None:
            return None
        is_joined = isinstance(node.op, ast.Add) and left == right
        is_repeated = isinstance(node.op, ast.Mult) and right == _one("int")
        if is_text:
            return left if is_joined or is_repeated else None
        return self._calculated(node.op, self._number(left | right))

    def _calculated(self, op: ast.operator, numbers: Types | None) -> Types | None:
        if numbers is None or isinstance(op, ast.Pow | ast.MatMult):
            return None
        if isinstance(op, ast.Div):
            return _one("float") if "complex" not in numbers else None
        return _one(max(numbers, key=_NUMBERS.index))

    # Names

    def _is_local(self, name: str) -> bool:
        return name in self._bound()

    def local_name(self, name: str, depth: int) -> Types | None:
        if name == "self" and self._context.own_class:
            return None
        bindings = self._bound().get(name)
        if not bindings or any(one is None for one in bindings):
            return None
        return self.union([one for one in bindings if one is not None], depth)

    def _bound(self) -> Mapping[str, list[ast.expr | None]]:
        """Return the values that are bound to each local name; None for one that is not seen."""
        if self._bindings is None:
            self._bindings = {}
            if self._context.function is not None:
                self._bindings = _bindings(self._context.function)
        return self._bindings


def _bindings(function: Function) -> dict[str, list[ast.expr | None]]:
    """Return the values that each name of a function gets; None for one that is not seen."""
    bound: dict[str, list[ast.expr | None]] = {}
    arguments = function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        value = _stand_in(one.annotation) if one.annotation is not None else None
        bound.setdefault(one.arg, []).append(value)
    for star in (arguments.vararg, arguments.kwarg):
        if star is not None:
            bound.setdefault(star.arg, []).append(None)
    seen: set[ast.AST] = set()
    for node in own_nodes(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        seen.add(target)
                        bound.setdefault(target.id, []).append(value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                seen.add(target)
                again = ast.BinOp(ast.Name(target.id, ast.Load()), op, value)
                bound.setdefault(target.id, []).append(None if _reads(value) else again)
            case _:
                for name in _otherwise_bound(node) if node not in seen else ():
                    bound.setdefault(name, []).append(None)
    return bound


def _otherwise_bound(node: ast.AST) -> list[str]:
    """Return the names that a node binds to something that is not looked at."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
            return [name]
        case ast.alias(name=name):
            return [name.partition(".")[0]]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return []


def _reads(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Name) for one in ast.walk(node))


def _stand_in(declared: ast.expr) -> ast.expr | None:
    """Return an expression of a declared builtin type, for reading on."""
    examples: Mapping[str, str | int | bytes | float] = {
        "str": "",
        "int": 0,
        "bool": True,
        "bytes": b"",
        "float": 0.0,
    }
    if isinstance(declared, ast.Name) and declared.id in examples:
        return ast.Constant(examples[declared.id])
    return None


def _element(types: Types | None) -> str:
    """Return what is in a container that is known; "" when it is not."""
    if types is None or len(types) != 1:
        return ""
    text = next(iter(types))
    if text in {"str"}:
        return "str"
    for kind in ("list[", "set[", "frozenset["):
        if text.startswith(kind):
            return text[len(kind) : -1]
    return text[5:].partition(",")[0] if text.startswith("dict[") else ""


def _one(name: str) -> Types:
    return frozenset({name})


_READERS: Final[Mapping[type[ast.AST], Callable[[_Typer, Any, int], Types | None]]] = (
    MappingProxyType(
        {
            ast.Constant: _Typer.constant,
            ast.JoinedStr: lambda _typer, _node, _depth: _one("str"),
            ast.Compare: _Typer.comparison,
            ast.UnaryOp: _Typer.unary,
            ast.IfExp: lambda typer, node, depth: typer.union([node.body, node.orelse], depth),
            ast.BoolOp: lambda typer, node, depth: typer.union(node.values, depth),
            ast.Call: _Typer.call,
            ast.Name: lambda typer, node, depth: typer.local_name(node.id, depth),
            ast.BinOp: _Typer.operation,
            ast.List: _Typer.sequence,
            ast.Set: _Typer.sequence,
            ast.Tuple: _Typer.tuple,
            ast.Dict: _Typer.mapping,
        }
    )
)
