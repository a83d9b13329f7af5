"""Inline a function of several statements: its body takes the place of the statements that call it.

Only where a call is all that a statement does: alone, assigned, or returned. What the body
binds must be new to the caller, and what it reads must mean the same there.
"""

import ast
from typing import Final

from nanobot_engine.python import Certainty, PythonFile, Span
from nanobot_engine.python.scope import Role, ScopeKind
from nanobot_engine.refactor.call.call_site import CallSite, Function, Uses
from nanobot_engine.refactor.call.certain_uses import certain_function
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.source.docstring_entry import docstring_of
from nanobot_engine.refactor.source.evaluation import ACTING
from nanobot_engine.refactor.source.indentation import reindented
from nanobot_engine.refactor.source.statement import own_span, whole_lines

_OWN_FRAME: Final = frozenset(
    {"__class__", "dir", "eval", "exec", "globals", "locals", "super", "vars"}
)
_LATER: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp,
    ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal,
)  # fmt: skip


class InlinedBlock:
    """The body of one function, put in the place of its calls."""

    def __init__(self, codebase: Codebase, uses: Uses) -> None:
        """Check the function.

        Raises:
            UnsafeError: It does something else when it stands in another function.
        """
        self._uses = uses
        self.function: Function = certain_function(codebase, uses)
        self._file: PythonFile = self.function.file
        node = self.function.node
        self._body = list(node.body if docstring_of(node) is None else node.body[1:])
        self._result: ast.expr | None = None
        if self._body and isinstance(self._body[-1], ast.Return):
            self._result = self._body.pop().value  # type: ignore[attr-defined] # a return
        self._check_body()

    def _refuse(self, node: ast.AST, reason: str) -> UnsafeError:
        return UnsafeError(f"{self._file.path}:{getattr(node, 'lineno', 0)}: {reason}")

    def _check_body(self) -> None:
        node = self.function.node
        if node.decorator_list or isinstance(node, ast.AsyncFunctionDef):
            raise self._refuse(node, "is decorated or asynchronous; it is not inlined")
        if node.args.vararg is not None or node.args.kwarg is not None:
            raise self._refuse(node, "takes any arguments; it is not inlined")
        whole = [*self._body, *([self._result] if self._result is not None else [])]
        for one in (inner for part in whole for inner in ast.walk(part)):
            if isinstance(one, ast.Return):
                raise self._refuse(one, "returns before its end; a caller would go on there")
            if isinstance(one, _LATER):
                raise self._refuse(one, "runs later, or needs a function of its own")
            if isinstance(one, ast.Name) and one.id in _OWN_FRAME:
                raise self._refuse(one, f"{one.id!r} means the function that runs")
        for part in self._body:
            if whole_lines(self._file, part) is None:
                raise self._refuse(part, "shares its line; split it first")

    def add_to(self, builder: ChangeBuilder) -> None:
        """Replace all calls.

        Raises:
            UnsafeError: One is part of something larger, or names mean something else there.
        """
        if not self._uses.calls:
            raise self._refuse(self.function.node, "nothing calls it; remove it instead")
        for call in self._uses.calls:
            statement = self._statement(call)
            self._check_call(call)
            builder.replace(
                call.file, own_span(call.file, statement), self._text(call, statement), "its body"
            )

    # A call

    def _statement(self, call: CallSite) -> ast.stmt:
        for node in ast.walk(call.file.tree):
            match node:
                case (
                    ast.Expr(value=value)
                    | ast.Return(value=value)
                    | ast.Assign(targets=[_], value=value)
                    | ast.AnnAssign(value=value)
                ) if value is call.node:
                    if whole_lines(call.file, node) is not None:
                        return node
        raise UnsafeError(
            f"{call.file.path}:{call.node.lineno}: the call is part of something larger; "
            "give its value a name first"
        )

    def _check_call(self, call: CallSite) -> None:
        line = f"{call.file.path}:{call.node.lineno}"
        if call.certainty is not Certainty.SURE or call.has_unpacking():
            raise UnsafeError(f"{line}: is not certain, or unpacks its arguments")
        scope = self.function.scope
        if call.scope.kind is not ScopeKind.FUNCTION or scope in call.scope.outwards():
            raise UnsafeError(f"{line}: is in no other function, where names could be bound")
        for one in self._file.names.names:
            bound = one.bound() if one.scope is scope or scope in one.scope.outwards() else scope
            is_inside = bound is scope or (bound is not None and scope in bound.outwards())
            if is_inside or one.role is Role.PARAMETER:
                continue
            if call.scope.lookup(one.name) is not bound:
                raise UnsafeError(f"{line}: {one.name!r} means something else there")
        here = call.scope.enclosing_class()
        for node in ast.walk(self.function.node):
            is_private = isinstance(node, ast.Attribute) and node.attr.startswith("__")
            if is_private and here is not self.function.scope.enclosing_class():
                raise UnsafeError(f"{line}: is outside of the class, whose private names it uses")

    def _known_names(self, call: CallSite) -> set[str]:
        """Return all names that stand in the calling function."""
        span = call.file.span(call.scope.node)  # type: ignore[arg-type] # a function, see above
        return {
            one.name
            for one in call.file.names.names
            if span.start_byte <= one.span.start_byte < span.end_byte
        }

    # Text

    def _text(self, call: CallSite, statement: ast.stmt) -> str:
        """Return what stands in the place of a statement, without its first indentation."""
        file = call.file
        start = own_span(file, statement).start_byte
        indent = file.text(Span(file.byte_map.line_start(file.line(start)), start))
        given = self._given(call)
        put, assigned = self._placed(call, given)
        lines = [f"{indent}{name} = {file.text(file.span(given[name]))}" for name in assigned]
        if self._body:
            first, last = self._body[0], self._body[-1]
            own = own_span(self._file, first).start_byte
            margin = Span(self._file.byte_map.line_start(self._file.line(own)), own)
            # With the comment above the first statement.
            whole = whole_lines(self._file, first) or margin
            text = self._substituted(
                Span(whole.start_byte, self._file.span(last).end_byte), put
            ).replace("\r\n", "\n")
            lines.append(reindented(text, self._file.text(margin), indent))
        result = "None"
        if self._result is not None:
            result = self._substituted(self._file.span(self._result), put)
        match statement:
            case ast.Return():
                lines.append(f"{indent}return {result}")
            case ast.Assign(targets=[target]):
                lines.append(f"{indent}{file.text(file.span(target))} = {result}")
            case ast.AnnAssign(value=ast.expr() as value):
                head = file.text(Span(start, file.span(value).start_byte)).rstrip()
                lines.append(f"{indent}{head} {result}")
            case _ if self._result is not None and _acts(self._result):
                lines.append(f"{indent}{result}")
        text = "\n".join(lines) or f"{indent}pass"
        return text.removeprefix(indent)

    def _given(self, call: CallSite) -> dict[str, ast.expr]:
        """Return what a call gives for each parameter, in the order of evaluation."""
        arguments = self.function.node.args
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        found: dict[str, ast.expr] = {}
        if call.given_count:
            assert isinstance(call.node.func, ast.Attribute), "an object gives itself"
            found[names[0]] = call.node.func.value
        found |= dict(zip(names[call.given_count :], call.node.args, strict=False))
        found |= {one.arg: one.value for one in call.node.keywords if one.arg is not None}
        defaults = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            names.append(one.arg)
            if default is not None:
                defaults[one.arg] = default
        for name in names:
            line = f"{call.file.path}:{call.node.lineno}"
            if name not in found and name not in defaults:
                raise UnsafeError(f"{line}: does not give {name!r}")
            if name not in found and not isinstance(defaults[name], ast.Constant):
                raise UnsafeError(f"{line}: takes a default that is computed once")
            found.setdefault(name, defaults.get(name, ast.Constant(None)))
        return found

    def _placed(
        self, call: CallSite, given: dict[str, ast.expr]
    ) -> tuple[dict[str, str], list[str]]:
        """Return what stands for parameters, and which are assigned to before.

        Raises:
            UnsafeError: What is assigned to is something else there.
        """
        scope = self.function.scope
        stored = {o.name for o in self._file.names.names if o.bound() is scope and _is_set(o.role)}
        has_text = any(isinstance(one, ast.JoinedStr) for one in ast.walk(self.function.node))
        put: dict[str, str] = {}
        assigned = []
        for name, value in given.items():
            is_local = isinstance(value, ast.Name) and call.scope.lookup(value.id) is call.scope
            is_plain = isinstance(value, ast.Constant) and not (
                has_text and isinstance(value.value, str | bytes)
            )
            if name not in stored and (is_local or is_plain):
                is_given = call.file if value in _parts(call.node) else self._file
                put[name] = is_given.text(is_given.span(value))
            elif value in _parts(call.node):
                assigned.append(name)
            else:
                raise UnsafeError(f"{call.file.path}:{call.node.lineno}: {name!r} is set inside")
        new = (scope.sites.keys() - put.keys()) & self._known_names(call)
        if new:
            line = f"{call.file.path}:{call.node.lineno}"
            raise UnsafeError(f"{line}: {min(new)!r} is there already; rename it in one of both")
        return put, assigned

    def _substituted(self, span: Span, put: dict[str, str]) -> str:
        text, position = "", span.start_byte
        for one in sorted(self._file.names.names, key=lambda o: o.span.start_byte):
            is_here = span.start_byte <= one.span.start_byte < span.end_byte
            if is_here and one.bound() is self.function.scope and one.name in put:
                text += self._file.text(Span(position, one.span.start_byte)) + put[one.name]
                position = one.span.end_byte
        return text + self._file.text(Span(position, span.end_byte))


def _acts(node: ast.expr) -> bool:
    return any(isinstance(one, ACTING) for one in ast.walk(node))


def _is_set(role: Role) -> bool:
    return role in {Role.STORE, Role.DELETE, Role.IMPORT, Role.DEFINITION}


def _parts(call: ast.Call) -> list[ast.expr]:
    """Return what a call is given, with the object before the dot."""
    before = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return [*before, *call.args, *(one.value for one in call.keywords)]
