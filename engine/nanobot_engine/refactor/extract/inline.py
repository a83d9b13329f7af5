"""Inline a variable or a function: its uses become what it stands for, and it goes."""

import ast
from collections.abc import Mapping
from typing import Final

from nanobot_engine.python import PythonFile, ReferenceKind, Span, Symbol
from nanobot_engine.python.scope import NameOccurrence, Role, ScopeKind, Site
from nanobot_engine.refactor.call.call_site import (
    CallSite,
    Function,
    FunctionNode,
    Uses,
    uses_of,
)
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.extract.inline_block import InlinedBlock
from nanobot_engine.refactor.imports.import_edit import ImportEdit
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.docstring_entry import docstring_of
from nanobot_engine.refactor.source.evaluation import (
    ACTING,
    is_evaluated_at_once,
    may_change_between,
    reads_state,
)
from nanobot_engine.refactor.source.statement import body_of, own_span, removal

# What binds tighter than anything that may stand around it needs no brackets.
_ATOMS: Final = (
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.JoinedStr,
)
_MUTABLE: Final = (
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


class InlineVariable:
    """A variable that is set once goes; its uses become the value. Stateless."""

    name: Final = "inline variable"
    summary: Final = "Replace a variable or constant that is set once by its value"
    parameters: Final = (Parameter("symbol", ParameterKind.SYMBOL, "the variable"),)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        symbol = _symbol(codebase, arguments["symbol"])
        file = symbol.file
        statement, value = _assignment(symbol)
        found = codebase.references.find(symbol).found
        if any(one.file is not file for one in found):
            raise UnsafeError(f"{symbol.name}: other files use it; it can not go")
        uses = [o for o in _occurrences(symbol) if o.role is Role.LOAD]
        _check_uses(symbol, statement, value, uses, len(found))
        _check_value(symbol, statement, value, uses)
        text = file.text(file.span(value))
        if "\n" in text or "\r" in text:
            text = f"({text})"
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        for occurrence in uses:
            written = text if _needs_no_brackets(file, value, occurrence) else f"({text})"
            builder.replace(file, occurrence.span, written, f"value of {symbol.name}")
        span = removal(file, statement)
        if span is None:
            raise UnsafeError(f"{file.path}:{statement.lineno}: shares its line; split it first")
        builder.replace(file, span, "", f"{symbol.name} is inlined")
        return builder.build(f"inline variable {symbol.qualified_name}")


class InlineFunction:
    """A function goes; its calls become the expression that it returns, or its body. Stateless."""

    name: Final = "inline function"
    summary: Final = "Replace the calls of a function by what it does, and remove it"
    parameters: Final = (Parameter("function", ParameterKind.SYMBOL, "the function"),)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        uses = uses_of(codebase, arguments["function"])
        function = uses.functions[0]
        if isinstance(function.node, ast.AsyncFunctionDef):
            raise UnsafeError(f"{function.node.name}: is awaited; async functions are not inlined")
        if len(uses.functions) > 1:
            raise UnsafeError(f"{function.node.name}: overrides and overloads are not inlined")
        if function.is_method or not _is_one_expression(function.node):
            return self._inline_block(codebase, uses)
        if uses.values:
            line = f"{uses.values[0].file.path}:{uses.values[0].line}"
            raise UnsafeError(f"{line}: hands the function on; it can not go")
        body = _returned(function.file, function.node)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        self._check_names(function.file, function.node, uses.calls)
        for call in uses.calls:
            text = _substituted(function.file, function.node, body, call)
            if any(mark in text for mark in "\"'\\\n") and _is_in_formatted(call):
                line = f"{call.file.path}:{call.node.lineno}"
                raise UnsafeError(f"{line}: it can not be written inside of an f-string")
            builder.replace(call.file, call.file.span(call.node), text, "its returned expression")
        return self._without(codebase, builder, function)

    def _inline_block(self, codebase: Codebase, uses: Uses) -> Change:
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        block = InlinedBlock(codebase, uses)
        block.add_to(builder)
        return self._without(codebase, builder, block.function)

    def _without(self, codebase: Codebase, builder: ChangeBuilder, function: Function) -> Change:
        """Return the change with the definition removed."""
        file, node, reason = function.file, function.node, f"{function.node.name} is inlined"
        span = removal(file, node)
        if span is None:
            raise UnsafeError(f"{file.path}: the definition shares its line")
        if len(body_of(file, node)) == 1 and function.scope.parent is not file.names.module:
            builder.replace(file, own_span(file, node), "pass", reason)
        else:
            builder.replace(file, span, "", reason)
        if function.scope.parent is file.names.module:
            self._drop_imports(codebase, builder, file, node)
        return builder.build(f"inline function {node.name}")

    def _check_names(
        self, file: PythonFile, node: FunctionNode, calls: tuple[CallSite, ...]
    ) -> None:
        """Refuse where a name of the expression would mean something else at a call."""
        scope = file.names.scope_by_node[node]
        free = {o for o in file.names.names if o.scope is scope and o.role is Role.LOAD}
        for occurrence in free:
            bound = occurrence.bound()
            if bound is scope:
                continue
            for call in calls:
                if call.scope.lookup(occurrence.name) is not bound:
                    line = f"{call.file.path}:{call.node.lineno}"
                    raise UnsafeError(f"{line}: {occurrence.name!r} means something else there")

    def _drop_imports(
        self, codebase: Codebase, builder: ChangeBuilder, file: PythonFile, node: FunctionNode
    ) -> None:
        symbol = Symbol(file, file.names.module, node.name)
        editors: dict[PythonFile, ImportEdit] = {}
        for reference in codebase.references.find(symbol).found:
            if reference.kind is ReferenceKind.IMPORT:
                imported = next(
                    one
                    for one, _ in reference.file.names.imports
                    if one.name_span == reference.span
                )
                editor = editors.setdefault(reference.file, ImportEdit(builder, reference.file))
                editor.remove(imported)
            elif reference.kind is ReferenceKind.LISTED:
                raise UnsafeError(f"{reference.file.path}: lists it in __all__; it can not go")
        for editor in editors.values():
            editor.finish()


def _is_in_formatted(call: CallSite) -> bool:
    return any(
        one is call.node
        for text in ast.walk(call.file.tree)
        if isinstance(text, ast.JoinedStr)
        for one in ast.walk(text)
    )


def _symbol(codebase: Codebase, written: str) -> Symbol:
    path, _, name = written.partition("::")
    symbol = codebase.references.symbol(path, name)
    if symbol is None:
        raise ArgumentError(f"{written}: there is no such name; search for it")
    return symbol


def _occurrences(symbol: Symbol) -> list[NameOccurrence]:
    return [
        o for o in symbol.file.names.names if o.name == symbol.name and o.bound() is symbol.scope
    ]


def _assignment(symbol: Symbol) -> tuple[ast.stmt, ast.expr]:
    """Return the one statement that sets a variable, and its value."""
    sites: list[Site] = symbol.scope.sites.get(symbol.name, [])
    if len(sites) == 1 and sites[0].value is not None and not sites[0].path:
        for node in ast.walk(symbol.file.tree):
            match node:
                case ast.Assign(targets=[ast.Name() as target], value=value) if (
                    target is sites[0].node
                ):
                    return node, value
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value) if (
                    target is sites[0].node
                ):
                    return node, value
    raise UnsafeError(f"{symbol.name}: is not set by exactly one plain assignment")


def _check_uses(
    symbol: Symbol,
    statement: ast.stmt,
    value: ast.expr,
    uses: list[NameOccurrence],
    reference_count: int,
) -> None:
    """Refuse a variable that is used where its value is not known, or not as a name."""
    file, name = symbol.file, symbol.name
    if reference_count != len(uses) + 1:
        raise UnsafeError(f"{name}: is used in other ways than by its name; it can not go")
    block = body_of(file, statement)
    if len(block) == 1:
        raise UnsafeError(f"{name}: its assignment is all there is in its block")
    after = block[block.index(statement) + 1 :]
    spans = [own_span(file, one) for one in after]
    quotes = any(mark in file.text(file.span(value)) for mark in "\"'\\\n")
    inside = {
        id(one)
        for text in ast.walk(file.tree)
        if isinstance(text, ast.JoinedStr)
        for one in ast.walk(text)
    }
    for use in uses:
        line = f"{file.path}:{file.line(use.span.start_byte)}"
        if not any(s.start_byte <= use.span.start_byte < s.end_byte for s in spans):
            raise UnsafeError(f"{line}: is reached in another way than by the assignment")
        if quotes and id(use.node) in inside:
            raise UnsafeError(f"{line}: the value can not be written inside of an f-string")
    _check_scopes(symbol, value, uses)
    if any(isinstance(node, _MUTABLE) for node in ast.walk(value)) and (
        len(uses) > 1 or _is_repeated(after, uses)
    ):
        raise UnsafeError(f"{name}: each use would get a new object")


def _check_scopes(symbol: Symbol, value: ast.expr, uses: list[NameOccurrence]) -> None:
    """Refuse where functions or comprehensions inside see other names, or look later."""
    file, name = symbol.file, symbol.name
    scopes = {use.scope for use in uses} - {symbol.scope}
    for occurrence in file.names.names:
        if file.span(value).start_byte <= occurrence.span.start_byte < file.span(value).end_byte:
            bound = occurrence.bound()
            if any(scope.lookup(occurrence.name) is not bound for scope in scopes):
                raise UnsafeError(f"{name}: {occurrence.name!r} means something else at a use")
    is_constant = isinstance(value, ast.Constant)
    if not is_constant and any(scope.kind is not ScopeKind.COMPREHENSION for scope in scopes):
        raise UnsafeError(f"{name}: a function inside uses it later")


def _is_repeated(after: list[ast.stmt], uses: list[NameOccurrence]) -> bool:
    """Tell whether a use may be evaluated several times, or not at all."""
    for use in uses:
        assert isinstance(use.node, ast.Name), "variables are used by names"
        if not any(is_evaluated_at_once(one, use.node) for one in after):
            return True
    return False


def _check_value(
    symbol: Symbol, statement: ast.stmt, value: ast.expr, uses: list[NameOccurrence]
) -> None:
    """Refuse where the value would be computed more often, or from other values."""
    file = symbol.file
    acts = any(isinstance(node, ACTING) for node in ast.walk(value))
    if acts and len(uses) != 1:
        raise UnsafeError(f"{symbol.name}: its value is computed; it is used {len(uses)} times")
    if any(o.scope is not symbol.scope for o in uses) and acts:
        raise UnsafeError(f"{symbol.name}: a function inside uses it later")
    block = body_of(file, statement)
    after = block[block.index(statement) + 1 :]
    if acts and uses and _is_repeated(after[:1], uses):
        raise UnsafeError(f"{symbol.name}: its value is computed, and not used at once")
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    last = max((o.span.start_byte for o in uses), default=0)
    end = file.span(statement).end_byte
    if uses and reads_state(value):
        changed_at = may_change_between(file, end + 1, last)
        if changed_at is not None:
            place = f"{file.path}:{file.line(changed_at)}"
            raise UnsafeError(f"{place}: what the value reads may change before the last use")
        if _is_repeated(after, uses):
            raise UnsafeError(f"{symbol.name}: its value is read, and not used at once")
    for occurrence in file.names.names:
        is_set = occurrence.role in {Role.STORE, Role.DELETE, Role.DEFINITION, Role.IMPORT}
        if occurrence.name in names and is_set and end <= occurrence.span.start_byte < last:
            line = file.line(occurrence.span.start_byte)
            raise UnsafeError(
                f"{file.path}:{line}: {occurrence.name!r} changes before the last use"
            )


def _needs_no_brackets(file: PythonFile, value: ast.expr, occurrence: NameOccurrence) -> bool:
    if isinstance(value, _ATOMS):
        return not (isinstance(value, ast.Constant) and isinstance(value.value, int | float))
    data = file.source.data
    before = data[: occurrence.span.start_byte].rstrip()[-1:]
    after = data[occurrence.span.end_byte :].lstrip(b" \t")[:1]
    return before in {b"=", b"("} and after in {b"", b"\n", b"\r", b")"}


def _is_one_expression(node: FunctionNode) -> bool:
    body = node.body if docstring_of(node) is None else node.body[1:]
    return len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None


def _returned(file: PythonFile, node: FunctionNode) -> ast.expr:
    body = list(node.body)
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            body = rest
    match body:
        case [ast.Return(value=ast.expr() as value)]:
            arguments = node.args
            if arguments.vararg is None and arguments.kwarg is None and not node.decorator_list:
                return value
    raise UnsafeError(f"{file.path}:{node.lineno}: does more than return one expression")


def _substituted(file: PythonFile, node: FunctionNode, body: ast.expr, call: CallSite) -> str:
    """Return the expression of a function with the arguments of a call."""
    texts = _arguments(file, node, call)
    scope = file.names.scope_by_node[node]
    span = file.span(body)
    uses = [
        o
        for o in file.names.names
        if o.bound() is scope and span.start_byte <= o.span.start_byte < span.end_byte
    ]
    for name, argument in texts.items():
        count = sum(1 for o in uses if o.name == name)
        line = f"{call.file.path}:{call.node.lineno}"
        acts = any(isinstance(one, ACTING) for one in ast.walk(argument.node))
        if acts and count != 1:
            raise UnsafeError(
                f"{line}: the argument {name!r} does something and is used {count} times"
            )
        if acts and not all(
            isinstance(o.node, ast.Name) and is_evaluated_at_once(node.body[-1], o.node)
            for o in uses
            if o.name == name
        ):
            raise UnsafeError(f"{line}: the argument {name!r} does something, and not each time")
        _check_argument(file, node, call, argument)
    text, position = "", span.start_byte
    for o in uses:
        text += file.text(Span(position, o.span.start_byte)) + texts[o.name].text
        position = o.span.end_byte
    text += file.text(Span(position, span.end_byte))
    is_whole = isinstance(body, _ATOMS) and "\n" not in text and "\r" not in text
    return text if is_whole else f"({text})"


def _check_argument(
    file: PythonFile, node: FunctionNode, call: CallSite, argument: "_Argument"
) -> None:
    """Refuse an argument whose names would mean something else in the expression."""
    line = f"{call.file.path}:{call.node.lineno}"
    names = {one.id for one in ast.walk(argument.node) if isinstance(one, ast.Name)}
    for scope in file.names.scope_by_node[node].children:
        for inner in (scope, *scope.children):
            if names & inner.sites.keys():
                raise UnsafeError(f"{line}: {min(names & inner.sites.keys())!r} is taken inside")
    is_default = not any(
        argument.node is one
        for one in (*call.node.args, *(keyword.value for keyword in call.node.keywords))
    )
    if is_default and not isinstance(argument.node, ast.Constant):
        raise UnsafeError(f"{line}: takes a default that is computed once, by the definition")


class _Argument:
    """What a call gives for a parameter."""

    def __init__(self, file: PythonFile, node: ast.expr) -> None:
        self.node = node
        text = file.text(file.span(node))
        self.text = text if isinstance(node, _ATOMS) else f"({text})"


def _arguments(file: PythonFile, node: FunctionNode, call: CallSite) -> dict[str, _Argument]:
    if call.has_unpacking():
        raise UnsafeError(f"{call.file.path}:{call.node.lineno}: unpacks its arguments")
    positional = [*node.args.posonlyargs, *node.args.args]
    found: dict[str, _Argument] = {}
    defaults = dict(
        zip(reversed([one.arg for one in positional]), reversed(node.args.defaults), strict=False)
    )
    for parameter, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = default
    for name, default in defaults.items():
        found[name] = _Argument(file, default)
    for parameter, given in zip(positional, call.node.args, strict=False):
        found[parameter.arg] = _Argument(call.file, given)
    for keyword in call.node.keywords:
        assert keyword.arg is not None, "nothing is unpacked"
        found[keyword.arg] = _Argument(call.file, keyword.value)
    missing = {one.arg for one in (*positional, *node.args.kwonlyargs)} - found.keys()
    if missing:
        raise UnsafeError(f"{call.file.path}:{call.node.lineno}: does not give {min(missing)!r}")
    return found
