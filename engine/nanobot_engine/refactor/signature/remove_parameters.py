"""Remove all parameters that nothing needs, with what calls pass for them.

A parameter is needed where a body of the function, of an override or of an overload names it,
and where somebody else decides how the function is called: public API, interfaces, callbacks,
decorators, fixtures, names in strings. Those are told and stay. What a call computes for
a parameter stays computed: then the parameter stays, too.

Removing one may leave another without a use, so it goes on until nothing more falls.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.python_names import is_dunder, is_public_module, is_test_module
from nanobot_engine.python import PythonFile, Scope, Span, Symbol
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.fixture import takes_fixtures
from nanobot_engine.python.reference import Reference, ReferenceKind
from nanobot_engine.python.scope import Role, ScopeKind, all_arguments
from nanobot_engine.refactor.call.call_site import CallSite, Function, Uses, uses_of
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import RefactorError, UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.sequence import plan_between
from nanobot_engine.refactor.signature.signature import RemoveParameter
from nanobot_engine.refactor.source.docstring_entry import docstring_of, entry_of
from nanobot_engine.refactor.source.evaluation import ACTING

_ROUNDS_MAX: Final = 8
_CONFIGURATION: Final = (".toml", ".cfg", ".ini", ".json", ".yaml", ".yml")
_TITLE: Final = "remove unused parameters"
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_Key = tuple[str, str, str]
"""Path, qualified name of the function, name of the parameter."""


class RemoveUnusedParameters:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "remove unused parameters"
    summary: Final = "Remove every parameter that nothing uses, and the arguments passed for it"
    parameters: Final = (
        WHERE,
        Parameter(
            "public",
            ParameterKind.CHOICE,
            "whether functions go along that code outside of the workspace may call",
            is_optional=True,
            choices=("yes", "no"),
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        data: Mapping[str, bytes] = codebase.data_by_path
        current = codebase
        reasons: dict[_Key, tuple[int, str]] = {}
        changes: list[Change] = []
        for _ in range(_ROUNDS_MAX):
            change = _Round(current, reasons, is_public=arguments.get("public") == "yes").plan(
                arguments
            )
            if change is None:
                break
            changes.append(change)
            data = change.applied(data)
            current = Codebase(data)
        left = LeftNotes()
        for (path, function, name), (line, reason) in reasons.items():
            # Of tests nobody wants to know.
            if not is_test_module(path):
                left.add(path, line, reason, f"{name} of {function}")
        if not changes:
            first = left.first()
            msg = f"no unused parameter can go; {first}" if first else "no parameter is unused"
            raise UnsafeError(msg)
        plan = changes[0].plan
        if len(changes) > 1:
            plan = plan_between(codebase.data_by_path, data, {}, _TITLE)
        told = [note for change in changes for note in change.notes]
        return Change(_TITLE, plan, (), (*told, *left.notes()))


@dataclass(frozen=True, slots=True)
class _Candidate:
    file: PythonFile
    scope: Scope
    node: _FunctionNode
    argument: ast.arg

    @property
    def key(self) -> _Key:
        return self.file.path, self.scope.qualified_name, self.argument.arg


class _Round:
    """Removes what can go at once: no two parameters of one signature or call."""

    def __init__(
        self, codebase: Codebase, reasons: dict[_Key, tuple[int, str]], *, is_public: bool
    ) -> None:
        self._codebase = codebase
        self._reasons = reasons
        self._is_public = is_public
        self._builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        self._taken: dict[PythonFile, list[Span]] = {}

    def plan(self, arguments: Mapping[str, str]) -> Change | None:
        """Return a change, None when nothing can go any more."""
        touched: dict[PythonFile, None] = {}
        for file in chosen_files(self._codebase, arguments):
            for candidate in _candidates(file) if file.path.endswith(".py") else ():
                if candidate.key in self._reasons or _is_meant(file, candidate.node):
                    continue
                try:
                    self._remove(candidate, touched)
                except RefactorError as error:
                    self._reasons[candidate.key] = (candidate.node.lineno, str(error))
        if not touched:
            return None
        imports = Imports(self._codebase, self._builder)
        imports.finish(touched)
        return self._builder.build(_TITLE)

    def _remove(self, candidate: _Candidate, touched: dict[PythonFile, None]) -> None:
        """Take one parameter out.

        Raises:
            RefactorError: Something needs it.
        """
        path, function, name = candidate.key
        reason = _need(self._codebase, candidate, is_public=self._is_public)
        if reason:
            raise UnsafeError(reason)
        symbol = f"{path}::{function}"
        uses = uses_of(self._codebase, symbol)
        _check_definitions(candidate, uses)
        _check_uses(self._codebase, candidate, uses)
        change = RemoveParameter().plan(self._codebase, {"function": symbol, "parameter": name})
        if change.doubts:
            doubt = change.doubts[0]
            raise UnsafeError(f"{doubt.path}:{doubt.line}: may call it or not")
        is_method = candidate.scope.parent is not None and (
            candidate.scope.parent.kind is ScopeKind.CLASS
        )
        if not uses.calls and (is_method or not self._is_public):
            raise UnsafeError("nothing here calls the function, so somebody else may")
        if not self._is_free(uses):
            # It goes in the next round.
            return
        self._take(change, touched)
        for one in uses.functions:
            self._document(one, name)

    def _is_free(self, uses: Uses) -> bool:
        """Tell whether nothing was changed yet in the signatures and calls; reserve them."""
        wanted: list[tuple[PythonFile, Span]] = []
        for function in uses.functions:
            bracket = function.brackets()
            wanted.append((function.file, Span(bracket.open_byte, bracket.close_byte)))
        for call in uses.calls:
            bracket = call.brackets()
            wanted.append((call.file, Span(bracket.open_byte, bracket.close_byte)))
        for file, span in wanted:
            for other in self._taken.get(file, ()):
                if span.start_byte < other.end_byte and other.start_byte < span.end_byte:
                    return False
        for file, span in wanted:
            self._taken.setdefault(file, []).append(span)
        return True

    def _take(self, change: Change, touched: dict[PythonFile, None]) -> None:
        for edited in change.plan.files:
            file = self._codebase.project.file(edited.path)
            assert file is not None, "it was changed"
            touched[file] = None
            for edit in edited.edits:
                text = edit.new_text.decode(file.source.encoding)
                span = Span(edit.start_byte, edit.end_byte)
                self._builder.replace(file, span, text.replace("\r\n", "\n"), edit.label)

    def _document(self, function: Function, name: str) -> None:
        """Take what the docstring says about the parameter away, or tell that it says it."""
        file, node = function.file, function.node
        entry = entry_of(file, node, name)
        found = docstring_of(node)
        if entry is not None:
            self._builder.replace(file, entry, "", f"parameter {name} goes")
        elif found is not None and re.search(rf"\b{re.escape(name)}\b", str(found.value)):
            text = f"the docstring of {node.name} still speaks of {name}"
            self._builder.note(file.path, found.lineno, text)


def _candidates(file: PythonFile) -> Iterator[_Candidate]:
    """Yield the parameters that no body names, by place."""
    used = {(o.bound(), o.name) for o in file.names.names if o.role is not Role.PARAMETER}
    for node, scope in file.names.scope_by_node.items():
        if not isinstance(node, _FunctionNode) or takes_fixtures(file, scope):
            continue
        if _reads_all(node) or (is_dunder(node.name) and node.name != "__init__"):
            continue
        positional = [*node.args.posonlyargs, *node.args.args]
        is_method = scope.parent is not None and scope.parent.kind is ScopeKind.CLASS
        first = positional[0] if positional and is_method else None
        if "staticmethod" in decorator_names(node):
            first = None
        for argument in all_arguments(node.args):
            is_rest = argument is node.args.vararg or argument is node.args.kwarg
            is_meant = argument.arg.startswith("_") or argument is first or is_rest
            if not is_meant and (scope, argument.arg) not in used:
                yield _Candidate(file, scope, node, argument)


def _reads_all(node: _FunctionNode) -> bool:
    """Tell whether a function may read all its variables."""
    names = {"locals", "vars", "eval", "exec"}
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


# Who else needs it


def _need(codebase: Codebase, candidate: _Candidate, *, is_public: bool) -> str:
    """Say who decides how a function is called, if not this workspace."""
    file, scope, node = candidate.file, candidate.scope, candidate.node
    reason = ""
    if not is_public and _may_be_imported(file, scope):
        reason = "code outside of the workspace may pass it; `public=yes` removes it"
    elif _has_acting_default(node, candidate.argument):
        reason = "its default does something"
    elif f"{file.path}i" in codebase.data_by_path:
        reason = "a stub declares the function"
    else:
        reason = _named_in_text(codebase, node.name) or _in_class(codebase, candidate)
    return reason


def _is_meant(file: PythonFile, node: _FunctionNode) -> bool:
    """Tell whether a signature is clearly made for somebody else, so that nobody need be told."""
    return (
        _is_interface(node)
        or b"noqa" in _lines(file, node.args)
        or node.name.startswith("pytest_")
        or bool(decorator_names(node) - {"staticmethod", "classmethod"})
        or any(not isinstance(one, ast.Name) for one in node.decorator_list)
    )


def _may_be_imported(file: PythonFile, scope: Scope) -> bool:
    if not is_public_module(file.path) or is_test_module(file.path):
        return False
    outer = [one for one in scope.outwards() if one.kind is not ScopeKind.MODULE]
    is_inner = any(one.kind is ScopeKind.FUNCTION for one in outer[1:])
    names = [one.name for one in outer]
    return not is_inner and all(not one.startswith("_") or is_dunder(one) for one in names)


def _is_interface(node: _FunctionNode) -> bool:
    """Tell whether a body does nothing, or only says that it is not there."""
    body = node.body[1:] if docstring_of(node) is not None else node.body
    for statement in body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Raise(exc=exception) if exception is not None:
                if "NotImplemented" in ast.unparse(exception):
                    continue
        return False
    return True


def _lines(file: PythonFile, arguments: ast.arguments) -> bytes:
    """Return the lines on which parameters stand."""
    found = all_arguments(arguments)
    first, last = min(one.lineno for one in found), max(one.end_lineno or 0 for one in found)
    data = file.source.data
    end = data.find(b"\n", file.byte_map.line_start(last))
    return data[file.byte_map.line_start(first) : len(data) if end < 0 else end]


def _has_acting_default(node: _FunctionNode, argument: ast.arg) -> bool:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs: list[tuple[ast.arg, ast.expr | None]] = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return any(one is argument and default is not None and _acts(default) for one, default in pairs)


def _acts(node: ast.expr) -> bool:
    return any(isinstance(one, ACTING) for one in ast.walk(node))


def _named_in_text(codebase: Codebase, name: str) -> str:
    """Say which configuration names a function, as an entry point does."""
    word = re.compile(rb"[:.]" + re.escape(name.encode()) + rb"\b(?!\.)")
    for path, data in codebase.data_by_path.items():
        if path.endswith(_CONFIGURATION) and word.search(data):
            return f"{path} names the function"
    return ""


def _in_class(codebase: Codebase, candidate: _Candidate) -> str:
    """Say which other class a method may stand in for."""
    owner = candidate.scope.parent
    if owner is None or owner.kind is not ScopeKind.CLASS:
        return ""
    name = candidate.node.name
    found = codebase.references.find(Symbol(candidate.file, owner, name))
    if found.foreign_bases:
        return "a base class outside of the workspace may have the method"
    if name == "__init__":
        return "the class has a `__new__`, too" if "__new__" in owner.sites else ""
    family = {of.scope for of in found.classes} | {owner}
    for file in codebase.project.files_with(name):
        for scope in file.names.scope_by_node.values():
            if scope.kind is ScopeKind.CLASS and scope not in family and name in scope.sites:
                return f"{scope.name} has a method of that name, which may be called alike"
    return ""


def _check_definitions(candidate: _Candidate, uses: Uses) -> None:
    """Refuse where a name has other definitions than those that change.

    Raises:
        UnsafeError: One of them may be what is called, as after `if …: from x import f`.
    """
    known = {id(one.node) for one in uses.functions}
    owner = candidate.scope.parent
    sites = owner.sites.get(candidate.node.name, ()) if owner is not None else ()
    if id(candidate.node) not in known or any(id(site.node) not in known for site in sites):
        raise UnsafeError("the function has another definition under the same name")


def _check_uses(codebase: Codebase, candidate: _Candidate, uses: Uses) -> None:
    """Refuse where a use of the function does not allow another signature.

    Raises:
        UnsafeError: With the reason.
    """
    argument = candidate.argument.arg
    positional = [one.arg for one in (*candidate.node.args.posonlyargs, *candidate.node.args.args)]
    index = positional.index(argument) if argument in positional else None
    for function in uses.functions:
        if _is_interface(function.node) and "overload" not in decorator_names(function.node):
            raise UnsafeError(f"{function.file.path}:{function.node.lineno}: is its interface")
    for call in uses.calls:
        slot = call.slot_of(argument, index)
        if slot is None:
            continue
        value = _argument_at(call, slot)
        if _acts(value):
            line = f"{call.file.path}:{call.node.lineno}"
            raise UnsafeError(f"{line}: computes {ast.unparse(value)} for it")
    for one in uses.values:
        if not uses.is_constructor or not _is_plain_mention(one):
            raise UnsafeError(f"{one.file.path}:{one.line}: hands the function on")
    symbol = Symbol(candidate.file, candidate.scope.parent or candidate.scope, candidate.node.name)
    for reference in codebase.references.find(symbol).found:
        if reference.kind is ReferenceKind.STRING:
            raise UnsafeError(f"{reference.file.path}:{reference.line}: names it in a string")


def _argument_at(call: CallSite, slot: int) -> ast.expr:
    """Return what a call passes as its argument at a place in the text."""
    values = [*call.node.args, *(one.value for one in call.node.keywords)]
    return sorted(values, key=lambda one: call.file.span(one).start_byte)[slot]


def _is_plain_mention(reference: Reference) -> bool:
    """Tell whether a class is only spoken of: in an annotation, a test of kind, as a base."""
    file = reference.file
    for node in ast.walk(file.tree):
        for holder in _speaking(node):
            span = file.span(holder)
            if span.start_byte <= reference.span.start_byte < span.end_byte:
                return True
    return False


def _speaking(node: ast.AST) -> list[ast.expr]:
    """Return the parts of a node in which a class is not called."""
    found: list[ast.expr | None] = []
    match node:
        case ast.arg(annotation=part) | ast.AnnAssign(annotation=part):
            found = [part]
        case ast.FunctionDef(returns=part) | ast.AsyncFunctionDef(returns=part):
            found = [part]
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, part]):
            found = [part]
        case ast.ClassDef(bases=bases):
            found = [*bases]
        case ast.ExceptHandler(type=part) | ast.Attribute(value=part):
            found = [part]
    return [one for one in found if one is not None]
