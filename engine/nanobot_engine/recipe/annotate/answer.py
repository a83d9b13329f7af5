"""From a model's answer to an annotation that means something in its file."""

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from nanobot_engine.edit.annotation_gate import RETURN
from nanobot_engine.python.returns import own_nodes
from nanobot_engine.recipe.annotate.slot import (
    AnnotatedFile,
    Slot,
    certain_part,
    default_is_none,
    returns_none,
)

FROM_ABC: Final = frozenset(
    {
        "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Awaitable", "Callable", "Collection",
        "Coroutine", "Generator", "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping",
        "MutableSequence", "MutableSet", "Sequence", "Set",
    }
)  # fmt: skip
_BUILTINS: Final = frozenset(
    {
        "str", "int", "float", "bool", "bytes", "bytearray", "complex", "list", "dict", "set",
        "frozenset", "tuple", "type", "object", "None", "memoryview", "range", "slice",
        "BaseException", "Exception", "OSError", "ValueError", "TypeError", "KeyError",
    }
)  # fmt: skip
_OLD_NAMES: Final = {
    "List": "list", "Dict": "dict", "Tuple": "tuple", "FrozenSet": "frozenset", "Type": "type",
    "Text": "str",
}  # fmt: skip
_SAYS_NOTHING: Final = frozenset({"Any", "object", "unknown"})
_LENGTH_MAX: Final = 60
_ABSTRACT_MEMBERS: Final = {
    "Iterable": {"__iter__"}, "Iterator": {"__iter__", "__next__"}, "Callable": {"__call__"},
    "Sequence": {"__iter__", "__getitem__", "__len__", "index", "count", "__contains__"},
    "Mapping": {"__iter__", "__getitem__", "__len__", "__contains__", "get", "items", "keys",
                "values"},
}  # fmt: skip


class AnnotationError(Exception):
    """An answer is no annotation that could stand there; the text says why."""


def annotation_of(answer: str, slot: Slot, known: AnnotatedFile) -> str:
    """Return the annotation that an answer gives, in the form of today's Python.

    Returns:
        Empty where the answer says that it can be anything.

    Raises:
        AnnotationError: It can not stand there.
    """
    text = answer.strip().strip("`").strip().removeprefix("->").strip().rstrip(".:")
    try:
        node = _Modern().visit(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise AnnotationError(f"{text!r} is no type") from error
    text = ast.unparse(node)
    if text in _SAYS_NOTHING:
        return ""
    if len(text) > _LENGTH_MAX:
        raise AnnotationError(f"{text[:20]!r}… is too long")
    members = set(_members(node))
    _check_form(node)
    _check_names(node, known)
    if slot.name == RETURN:
        _check_result(members, slot, known)
    else:
        if default_is_none(slot) and "None" not in members:
            text += " | None"
        _check_uses(members, slot)
    return text


class _Modern(ast.NodeTransformer):
    """`Optional[List[int]]` as `list[int] | None`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in {"typing", "t", "abc"}:
            return self.visit_Name(ast.Name(node.attr, ast.Load()))
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(_OLD_NAMES.get(node.id, node.id), ast.Load())

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Optional":
            parts = [*parts, ast.Constant(None)]
        if name in {"Optional", "Union"}:
            made = parts[0]
            for part in parts[1:]:
                made = ast.BinOp(made, ast.BitOr(), part)
            return made
        return node


def _members(node: ast.expr) -> Iterator[str]:
    """Yield the members of a union, without what they hold."""
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _members(left)
            yield from _members(right)
        case ast.Subscript(value=value):
            yield ast.unparse(value)
        case _:
            yield ast.unparse(node)


def _check_form(node: ast.expr) -> None:
    for one in ast.walk(node):
        match one:
            case ast.Constant(value=value) if value is not None and value is not ...:
                raise AnnotationError(f"{value!r} is no type")
            case ast.BinOp(op=op) if not isinstance(op, ast.BitOr):
                raise AnnotationError("is no type")
            case (
                ast.Name()
                | ast.Attribute()
                | ast.Subscript()
                | ast.BinOp()
                | ast.Constant()
                | ast.Tuple()
                | ast.List()
                | ast.Load()
                | ast.BitOr()
            ):
                continue
        raise AnnotationError(f"{ast.unparse(node)!r} is no type")


def _check_names(node: ast.expr, known: AnnotatedFile) -> None:
    module = known.file.names.module
    owners = {one.value for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    for one in ast.walk(node):
        if not isinstance(one, ast.Name):
            continue
        is_bound = one.id in module.sites
        if one.id in _BUILTINS | {"Any"} | FROM_ABC:
            sources = {
                site.imported.module for site in module.sites.get(one.id, ()) if site.imported
            }
            if is_bound and not sources & {"typing", "collections.abc", "typing_extensions"}:
                raise AnnotationError(f"{one.id} is something else in this file")
        elif not is_bound or not _is_class_like(one.id, known, is_owner=one in owners):
            raise AnnotationError(f"{one.id} is no type of this file")


def _is_class_like(name: str, known: AnnotatedFile, *, is_owner: bool) -> bool:
    """Tell whether a name is bound to a class, or to a module where a dot follows."""
    sites = known.file.names.module.sites[name]
    is_written_so = name[:1].isupper() and not (name.isupper() and len(name) > 1)
    return all(
        isinstance(site.node, ast.ClassDef)
        or (site.imported is not None and (is_owner or is_written_so))
        for site in sites
    )


def _check_result(members: set[str], slot: Slot, known: AnnotatedFile) -> None:
    gives_none = returns_none(slot.function)
    own = list(own_nodes(slot.function))
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own):
        if not members & {"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator"}:
            raise AnnotationError("it yields")
        return
    if gives_none != ("None" in members) and (gives_none or not _may_give_none(slot)):
        said = "can give None" if gives_none else "can not be seen to give None"
        raise AnnotationError(f"it {said}")
    certain = {one.partition("[")[0] for one in certain_part(slot, known)}
    missing = certain - members - {"None"}
    if missing and not members & (FROM_ABC | {"object"}):
        raise AnnotationError(f"it can give {min(missing)}")


def _may_give_none(slot: Slot) -> bool:
    """Tell whether something is returned that is looked up or called, and so may be None."""
    returns = [one for one in own_nodes(slot.function) if isinstance(one, ast.Return)]
    return any(not isinstance(one.value, ast.Constant) for one in returns)


def _check_uses(members: set[str], slot: Slot) -> None:
    """Refuse a type that has not what the function uses."""
    used = set(_uses(slot))
    known: set[str] = set()
    for member in members - {"None"}:
        if member in _ABSTRACT_MEMBERS:
            known |= _ABSTRACT_MEMBERS[member]
        elif member in _BUILTINS:
            known |= set(dir(getattr(builtins, member)))
        else:
            return
    missing = used - known
    if missing:
        raise AnnotationError(f"{' | '.join(sorted(members))} has no {min(missing)}")


def _uses(slot: Slot) -> Iterator[str]:
    name, function = slot.name, slot.function
    is_star = any(
        one is not None and one.arg == name for one in (function.args.vararg, function.args.kwarg)
    )
    own = list(own_nodes(function))
    stored = any(
        isinstance(one, ast.Name) and one.id == name and not isinstance(one.ctx, ast.Load)
        for one in own
    )
    if is_star or stored:
        return
    for node in own:
        match node:
            case ast.Attribute(value=ast.Name(id=used), attr=attribute) if used == name:
                yield attribute
            case ast.Subscript(value=ast.Name(id=used)) if used == name:
                yield "__getitem__"
            case ast.For(iter=ast.Name(id=used)) | ast.comprehension(iter=ast.Name(id=used)):
                if used == name:
                    yield "__iter__"
            case ast.Call(func=ast.Name(id=used)) if used == name:
                yield "__call__"
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=used)]) if used == name:
                yield "__len__"


def is_plain(text: str, slot: Slot, known: AnnotatedFile) -> bool:
    """Tell whether Python can evaluate an annotation where it stands, in every version."""
    node = ast.parse(text, mode="eval").body
    if isinstance(node, ast.Constant):
        return node.value is None
    if not isinstance(node, ast.Name):
        return False
    if node.id in _BUILTINS:
        return True
    sites = known.file.names.module.sites.get(node.id, ())
    at_top = set(known.file.tree.body)
    return any(
        site.span.start_byte < slot.of.start_byte
        and (
            site.node in at_top or (site.imported is not None and site.imported.statement in at_top)
        )
        and slot.of.definition.qualified_name.partition(".")[0] != node.id
        for site in sites
    )
