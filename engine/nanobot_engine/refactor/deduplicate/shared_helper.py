"""One body for functions that differ in a few literals or names of their module.

The body of the first one becomes a helper, with a parameter for each difference; all
functions keep their signature and docstring, and call it.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import all_arguments
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.deduplicate.function_shape import FunctionShape, Slot
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.source.statement import whole_lines

_DIFFERENCES_MAX: Final = 4
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SUSPENDING: Final = (ast.Yield, ast.YieldFrom, ast.Await)


@dataclass(slots=True)
class _Difference:
    """What differs between the functions, at all places where it stands."""

    slots: list[list[Slot]]
    """By function, then by place."""
    name: str = ""


def share(builder: ChangeBuilder, imports: Imports, group: Sequence[FunctionShape]) -> str:
    """Write the helper, and the calls of it.

    Args:
        builder: Gets the edits.
        imports: Gets what annotations of the helper need.
        group: Functions with one outline; the helper stands above the first one.

    Returns:
        The name of the helper. Modules of others do not import it yet.

    Raises:
        UnsafeError: They can not share a body.
    """
    first = group[0]
    for one in group:
        _check(one)
    differences = _differences(group)
    if not 0 < len(differences) <= _DIFFERENCES_MAX:
        raise UnsafeError(f"they differ in {len(differences)} ways")
    taken = _words(group)
    for difference in differences:
        difference.name = _free(_parameter_name(first, difference), taken)
    file = first.file
    known = {name for one in group for name in one.file.names.module.sites}
    helper = _free(_helper_name([one.node.name for one in group]), known)
    names = ", ".join(one.node.name for one in group[1:])
    added = [_added(first, one) for one in differences]
    if any("Callable[" in one for one in added) and "Callable" not in file.names.module.sites:
        imports.of(file).add(NewImport("collections.abc", "Callable"))
    text = _definition(first, helper, differences, added)
    lines = whole_lines(file, first.node)
    assert lines is not None, "it was looked at"
    builder.replace(
        file,
        Span(lines.start_byte, lines.start_byte),
        f"{text}\n\n\n",
        f"what {first.node.name} shares with {names}",
    )
    for index, one in enumerate(group):
        call = _call(one, helper, [(each.name, each.slots[index][0]) for each in differences])
        builder.replace(one.file, _body_span(one), call, f"{helper} does it")
    return helper


def _check(shape: FunctionShape) -> None:
    node = shape.node
    line = f"{shape.file.path}:{node.lineno}"
    if node.decorator_list or isinstance(node, ast.AsyncFunctionDef):
        raise UnsafeError(f"{line}: is decorated or asynchronous")
    if any(isinstance(one, _SUSPENDING) for one in ast.walk(node)):
        raise UnsafeError(f"{line}: is a generator")
    if any(isinstance(one, ast.Global | ast.Nonlocal) for one in ast.walk(node)):
        raise UnsafeError(f"{line}: sets names of its module")
    if node.args.kwarg is not None:
        raise UnsafeError(f"{line}: takes any keywords")
    is_one_line = shape.body[0].lineno == node.lineno
    if whole_lines(shape.file, node) is None or is_one_line:
        raise UnsafeError(f"{line}: shares its line")


def _differences(group: Sequence[FunctionShape]) -> list[_Difference]:
    """Return what differs; places that always differ in the same way are one."""
    found: dict[tuple[object, ...], _Difference] = {}
    slots = [dict(one.slots) for one in group]
    for index, _ in group[0].slots:
        values = tuple(one.tokens[index] for one in group)
        if len(set(values)) == 1:
            continue
        here = [one[index] for one in slots]
        if "itself" in values:
            raise UnsafeError("they call themselves")
        if not all(one.is_free for one in here):
            raise UnsafeError("they differ where no parameter can stand")
        difference = found.setdefault(values, _Difference([[] for _ in group]))
        for known, slot in zip(difference.slots, here, strict=True):
            known.append(slot)
    return list(found.values())


def _words(group: Sequence[FunctionShape]) -> set[str]:
    """Return all names that stand in the functions."""
    found: set[str] = set()
    for one in group:
        found |= {node.id for node in ast.walk(one.node) if isinstance(node, ast.Name)}
        found |= {argument.arg for argument in all_arguments(one.node.args)}
        found |= {word for scope in [one.scope] for word in scope.sites}
    return found


def _free(name: str, taken: set[str]) -> str:
    """Return a name that nothing has yet, and take it."""
    number, found = 2, name
    while found in taken or hasattr(builtins, found) or keyword.iskeyword(found):
        found = f"{name}_{number}"
        number += 1
    taken.add(found)
    return found


def _helper_name(names: Sequence[str]) -> str:
    return f"_{_shared_words(names) or '_or_'.join(names[:2]).strip('_')}"


def _shared_words(names: Sequence[str]) -> str:
    """Return the words that all names begin or end with, as a name."""
    parts = [[word.lower() for word in _WORD.findall(name)] for name in names]
    first: list[str] = []
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        first.append(words[0])
    last: list[str] = []
    for words in zip(*(reversed(one) for one in parts), strict=False):
        if len(set(words)) > 1 or len(first) + len(last) >= min(map(len, parts)):
            break
        last.insert(0, words[0])
    return "_".join([*first, *last])


def _parameter_name(shape: FunctionShape, difference: _Difference) -> str:
    """Return a name for a difference, from what stands there, or from where it stands."""
    nodes = [slots[0].node for slots in difference.slots]
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    if len(names) == len(nodes) and _shared_words(names):
        return _shared_words(names)
    wanted = nodes[0]
    found = ""
    for node in ast.walk(shape.node):
        match node:
            case ast.keyword(arg=str(name), value=value) if value is wanted:
                found = name
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is wanted:
                # The local keeps its name.
                found = f"{name}_value"
            case ast.Subscript(slice=inner) if inner is wanted:
                found = "key"
            case ast.Call(func=function) if function is wanted:
                found = "function"
    if isinstance(wanted, ast.Name):
        return found or "value"
    kind = {str: "text", int: "number", float: "number", bool: "flag"}.get(type(wanted.value))
    return found or kind or "value"


# The text


def _definition(
    shape: FunctionShape, helper: str, differences: Sequence[_Difference], added: Sequence[str]
) -> str:
    file, node = shape.file, shape.node
    edits = {
        (file.span(slot.node).start_byte, file.span(slot.node).end_byte): one.name
        for one in differences
        for slot in one.slots[0]
    }
    span = _body_span(shape)
    body, position = "", span.start_byte
    for (start, end), name in sorted(edits.items()):
        body += file.text(Span(position, start)) + name
        position = end
    body += file.text(Span(position, span.end_byte))
    indent = " " * shape.body[0].col_offset
    if shape.file.source.data[file.byte_map.line_start(shape.body[0].lineno) :][:1] == b"\t":
        indent = "\t"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    parameters = ", ".join([*_parameters(shape), *added])
    head = f"def {helper}({parameters}){returns}:"
    if len(head) > 88:
        listed = "".join(f"{indent}{one},\n" for one in [*_parameters(shape), *added])
        head = f"def {helper}(\n{listed}){returns}:"
    text = f"{head}\n{indent}{body}"
    return text.replace("\r\n", "\n")


def _parameters(shape: FunctionShape) -> Iterator[str]:
    """Yield the parameters of the helper that the functions have: without defaults."""
    arguments = shape.node.args
    for one in arguments.posonlyargs:
        yield _written(shape.file, one)
    if arguments.posonlyargs:
        yield "/"
    for one in arguments.args:
        yield _written(shape.file, one)
    if arguments.vararg is not None:
        yield f"*{_written(shape.file, arguments.vararg)}"
    else:
        yield "*"
    for one in arguments.kwonlyargs:
        yield _written(shape.file, one)


def _written(file: PythonFile, argument: ast.arg) -> str:
    return file.text(file.span(argument))


def _added(shape: FunctionShape, difference: _Difference) -> str:
    """Return the parameter for a difference, annotated where the functions are."""
    name = difference.name
    if all(one.annotation is None for one in all_arguments(shape.node.args)):
        return name
    nodes = [slots[0].node for slots in difference.slots]
    kinds = {type(one.value).__name__ if isinstance(one, ast.Constant) else "" for one in nodes}
    kind = kinds.pop() if len(kinds) == 1 else ""
    if kind in {"str", "int", "float", "bool", "bytes"}:
        return f"{name}: {kind}"
    kind = _function_type(shape.file, [one.id for one in nodes if isinstance(one, ast.Name)])
    return f"{name}: {kind}" if kind else name


def _function_type(file: PythonFile, names: Sequence[str]) -> str:
    """Return the type that functions of a module have in common; empty when it is not known."""
    found = set()
    for name in names:
        sites = file.names.module.sites.get(name, ())
        node = sites[0].node if len(sites) == 1 else None
        if not isinstance(node, ast.FunctionDef) or node.returns is None or node.decorator_list:
            return ""
        arguments = all_arguments(node.args)
        if node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
            return ""
        kinds = [one.annotation for one in arguments]
        if not all(kinds):
            return ""
        listed = ", ".join(ast.unparse(one) for one in kinds if one is not None)
        found.add(f"Callable[[{listed}], {ast.unparse(node.returns)}]")
    is_taken = any(
        site.imported is None or site.imported.name != "Callable"
        for site in file.names.module.sites.get("Callable", ())
    )
    return found.pop() if len(found) == 1 and not is_taken else ""


def _call(shape: FunctionShape, helper: str, added: Sequence[tuple[str, Slot]]) -> str:
    arguments = shape.node.args
    given = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg is not None:
        given.append(f"*{arguments.vararg.arg}")
    given += [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    given += [f"{name}={shape.file.text(shape.file.span(slot.node))}" for name, slot in added]
    has_value = any(
        isinstance(one, ast.Return) and one.value is not None for one in _own_nodes(shape.node)
    )
    word = "return " if has_value else ""
    text = f"{word}{helper}({', '.join(given)})"
    indent = " " * shape.body[0].col_offset
    if len(indent) + len(text) > 88:
        unit = shape.file.source.indent_unit
        listed = "".join(f"{indent}{unit}{one},\n" for one in given)
        text = f"{word}{helper}(\n{listed}{indent})"
    return text


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function but not of those inside of it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _own_nodes(child)


def _body_span(shape: FunctionShape) -> Span:
    """Return the statements of a body, with the comments above the first one left out."""
    first, last = shape.body[0], shape.body[-1]
    start = shape.file.span(first).start_byte
    decorators = getattr(first, "decorator_list", [])
    if decorators:
        start = shape.file.source.data.rindex(b"@", 0, shape.file.span(decorators[0]).start_byte)
    return Span(start, shape.file.span(last).end_byte)
