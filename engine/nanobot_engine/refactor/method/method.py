"""Methods become functions, functions become methods, methods become static.

Calls follow. Refused is what programs could not be told to do: overrides, methods that are
handed on, calls that nobody can tell for sure.
"""

import ast
import re
from collections.abc import Mapping
from typing import Final

from nanobot_engine.python import PythonFile, ScopeKind, Span, Symbol
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.scope import NameOccurrence, Role, all_arguments
from nanobot_engine.python.value import (
    ClassValue,
    ForeignValue,
    InstanceValue,
    PackageValue,
    Unknown,
    Value,
)
from nanobot_engine.refactor.call.bracket import removal_of_item, separator
from nanobot_engine.refactor.call.call_site import CallSite, Function, uses_of
from nanobot_engine.refactor.call.certain_uses import called_function, certain_function
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.name_place import local_name
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.indentation import reindented
from nanobot_engine.refactor.source.rewriter import Part, Rewriter
from nanobot_engine.refactor.source.statement import own_span, removal, whole_lines

_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_NEW_NAME: Final = Parameter(
    "new_name", ParameterKind.NAME, "its new name; the same without it", is_optional=True
)


class MethodToFunction:
    """A method, static or not, becomes a function of its module. Stateless."""

    name: Final = "method to function"
    summary: Final = "Turn a method into a function that takes the object, and change its calls"
    parameters: Final = (Parameter("method", ParameterKind.SYMBOL, "the method"), _NEW_NAME)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["method"])
        function = certain_function(codebase, uses)
        owner = function.scope.parent
        assert owner is not None, "a function is in a module"
        if owner.kind is not ScopeKind.CLASS or owner.parent is not function.file.names.module:
            raise ArgumentError(f"{arguments['method']}: is no method of a class of the module")
        is_static = "staticmethod" in decorator_names(function.node)
        _check_free_of_class(function, is_static=is_static)
        name = arguments.get("new_name") or function.node.name
        check_identifier(name)
        if name in function.file.names.module.sites:
            raise UnsafeError(f"{function.file.path}: {name!r} means something else there already")
        work = _Work(codebase)
        for call in uses.calls:
            work.call_function(call, function.file, name, is_static=is_static)
        work.move_out(function, owner.node, name, is_static=is_static)
        return work.finish(f"method {owner.name}.{function.node.name} becomes function {name}")


class FunctionToMethod:
    """A function becomes a method of the class of its first parameter. Stateless."""

    name: Final = "function to method"
    summary: Final = "Turn a function into a method of a class: its first parameter becomes self"
    parameters: Final = (
        Parameter("function", ParameterKind.SYMBOL, "the function"),
        Parameter("class", ParameterKind.SYMBOL, "the class, of the same module"),
        _NEW_NAME,
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["function"])
        function = certain_function(codebase, uses)
        of = _class(codebase, arguments["class"])
        name = arguments.get("new_name") or function.node.name
        check_identifier(name)
        if of.file is not function.file:
            raise UnsafeError(
                f"{function.node.name}: is not in the module of {of.node.name}; move it first"
            )
        if function.scope.parent is not function.file.names.module or function.node.decorator_list:
            raise UnsafeError(f"{function.node.name}: only plain functions of a module move")
        _check_no_member(codebase, of, name)
        first = _first_parameter(function)
        work = _Work(codebase)
        is_promised = _is_annotated(codebase, function, of)
        for call in uses.calls:
            work.call_method(call, first.arg, name, of, is_promised=is_promised)
        work.move_in(function, of, name)
        _drop_imports(codebase, function, work)
        return work.finish(f"function {function.node.name} becomes method {of.node.name}.{name}")


class MethodToStatic:
    """A method that does not use its object becomes static. Stateless."""

    name: Final = "method to static method"
    summary: Final = "Turn a method that does not use self into a static method"
    parameters: Final = (Parameter("method", ParameterKind.SYMBOL, "the method"),)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["method"])
        function = called_function(codebase, uses)
        if not function.is_method:
            raise ArgumentError(f"{arguments['method']}: is no method with an object")
        if function.node.decorator_list:
            raise UnsafeError(f"{function.node.name}: has decorators, which may need the object")
        first = _first_parameter(function)
        _check_free_of_class(function, is_static=True)
        used = [o for o in _own(function, first.arg) if o.role is not Role.PARAMETER]
        if used:
            line = function.file.line(used[0].span.start_byte)
            raise UnsafeError(f"{function.file.path}:{line}: uses {first.arg!r}")
        work = _Work(codebase)
        builder = work.builder
        span = removal_of_item(function.brackets(), 0)
        builder.replace(function.file, span, "", f"{first.arg} goes")
        start = own_span(function.file, function.node).start_byte
        margin = _margin(function.file, start)
        builder.replace(
            function.file, Span(start, start), f"@staticmethod\n{margin}", "the method is static"
        )
        for call in uses.calls:
            if not call.given_count:
                span = removal_of_item(call.brackets(), 0)
                builder.replace(call.file, span, "", "no object is passed")
        return builder.build(f"method {function.node.name} becomes static")


class _Work:
    """The edits of one conversion."""

    def __init__(self, codebase: Codebase) -> None:
        self.codebase = codebase
        self.builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        self.imports = Imports(codebase, self.builder)
        self._rewriters: dict[PythonFile, Rewriter] = {}
        self._moved: dict[PythonFile, list[Span]] = {}

    def rewriter(self, file: PythonFile) -> Rewriter:
        """Return what collects the calls of a file."""
        return self._rewriters.setdefault(file, Rewriter(file))

    def finish(self, title: str) -> Change:
        """Return the change."""
        for file, rewriter in self._rewriters.items():
            rewriter.add_beside(self.builder, self._moved.get(file, ()))
        self.imports.finish(self._rewriters)
        return self.builder.build(title)

    # Calls

    def call_function(
        self, call: CallSite, home: PythonFile, name: str, *, is_static: bool
    ) -> None:
        """Turn `x.m(a)` into `f(x, a)`, and `C.m(x, a)` into `f(x, a)`."""
        callee = call.node.func
        if not isinstance(callee, ast.Attribute):
            raise UnsafeError(f"{_line(call)}: calls the method under another name")
        receiver = callee.value
        known = local_name(self.codebase, self.imports, (call.file, call.scope), home, name)
        rewriter = self.rewriter(call.file)
        if is_static or not call.given_count:
            if _acts(receiver):
                raise UnsafeError(f"{_line(call)}: what stands before the dot does something")
            rewriter.replace(callee, (known,), f"call of {name}")
            return
        _check_receiver(call, receiver)
        bracket = call.brackets()
        parts: list[Part] = [f"{known}(", receiver]
        parts += [", ", *_arguments(call)] if bracket.items else []
        layout: list[Part | Span] = [f"{known}(", receiver, ")"]
        if bracket.items:
            start = bracket.items[0].start_byte
            layout = [
                known,
                Span(bracket.open_byte, start),
                receiver,
                separator(call.file, bracket),
                Span(start, bracket.close_byte + 1),
            ]
        rewriter.replace(call.node, [*parts, ")"], f"call of {name}", layout=layout)

    def call_method(
        self, call: CallSite, parameter: str, name: str, of: ClassValue, *, is_promised: bool
    ) -> None:
        """Turn `f(x, a)` into `x.m(a)`."""
        slot = call.slot_of(parameter, 0)
        given = [*call.node.args, *(one.value for one in call.node.keywords)]
        given.sort(key=lambda one: call.file.span(one).start_byte)
        if slot is None or isinstance(given[slot], ast.Starred) or call.has_unpacking():
            raise UnsafeError(f"{_line(call)}: does not say which argument is the object")
        receiver = given[slot]
        _check_instance(self.codebase, call, receiver, of, is_promised=is_promised)
        if slot > 0 and any(_acts(one) for one in (receiver, *given[:slot])):
            raise UnsafeError(f"{_line(call)}: the object would be computed before the arguments")
        bracket = call.brackets()
        gone = removal_of_item(bracket, slot)
        parts: list[Part] = [receiver, f".{name}("]
        rest = _arguments(call, but=receiver)
        layout: list[Part | Span] = [
            receiver,
            f".{name}",
            Span(bracket.open_byte, gone.start_byte),
            Span(gone.end_byte, bracket.close_byte + 1),
        ]
        self.rewriter(call.file).replace(
            call.node, [*parts, *rest, ")"], f"call of {name}", layout=layout
        )

    # Definitions

    def move_out(self, function: Function, owner: ast.AST, name: str, *, is_static: bool) -> None:
        """Move a method behind its class."""
        file, node = function.file, function.node
        assert isinstance(owner, ast.ClassDef), "a method is in a class"
        lines = _lines(function)
        header = {_name_span(function): name}
        if not is_static and _is_typed(node):
            first = _first_parameter(function)
            if first.annotation is None:
                header[file.span(first)] = f"{first.arg}: {owner.name}"
        margin = _margin(file, own_span(file, node).start_byte)
        text = self._definition(
            function, Span(lines.start_byte, own_span(file, node).end_byte), header
        )
        if is_static:
            text = _without_static(text)
        text = f"\n\n\n{reindented(text, margin, '')}"
        end = own_span(file, owner).end_byte
        reason = "the method is a function"
        if owner.body == [node]:
            gone = Span(lines.start_byte, end)
            self.builder.replace(file, gone, f"{margin}pass{text}", reason)
        elif node is owner.body[-1]:
            gone = Span(own_span(file, owner.body[-2]).end_byte, end)
            self.builder.replace(file, gone, text, reason)
        else:
            gone = removal(file, node) or lines
            self.builder.replace(file, gone, "", reason)
            self.builder.replace(file, Span(end, end), text, "the new function")
        self._moved.setdefault(file, []).append(lines)

    def move_in(self, function: Function, of: ClassValue, name: str) -> None:
        """Move a function to the end of a class."""
        file, node = function.file, function.node
        first = _first_parameter(function)
        for occurrence in _own(function, first.arg):
            if occurrence.role is Role.PARAMETER:
                continue
            if occurrence.role is not Role.LOAD or not isinstance(occurrence.node, ast.Name):
                line = file.line(occurrence.span.start_byte)
                raise UnsafeError(f"{file.path}:{line}: sets {first.arg!r}, which becomes self")
            if first.arg != "self":
                self.rewriter(file).replace(occurrence.node, ("self",), "the object")
        if first.arg != "self" and any(o.name == "self" for o in _inside(function)):
            raise UnsafeError(f"{node.name}: uses 'self' for something else already")
        lines = _lines(function)
        header = {_name_span(function): name, file.span(first): "self"}
        text = self._definition(
            function, Span(lines.start_byte, own_span(file, node).end_byte), header
        )
        last = of.node.body[-1]
        margin = _margin(file, own_span(file, last).start_byte)
        if margin.strip() or not margin:
            raise UnsafeError(f"{file.path}:{of.node.lineno}: put the class body on its own lines")
        text = reindented(text, "", margin)
        gone = removal(file, node) or lines
        self.builder.replace(file, gone, "", "the function is a method")
        if isinstance(last, ast.Pass) and last is of.node.body[0]:
            start = file.byte_map.line_start(last.lineno)
            span = Span(start, own_span(file, last).end_byte)
            self.builder.replace(file, span, text, "the new method")
        else:
            end = own_span(file, last).end_byte
            self.builder.replace(file, Span(end, end), f"\n\n{text}", "the new method")
        self._moved.setdefault(file, []).append(lines)

    def _definition(self, function: Function, span: Span, header: Mapping[Span, str]) -> str:
        """Return the text of a definition with its calls changed and another header."""
        rewriter = self.rewriter(function.file)
        text, position = "", span.start_byte
        for one in sorted(header, key=lambda part: part.start_byte):
            text += rewriter.span_text(Span(position, one.start_byte)) + header[one]
            position = one.end_byte
        text += rewriter.span_text(Span(position, span.end_byte))
        return text.replace("\r\n", "\n")


# What is allowed


def _check_free_of_class(function: Function, *, is_static: bool) -> None:
    """Refuse what means something in a class only."""
    file, owner = function.file, function.scope.parent
    span = own_span(file, function.node)
    for occurrence in file.names.names:
        if not span.start_byte < occurrence.span.start_byte < span.end_byte:
            continue
        line = f"{file.path}:{file.line(occurrence.span.start_byte)}"
        if occurrence.name in {"super", "__class__"} and occurrence.bound() is None:
            raise UnsafeError(f"{line}: uses {occurrence.name}, which works in a class only")
        if occurrence.bound() is owner and occurrence.role is Role.LOAD:
            raise UnsafeError(f"{line}: uses {occurrence.name!r} of the class body")
        if _is_mangled(occurrence.name):
            raise UnsafeError(f"{line}: {occurrence.name!r} is private to the class")
    for attribute in file.names.attributes:
        if span.start_byte < attribute.span.start_byte < span.end_byte and _is_mangled(
            attribute.name
        ):
            line = f"{file.path}:{file.line(attribute.span.start_byte)}"
            raise UnsafeError(f"{line}: {attribute.name!r} is private to the class")
    if not is_static:
        _first_parameter(function)


def _is_mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _first_parameter(function: Function) -> ast.arg:
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if not positional or len(arguments.defaults) == len(positional):
        raise UnsafeError(f"{function.node.name}: has no first parameter for the object")
    return positional[0]


def _class(codebase: Codebase, written: str) -> ClassValue:
    path, _, name = written.partition("::")
    symbol = codebase.references.symbol(path, name)
    if symbol is not None:
        symbol = codebase.references.origin(symbol)
        for site in symbol.scope.sites.get(symbol.name, ()):
            if isinstance(site.node, ast.ClassDef):
                return ClassValue(symbol.file, site.node)
    raise ArgumentError(f"{written}: is no class; search for it")


def _check_no_member(codebase: Codebase, of: ClassValue, name: str) -> None:
    """Refuse a name that the class, its bases or those that inherit from it have."""
    classes = codebase.references.inference.classes
    if classes.may_inherit(of, name):
        raise UnsafeError(
            f"{of.node.name}: a base class outside of the workspace may have {name!r}"
        )
    for file in codebase.project.files():
        for node in file.names.scope_by_node:
            if isinstance(node, ast.ClassDef):
                one = ClassValue(file, node)
                is_relative = of in classes.line(one) or one in classes.line(of)
                if is_relative and next(classes.owners(one, name), None) is not None:
                    raise UnsafeError(f"{name}: {node.name} has a member of that name already")


def _is_annotated(codebase: Codebase, function: Function, of: ClassValue) -> bool:
    """Tell whether a function promises that its first parameter is of a class."""
    first = _first_parameter(function)
    if first.annotation is None:
        return False
    inference = codebase.references.inference
    scope = function.file.names.module
    found = inference.annotations.instances(function.file, scope, first.annotation)
    return found == frozenset((InstanceValue(of),))


def _check_instance(
    codebase: Codebase, call: CallSite, receiver: ast.expr, of: ClassValue, *, is_promised: bool
) -> None:
    inference = codebase.references.inference
    values = inference.values(call.file, call.scope, receiver)
    others = [
        value
        for value in values
        if not isinstance(value, InstanceValue) or of not in inference.classes.line(value.of)
    ]
    # Of what nobody knows the annotation tells: in `given or Shape()`, say, of `given`.
    is_told = is_promised and all(_is_open(value) for value in others)
    if (others or not values) and not is_told:
        raise UnsafeError(f"{_line(call)}: it is not known that the object is a {of.node.name}")


def _is_open(value: Value) -> bool:
    """Tell whether an object may be of any class."""
    if isinstance(value, ForeignValue):
        return not value.name.startswith("builtins.")
    return isinstance(value, Unknown | PackageValue)


def _check_receiver(call: CallSite, receiver: ast.expr) -> None:
    match receiver:
        case ast.Call(func=ast.Name(id="super")):
            raise UnsafeError(f"{_line(call)}: calls it through super()")
    end = call.file.span(receiver).end_byte
    if b"#" in call.file.source.data[end : call.brackets().open_byte]:
        raise UnsafeError(f"{_line(call)}: a comment before the name would get lost")


def _acts(node: ast.expr) -> bool:
    return any(isinstance(one, _ACTING) for one in ast.walk(node))


# Texts


def _arguments(call: CallSite, *, but: ast.expr | None = None) -> list[Part]:
    """Return the arguments of a call as parts, without one of them."""
    written: list[ast.expr | ast.keyword] = [*call.node.args, *call.node.keywords]
    parts: list[Part] = []
    for argument in written:
        value = argument.value if isinstance(argument, ast.keyword) else argument
        if value is but:
            continue
        parts.append(", " if parts else "")
        if isinstance(argument, ast.keyword):
            parts.append("**" if argument.arg is None else f"{argument.arg}=")
        parts.append(value)
    return parts


def _inside(function: Function) -> list[NameOccurrence]:
    span = own_span(function.file, function.node)
    names = function.file.names.names
    return [o for o in names if span.start_byte < o.span.start_byte < span.end_byte]


def _own(function: Function, name: str) -> list[NameOccurrence]:
    """Return the occurrences of a name that a function binds."""
    return [o for o in _inside(function) if o.name == name and o.bound() is function.scope]


def _name_span(function: Function) -> Span:
    return next(
        o.span
        for o in function.file.names.names
        if o.node is function.node and o.name == function.node.name
    )


def _lines(function: Function) -> Span:
    lines = whole_lines(function.file, function.node)
    if lines is None:
        line = f"{function.file.path}:{function.node.lineno}"
        raise UnsafeError(f"{line}: shares its line with another statement; split it first")
    return lines


def _is_typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return node.returns is not None or any(one.annotation for one in all_arguments(node.args))


def _without_static(text: str) -> str:
    return re.sub(r"^[ \t]*@staticmethod[ \t]*\n", "", text, count=1, flags=re.MULTILINE)


def _margin(file: PythonFile, start: int) -> str:
    return file.text(Span(file.byte_map.line_start(file.line(start)), start))


def _line(call: CallSite) -> str:
    return f"{call.file.path}:{call.node.lineno}"


def _drop_imports(codebase: Codebase, function: Function, work: _Work) -> None:
    """Remove the imports of a function that is none any more."""
    symbol = Symbol(function.file, function.file.names.module, function.node.name)
    for reference in codebase.references.find(symbol).found:
        for imported, _ in reference.file.names.imports:
            if imported.name_span == reference.span:
                work.imports.of(reference.file).remove(imported)
