"""Change the signature of a function with all its calls: add or remove a parameter.

Overloads and overrides change with it. A call that unpacks its arguments can not be
followed by program and is refused or told, never guessed.
"""

import ast
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import Role, all_arguments
from nanobot_engine.refactor.call.bracket import Bracket, removal_of_item, separator
from nanobot_engine.refactor.call.call_site import CallSite, Function, Uses, uses_of
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.signature.changed_call import (
    FUNCTION,
    CallEdit,
    change_call,
    positional_index,
    refuse_handed_on,
    refuse_strangers,
    unpacks,
)


class AddParameter:
    """A new parameter, with a default, a value for the calls, or both. Stateless."""

    name: Final = "add parameter"
    summary: Final = "Add a parameter to a function, and pass a value where it is called"
    parameters: Final = (
        FUNCTION,
        Parameter("parameter", ParameterKind.NAME, "the name of the new parameter"),
        Parameter("default", ParameterKind.EXPRESSION, "its default value", is_optional=True),
        Parameter("annotation", ParameterKind.EXPRESSION, "its type", is_optional=True),
        Parameter("value", ParameterKind.EXPRESSION, "what calls pass for it", is_optional=True),
        Parameter(
            "callers",
            ParameterKind.TEXT,
            "which calls pass the value: a path pattern, or the name of the calling function",
            is_optional=True,
        ),
        Parameter(
            "keyword_only",
            ParameterKind.CHOICE,
            "whether it can be passed by keyword only",
            is_optional=True,
            choices=("yes", "no"),
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        name = arguments["parameter"]
        check_identifier(name)
        default, value = arguments.get("default", ""), arguments.get("value", "")
        for text in (default, value, arguments.get("annotation", "")):
            _check_expression(text)
        uses = uses_of(codebase, arguments["function"])
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        for function in uses.functions:
            self._define(builder, function, arguments)
        chosen = [call for call in uses.calls if _is_chosen(call, arguments.get("callers", ""))]
        if not default and (not value or len(chosen) < len(uses.calls)):
            count = len(uses.calls)
            raise ArgumentError(
                f"{name}: give a default, or a value for all calls; else {count} calls fail"
            )
        for call in chosen if value else ():
            change_call(builder, call, [_appended(call, f"{name}={value}", name)])
        if not default:
            _tell_values(builder, uses, name)
        return builder.build(f"add parameter {name} to {arguments['function'].partition('::')[2]}")

    def _define(
        self, builder: ChangeBuilder, function: Function, arguments: Mapping[str, str]
    ) -> None:
        name, default = arguments["parameter"], arguments.get("default", "")
        if _has_parameter(function, name):
            raise UnsafeError(f"{function.node.name}: has a parameter {name!r} already")
        if name in function.scope.sites:
            raise UnsafeError(f"{function.node.name}: uses {name!r} for something else already")
        is_keyword_only = arguments.get("keyword_only") == "yes"
        if function.file.path.endswith(".pyi") and default and not _is_literal(default):
            # What the default is called there may not be known in the stub.
            default = "..."
        written = _written_parameter(name, arguments.get("annotation", ""), default)
        node = function.node.args
        if not default and node.defaults and not is_keyword_only and not node.vararg:
            raise ArgumentError(f"{name}: give a default: the parameters before it have one")
        _insert_parameter(builder, function, written, is_keyword_only=is_keyword_only)


class RemoveParameter:
    """A parameter that the function does not use goes, with what calls pass. Stateless."""

    name: Final = "remove parameter"
    summary: Final = "Remove an unused parameter of a function, and the argument where it is called"
    parameters: Final = (
        FUNCTION,
        Parameter("parameter", ParameterKind.NAME, "the parameter"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        name = arguments["parameter"]
        uses = uses_of(codebase, arguments["function"])
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        refuse_strangers(codebase, uses)
        refuse_handed_on(uses)
        if not any(_has_parameter(function, name) for function in uses.functions):
            raise ArgumentError(f"{name}: is no parameter of {uses.functions[0].node.name}")
        for function in uses.functions:
            _check_unused(function, name)
            index = _slot_in_definition(function, name)
            if index is not None:
                span = _removal_in_definition(function, index)
                builder.replace(function.file, span, "", f"parameter {name} goes")
        place = positional_index(uses.functions[0], name)
        for call in uses.calls:
            slot = call.slot_of(name, place)
            if unpacks(builder, call, slot):
                continue
            if slot is not None:
                span = _removal(call.file, call.brackets(), slot)
                change_call(builder, call, [(span, "", f"argument for {name} goes")])
        return builder.build(
            f"remove parameter {name} of {arguments['function'].partition('::')[2]}"
        )


def _check_expression(text: str) -> None:
    if not text:
        return
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ArgumentError(f"{text!r}: is no Python expression") from error


def _is_literal(text: str) -> bool:
    return isinstance(ast.parse(text, mode="eval").body, ast.Constant)


def _written_parameter(name: str, annotation: str, default: str) -> str:
    if annotation:
        return f"{name}: {annotation} = {default}" if default else f"{name}: {annotation}"
    return f"{name}={default}" if default else name


def _insert_parameter(
    builder: ChangeBuilder, function: Function, written: str, *, is_keyword_only: bool
) -> None:
    """Put a parameter where the grammar allows it: last of its kind."""
    bracket, node, file = function.brackets(), function.node.args, function.file
    gap = separator(file, bracket) or ", "
    texts = [file.text(item) for item in bracket.items]
    before = None
    if is_keyword_only:
        before = next((i for i, text in enumerate(texts) if text.startswith("**")), None)
        if node.vararg is None and not node.kwonlyargs:
            written = f"*{gap}{written}"
    else:
        before = next((i for i, text in enumerate(texts) if text.startswith("*")), None)
    reason = "the new parameter"
    if before is not None:
        start = bracket.items[before].start_byte
        builder.replace(file, Span(start, start), f"{written}{gap}", reason)
    else:
        end = bracket.end_byte
        text = f"{gap}{written}" if bracket.items else written
        builder.replace(file, Span(end, end), text, reason)


def _appended(call: CallSite, written: str, name: str) -> CallEdit:
    bracket, file = call.brackets(), call.file
    if any(keyword.arg == name for keyword in call.node.keywords):
        line = f"{file.path}:{call.node.lineno}"
        raise UnsafeError(f"{line}: passes {name!r} already")
    gap = separator(file, bracket) or ", "
    end = bracket.end_byte
    is_generator = len(call.node.args) == 1 and isinstance(call.node.args[0], ast.GeneratorExp)
    if is_generator and not file.text(bracket.items[0]).startswith("("):
        item = bracket.items[0]
        return item, f"({file.text(item)}), {written}", f"a value for {name}"
    text = f"{gap}{written}" if bracket.items else written
    return Span(end, end), text, f"a value for {name}"


def _is_chosen(call: CallSite, callers: str) -> bool:
    """Tell whether a call is one of those that the user meant."""
    if not callers:
        return True
    if fnmatchcase(call.file.path, callers) or call.file.path.startswith(callers.rstrip("/") + "/"):
        return True
    name = callers.rpartition("::")[2]
    outer = [scope.qualified_name for scope in call.scope.outwards() if scope.name]
    return any(one == name or one.endswith(f".{name}") for one in outer)


def _check_unused(function: Function, name: str) -> None:
    if not _has_parameter(function, name):
        return
    for occurrence in function.file.names.names:
        if (
            occurrence.name == name
            and occurrence.role is not Role.PARAMETER
            and occurrence.bound() is function.scope
        ):
            line = function.file.line(occurrence.span.start_byte)
            raise UnsafeError(f"{function.file.path}:{line}: uses {name!r}; it can not go")


def _slot_in_definition(function: Function, name: str) -> int | None:
    """Return which written parameter has a name; None when the function has no such."""
    bracket = function.brackets()
    for argument in all_arguments(function.node.args):
        if argument.arg == name:
            start = function.file.span(argument).start_byte
            return next(
                index
                for index, item in enumerate(bracket.items)
                if item.start_byte <= start < item.end_byte
            )
    return None


def _removal(file: PythonFile, bracket: Bracket, index: int) -> Span:
    """Return what to delete so that an item is gone, with the lines of an only one."""
    inside = Span(bracket.open_byte + 1, bracket.close_byte)
    data = file.source.data[inside.start_byte : inside.end_byte]
    if len(bracket.items) == 1 and b"#" not in data:
        return inside
    item = bracket.items[index]
    before = file.source.data[bracket.items[max(index - 1, 0)].end_byte : item.start_byte]
    if 0 < index == len(bracket.items) - 1 and b"#" in before:
        # The comment is about the item before, which keeps its comma, too.
        start = file.byte_map.line_start(file.line(item.start_byte))
        line_end = file.source.data.find(b"\n", item.end_byte, bracket.close_byte)
        return Span(start, item.end_byte if line_end < 0 else line_end + 1)
    return removal_of_item(bracket, index)


def _removal_in_definition(function: Function, index: int) -> Span:
    """Return what to delete so that a parameter is gone, with a `*` or `/` that needs it."""
    bracket, file = function.brackets(), function.file
    arguments, items = function.node.args, bracket.items
    first = last = index
    if index > 0 and file.text(items[index - 1]) == "*" and len(arguments.kwonlyargs) == 1:
        first -= 1
    if len(arguments.posonlyargs) == 1 and [file.text(one) for one in items[1:2]] == ["/"]:
        last += 1 if index == 0 else 0
    if first == last:
        return _removal(file, bracket, index)
    if last + 1 < len(items):
        return Span(items[first].start_byte, items[last + 1].start_byte)
    start = items[first - 1].end_byte if first else items[first].start_byte
    return Span(start, items[last].end_byte)


def _has_parameter(function: Function, name: str) -> bool:
    return any(one.arg == name for one in all_arguments(function.node.args))


def _tell_values(builder: ChangeBuilder, uses: Uses, name: str) -> None:
    for value in uses.values:
        builder.note(
            value.file.path,
            value.line,
            f"the function is handed on here; whoever calls it must know about {name}",
        )
