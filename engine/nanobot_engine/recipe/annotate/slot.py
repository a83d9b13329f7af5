"""Where a function of a Python file lacks an annotation, and what a program knows for it."""

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.edit.annotation_gate import RETURN
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of
from nanobot_engine.python import PythonFile, read_python
from nanobot_engine.python.returns import own_nodes
from nanobot_engine.recipe.annotate.docstring_type import docstring_types
from nanobot_engine.recipe.annotate.expression_type import (
    TypeContext,
    Types,
    expression_type,
    type_text,
)
from nanobot_engine.recipe.block_end import falls_through
from nanobot_engine.recipe.python_function import Function
from nanobot_engine.recipe.python_item import PythonItem, is_function, items_by_key

# Decorators that do not look at annotations and leave the function's types alone.
_QUIET: Final = frozenset(
    {
        "staticmethod", "classmethod", "property", "abstractmethod", "abc.abstractmethod",
        "override", "typing.override", "final", "typing.final", "functools.wraps", "wraps",
        "functools.lru_cache", "lru_cache", "functools.cache", "cache", "cached_property",
        "functools.cached_property", "pytest.fixture", "pytest.mark.parametrize",
    }
)  # fmt: skip
_QUIET_PREFIXES: Final = ("pytest.mark.", "click.")
"""Of decorators that mark a function, or read the names of its parameters at most."""
_MANAGERS: Final = frozenset({"contextmanager", "contextlib.contextmanager"})
# Modules that read annotations while the program runs.
_READERS: Final = frozenset(
    {
        "pydantic", "typer", "fastapi", "msgspec", "cattrs", "cattr", "sqlmodel", "strawberry",
        "injector", "beartype", "typeguard", "plac", "fire", "marshmallow_dataclass", "attrs",
        "attr", "dataclasses_json", "dacite", "hug", "litestar", "ninja", "punq", "lagom",
    }
)  # fmt: skip
_READING: Final = frozenset({"get_type_hints", "__annotations__", "singledispatch"})
_GIVEN_BY_PYTHON: Final = {
    "__init__": "None", "__len__": "int", "__repr__": "str", "__str__": "str",
    "__bool__": "bool", "__hash__": "int", "__contains__": "bool", "__bytes__": "bytes",
    "__format__": "str", "__int__": "int", "__float__": "float", "__index__": "int",
    "__setattr__": "None", "__delattr__": "None", "__setitem__": "None", "__delitem__": "None",
    "__post_init__": "None", "__init_subclass__": "None", "__set_name__": "None", "__del__": "None",
}  # fmt: skip
"""What Python itself demands that a method returns."""


_TAKEN_BY_PYTHON: Final = {
    ("__eq__", 1): "object",
    ("__ne__", 1): "object",
    ("__exit__", 1): "type[BaseException] | None",
    ("__exit__", 2): "BaseException | None",
    ("__getattr__", 1): "str",
    ("__setattr__", 1): "str",
    ("__delattr__", 1): "str",
    ("__format__", 1): "str",
    ("__set_name__", 1): "type",
    ("__set_name__", 2): "str",
    ("__contains__", 1): "object",
}
"""What Python passes to a method, by the place of the parameter."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for an annotation."""

    key: str
    """Of the item: `path::qualified name(parameter)`."""
    name: str
    """The parameter, or `RETURN`."""
    of: PythonItem
    start_byte: int
    end_byte: int
    """What is replaced: nothing, or the `=` of a default with the space around it."""
    has_default: bool

    @property
    def label(self) -> str:
        """For people."""
        what = "result" if self.name == RETURN else f"parameter {self.name}"
        return f"{what} of {self.of.definition.qualified_name}"

    @property
    def function(self) -> Function:
        """The function it belongs to."""
        assert not isinstance(self.of.node, ast.ClassDef), "only functions have slots"
        return self.of.node

    @property
    def is_async(self) -> bool:
        """Whether calls give an awaitable."""
        return isinstance(self.of.node, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class AnnotatedFile:
    """A file with the slots that are open in it."""

    file: PythonFile
    slots: Mapping[str, Slot]
    reads_annotations: bool
    """Something in it looks at annotations while the program runs."""
    has_future: bool
    """Annotations are not evaluated in it, because it says so."""
    classes: Mapping[str, str]
    """See `TypeContext`."""
    promises: Mapping[str, str]
    given_elsewhere: frozenset[str]
    """Names of methods that return something in some class of the file."""


@functools.lru_cache(maxsize=16)
def annotated_file(source: SourceFile) -> AnnotatedFile:
    """Find what lacks an annotation.

    Raises:
        SourceSyntaxError: The file does not parse.
    """
    file = read_python(source)
    byte_map = ByteMap(source)
    slots = {
        slot.key: slot
        for item in items_by_key(source).values()
        if is_function(item)
        for slot in _slots(item, source, byte_map)
    }
    return AnnotatedFile(
        file=file,
        slots=slots,
        reads_annotations=_reads_annotations(file.tree),
        has_future=_has_future(file.tree),
        classes=_classes(file.tree),
        promises=_promises(file.tree),
        given_elsewhere=frozenset(
            item.node.name
            for item in items_by_key(source).values()
            if item.definition.kind == "method" and _gives_something(item.node)
        ),
    )


def _slots(item: PythonItem, source: SourceFile, byte_map: ByteMap) -> Iterator[Slot]:
    node = item.node
    assert not isinstance(node, ast.ClassDef), "the caller chose functions"
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[ast.arg, ast.expr] = dict(
        zip(reversed(positional), reversed(arguments.defaults), strict=False)
    )
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    defaults |= {one: default for one, default in pairs if default is not None}
    receiver = _receiver(item, positional)
    stars = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    for one in (*positional, *arguments.kwonlyargs, *stars):
        if one.annotation is not None or one is receiver:
            continue
        assert one.end_lineno is not None, "the parser sets it"
        assert one.end_col_offset is not None, "as above"
        start = end = byte_map.offset(one.end_lineno, one.end_col_offset)
        default = defaults.get(one)
        if default is not None:
            end = _default_start(source, byte_map, default, start)
        yield Slot(f"{item.key}({one.arg})", one.arg, item, start, end, default is not None)
    if node.returns is None:
        place = _before_colon(source, item.definition.header_end_byte)
        if place is not None:
            yield Slot(f"{item.key}({RETURN})", RETURN, item, place, place, has_default=False)


def _default_start(source: SourceFile, byte_map: ByteMap, default: ast.expr, start: int) -> int:
    """Return where the space behind the `=` ends; `start` when more stands between."""
    end = byte_map.offset(default.lineno, default.col_offset)
    between = source.data[start:end]
    # A parenthesis around the default stands there, too: then the `=` alone is replaced.
    place = between.find(b"=")
    if between.strip() == b"=":
        return end
    blank = between[:place].strip() == b"" and place >= 0
    return start + place + 1 if blank else start


def _before_colon(source: SourceFile, header_end: int) -> int | None:
    """Return where the annotation of the result goes: behind the closing parenthesis."""
    head = source.data[:header_end]
    place = head.rstrip().removesuffix(b":").rstrip()
    return len(place) if place.endswith(b")") else None


def _gives_something(node: DefinitionNode) -> bool:
    return any(
        isinstance(one, ast.Return) and one.value is not None and not _is_none(one.value)
        for one in ast.walk(node)
    )


def _receiver(item: PythonItem, positional: list[ast.arg]) -> ast.arg | None:
    if item.definition.kind != "method" or not positional:
        return None
    is_static = "staticmethod" in item.definition.decorators
    return None if is_static and item.node.name != "__new__" else positional[0]


def unsafe_reason(slot: Slot) -> str:
    """Return why an annotation here could change what the program does; mostly empty."""
    for name in slot.of.definition.decorators:
        is_accessor = name.endswith((".setter", ".getter", ".deleter"))
        is_quiet = name in _QUIET | _MANAGERS or name.startswith(_QUIET_PREFIXES)
        if not is_quiet and not is_accessor:
            return f"@{name} may read annotations while the program runs"
    if len(slot.of.definition.decorators) < len(slot.of.node.decorator_list):
        return "a decorator may read annotations while the program runs"
    return ""


def type_context(slot: Slot, known: AnnotatedFile) -> TypeContext:
    """Return what is known around a function."""
    return TypeContext(
        classes=known.classes,
        promises=known.promises,
        function=slot.function,
        own_class=_own_class(slot),
    )


def certain_type(slot: Slot, known: AnnotatedFile) -> Types | None:
    """Return what a program knows a slot to be; None where it does not."""
    if slot.name == RETURN:
        return _returned(slot, known)
    said = docstring_types(docstring_of(slot.of.node) or "").get(slot.name)
    default = _default(slot)
    if said is not None:
        return said | ({"None"} if _is_none(default) else set())
    if default is None or _is_none(default):
        return _given_by_python(slot)
    found = expression_type(default, type_context(slot, known))
    # A number by default may be any number; text and yes or no are what they are.
    is_telling = found in (frozenset({"bool"}), frozenset({"str"}), frozenset({"bytes"}))
    return found if is_telling and not _is_asked_for(slot) else None


def _is_asked_for(slot: Slot) -> bool:
    """Tell whether the function asks what a parameter is."""
    tests = ("isinstance", "callable")
    for node in own_nodes(slot.function):
        match node:
            case ast.Call(func=ast.Name(id=called), args=[ast.Name(id=name), *_]):
                if name == slot.name and called in tests:
                    return True
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()]):
                if name == slot.name:
                    return True
    return False


def _given_by_python(slot: Slot) -> Types | None:
    if slot.of.definition.kind != "method":
        return None
    names = list(slot.of.definition.parameters)
    found = _TAKEN_BY_PYTHON.get((slot.of.node.name, names.index(slot.name)))
    if found == "object" and not _is_asked_for(slot):
        # A checker would refuse whatever the method does with it.
        return None
    return frozenset(found.split(" | ")) if found else None


def _returned(slot: Slot, known: AnnotatedFile) -> Types | None:
    node = slot.function
    demanded = _GIVEN_BY_PYTHON.get(node.name) if slot.of.definition.kind == "method" else None
    if demanded is not None:
        return frozenset({demanded})
    own = list(own_nodes(node))
    if slot.of.definition.is_stub or any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own):
        return _yielded(slot, known, own)
    values = [one.value for one in own if isinstance(one, ast.Return)]
    ends = falls_through(node.body)
    if not values and not ends:
        # It never returns; that it may is what a subclass decides.
        return None
    found: Types = frozenset({"None"}) if ends else frozenset()
    context = type_context(slot, known)
    for value in values:
        part = frozenset({"None"}) if value is None else expression_type(value, context)
        if part is None:
            said = docstring_types(docstring_of(node) or "").get(RETURN)
            return said | ({"None"} if returns_none(node) else set()) if said else None
        found |= part
    is_method = slot.of.definition.kind == "method"
    if found == {"None"} and is_method and node.name in known.given_elsewhere:
        # What a class overrides may give more than nothing.
        return None
    return found


def certain_part(slot: Slot, known: AnnotatedFile) -> Types:
    """Return what a function certainly can give, besides what is not known."""
    context = type_context(slot, known)
    found: Types = frozenset()
    for one in own_nodes(slot.function):
        if isinstance(one, ast.Return) and one.value is not None:
            found |= expression_type(one.value, context) or frozenset()
    return found


def _yielded(slot: Slot, known: AnnotatedFile, own: list[ast.AST]) -> Types | None:
    context = type_context(slot, known)
    yields = [one for one in own if isinstance(one, ast.Yield)]
    if (
        slot.of.definition.is_stub
        or not yields
        or len(yields) < sum(isinstance(one, ast.Yield | ast.YieldFrom) for one in own)
    ):
        return None
    if any(isinstance(one, ast.Return) and one.value is not None for one in own):
        return None
    sent = {id(one.value) for one in own if isinstance(one, ast.Expr)}
    if any(id(one) not in sent for one in yields):
        return None
    found: Types = frozenset()
    for one in yields:
        part = frozenset({"None"}) if one.value is None else expression_type(one.value, context)
        if part is None:
            return None
        found |= part
    kind = "AsyncIterator" if slot.is_async else "Iterator"
    return frozenset({f"{kind}[{type_text(found)}]"})


def returns_none(node: Function) -> bool:
    """Tell whether a function certainly gives None on one of its ways."""
    returns = [one for one in own_nodes(node) if isinstance(one, ast.Return)]
    return falls_through(node.body) or any(_is_none(one.value, empty=True) for one in returns)


def _is_none(node: ast.expr | None, *, empty: bool = False) -> bool:
    return empty if node is None else isinstance(node, ast.Constant) and node.value is None


def _default(slot: Slot) -> ast.expr | None:
    arguments = slot.function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((default for one, default in pairs if one.arg == slot.name), None)


def default_is_none(slot: Slot) -> bool:
    """Tell whether a parameter is None when it is not given."""
    return _is_none(_default(slot))


def _own_class(slot: Slot) -> str:
    if slot.of.definition.kind != "method" or "staticmethod" in slot.of.definition.decorators:
        return ""
    return slot.of.definition.qualified_name.rpartition(".")[0].rpartition(".")[2]


def _classes(tree: ast.Module) -> Mapping[str, str]:
    """Return the classes of a module whose name is bound once, and that are not generic."""
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            bound[node.name] = bound.get(node.name, 0) + 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = bound.get(node.id, 0) + 1
    return {
        node.name: node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and bound[node.name] == 1
        and not any(isinstance(base, ast.Subscript) for base in node.bases)
        and not any(one.arg == "metaclass" for one in node.keywords)
        and not any(isinstance(one, ast.FunctionDef) and one.name == "__new__" for one in node.body)
    }


def _promises(tree: ast.Module) -> Mapping[str, str]:
    """Return what plain functions and methods of a module say that they return."""
    found: dict[str, str] = {}
    many: set[str] = set()
    owners: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    owners += [(f"{one.name}.", one.body) for one in tree.body if isinstance(one, ast.ClassDef)]
    for prefix, body in owners:
        for node in body:
            if not isinstance(node, ast.FunctionDef) or node.decorator_list:
                continue
            name = prefix + node.name
            if name in found:
                many.add(name)
            if isinstance(node.returns, ast.Name | ast.Constant | ast.Attribute):
                text = ast.unparse(node.returns)
                if text not in {"Any", "NoReturn", "Never", "Self", "T"} and "'" not in text:
                    found[name] = text
    return {name: text for name, text in found.items() if name not in many}


def _reads_annotations(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name.partition(".")[0] for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [(node.module or "").partition(".")[0], *(one.name for one in node.names)]
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.Name):
            names = [node.id]
        if not (_READERS | _READING).isdisjoint(names):
            return True
    return False


def _has_future(tree: ast.Module) -> bool:
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in tree.body
    )
