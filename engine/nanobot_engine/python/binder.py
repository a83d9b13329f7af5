"""From a syntax tree to scopes and to every occurrence of a name, with its bytes.

The walk keeps its own stack: the depth of a file must not matter.
"""

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.python.import_name import imported_names
from nanobot_engine.python.placing import IDENTIFIER, Placing
from nanobot_engine.python.scope import (
    AttributeOccurrence,
    Import,
    KeywordOccurrence,
    ListedName,
    NameOccurrence,
    PathStep,
    Role,
    Scope,
    ScopeKind,
    Site,
    Span,
    Stored,
    all_arguments,
)

_BLANK: Final = rb"(?:[ \t\f\r\n]|\\|#[^\r\n]*)*"
_DEFINITION_NAME: Final = re.compile(
    rb"(?:async" + _BLANK + rb")?(?:def|class|type)" + _BLANK + rb"(" + IDENTIFIER + rb")"
)
_NAME: Final = re.compile(IDENTIFIER)
_AS_NAME: Final = re.compile(rb"\bas" + _BLANK + rb"(" + IDENTIFIER + rb")")
_REST_NAME: Final = re.compile(rb"\*\*" + _BLANK + rb"(" + IDENTIFIER + rb")")
_KEYWORD_BEFORE: Final = re.compile(rb"(" + IDENTIFIER + rb")" + _BLANK + rb"=" + _BLANK + rb"\Z")
_KEYWORD_PATTERN_BYTES_MAX: Final = 400

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_WRITTEN_OUT: Final = (ast.List, ast.Tuple, ast.Constant, ast.BinOp, ast.Starred)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class Names:
    """What one file says about names."""

    module: Scope
    names: list[NameOccurrence] = field(default_factory=list)
    attributes: list[AttributeOccurrence] = field(default_factory=list)
    keywords: list[KeywordOccurrence] = field(default_factory=list)
    imports: list[tuple[Import, Scope]] = field(default_factory=list)
    listed: list[ListedName] = field(default_factory=list)
    is_list_open: bool = False
    """Whether `__all__` may have more names than `listed`: it is computed in part."""
    stored: dict[str, list[Stored]] = field(default_factory=dict)
    """Assignments to attributes, by the name of the attribute."""
    calls: list[tuple[ast.Call, Scope]] = field(default_factory=list)
    scope_by_node: dict[ast.AST, Scope] = field(default_factory=dict)
    """The scope that a module, class, function, lambda or comprehension makes."""
    unplaced: list[tuple[str, int]] = field(default_factory=list)
    """Names (with their line) whose bytes could not be found, e.g. by an escape."""


def bind(tree: ast.Module, source: SourceFile, byte_map: ByteMap) -> Names:
    """Find the scopes of a module, what they bind, and every occurrence of a name.

    Args:
        tree: With true positions: see `fstring.place_strings`.
        source: The file.
        byte_map: Of `source`.
    """
    return _Binder(tree, source, byte_map).run()


class _Binder:
    def __init__(self, tree: ast.Module, source: SourceFile, byte_map: ByteMap) -> None:
        self._place = Placing(source, byte_map)
        self._data = source.data
        self._encoding = source.encoding
        self._tree = tree
        self._names = Names(Scope(ScopeKind.MODULE, "", tree, None))
        self._stack: list[tuple[ast.AST, Scope]] = []

    def run(self) -> Names:
        names = self._names
        names.scope_by_node[self._tree] = names.module
        self._push(self._tree.body, names.module)
        while self._stack:
            node, scope = self._stack.pop()
            handler = _HANDLERS.get(type(node))
            if handler is None:
                self._push(ast.iter_child_nodes(node), scope)
            else:
                handler(self, node, scope)
        names.unplaced = self._place.unplaced
        names.names.sort(key=lambda occurrence: occurrence.span.start_byte)
        return names

    def _push(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        self._stack.extend((node, scope) for node in reversed(list(nodes)) if node is not None)

    # What is found

    def _occurs(
        self, name: str, span: Span | None, role: Role, scope: Scope, node: ast.AST
    ) -> None:
        if span is not None:
            self._names.names.append(NameOccurrence(name, span, role, scope, node))

    def _binds(
        self,
        name: str,
        span: Span | None,
        scope: Scope,
        node: ast.AST,
        *,
        value: ast.expr | None = None,
        path: tuple[PathStep, ...] = (),
        annotation: ast.expr | None = None,
        imported: Import | None = None,
        evaluated_in: Scope | None = None,
    ) -> None:
        target: Scope | None = scope
        if name in scope.global_names:
            target = scope.module()
        elif name in scope.nonlocal_names and scope.parent is not None:
            target = scope.parent.lookup(name) or scope
        assert target is not None, "a scope has a module"
        # A name that can not be placed is bound all the same.
        site = Site(
            node,
            span or Span(0, 0),
            self._bound_from(node, value, span),
            evaluated_in or scope,
            value,
            path,
            annotation,
            imported,
        )
        target.sites.setdefault(name, []).append(site)

    def _bound_from(self, node: ast.AST, value: ast.expr | None, span: Span | None) -> int:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self._place.start(node.body[0])
        if value is not None:
            return self._place.end(value)
        return span.start_byte if span is not None else 0

    def _child(self, kind: ScopeKind, name: str, node: ast.AST, parent: Scope) -> Scope:
        scope = Scope(kind, name, node, parent)
        parent.children.append(scope)
        self._names.scope_by_node[node] = scope
        return scope

    # Definitions

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        span = self._place.found(
            _DEFINITION_NAME, self._place.start(node), self._place.end(node), node.name, node.lineno
        )
        self._binds(node.name, span, scope, node)
        self._occurs(node.name, span, Role.DEFINITION, scope, node)
        outer = self._type_parameters(node, scope)
        inner = self._child(ScopeKind.FUNCTION, node.name, node, outer)
        self._declarations(node.body, inner)
        self._push(node.body, inner)
        self._arguments(node.args, inner, outer)
        self._push([node.returns], outer)
        self._push(node.decorator_list, scope)

    def lambda_(self, node: ast.Lambda, scope: Scope) -> None:
        inner = self._child(ScopeKind.FUNCTION, "<lambda>", node, scope)
        self._push([node.body], inner)
        self._arguments(node.args, inner, scope)

    def _arguments(self, arguments: ast.arguments, inner: Scope, outer: Scope) -> None:
        for argument in all_arguments(arguments):
            span = self._place.span_at(self._place.start(argument), argument.arg, argument.lineno)
            self._binds(
                argument.arg,
                span,
                inner,
                argument,
                annotation=argument.annotation,
                evaluated_in=outer,
            )
            self._occurs(argument.arg, span, Role.PARAMETER, inner, argument)
            self._push([argument.annotation], outer)
        self._push([*arguments.defaults, *arguments.kw_defaults], outer)

    def class_(self, node: ast.ClassDef, scope: Scope) -> None:
        span = self._place.found(
            _DEFINITION_NAME, self._place.start(node), self._place.end(node), node.name, node.lineno
        )
        self._binds(node.name, span, scope, node)
        self._occurs(node.name, span, Role.DEFINITION, scope, node)
        outer = self._type_parameters(node, scope)
        inner = self._child(ScopeKind.CLASS, node.name, node, outer)
        self._declarations(node.body, inner)
        self._push(node.body, inner)
        self._push([*node.bases, *(keyword.value for keyword in node.keywords)], outer)
        self._push(node.decorator_list, scope)

    def _type_parameters(self, node: Any, scope: Scope) -> Scope:
        """Return the scope of `def f[T]` (Python 3.12), or `scope` without any."""
        parameters = getattr(node, "type_params", [])
        if not parameters:
            return scope
        inner = Scope(ScopeKind.FUNCTION, "", node, scope)
        scope.children.append(inner)
        for parameter in parameters:
            start = self._place.start(parameter) + (
                0 if type(parameter).__name__ == "TypeVar" else 1
            )
            span = self._place.span_at(start, parameter.name, parameter.lineno)
            self._binds(parameter.name, span, inner, parameter)
            self._occurs(parameter.name, span, Role.STORE, inner, parameter)
            self._push([getattr(parameter, "bound", None)], inner)
        return inner

    def _declarations(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Read `global` and `nonlocal` before what they speak of is bound."""
        stack: list[ast.AST] = list(body)
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Global):
                scope.global_names.update(node.names)
            elif isinstance(node, ast.Nonlocal):
                scope.nonlocal_names.update(node.names)
            elif not isinstance(
                node, ast.expr | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ):
                stack.extend(ast.iter_child_nodes(node))

    def declared(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        position, end = self._place.start(node), self._place.end(node)
        for name in node.names:
            pattern = re.compile(rb"\b(" + re.escape(name.encode(self._encoding)) + rb")\b")
            span = self._place.found(pattern, position + len("global"), end, name, node.lineno)
            self._occurs(name, span, Role.DECLARED, scope, node)
            if isinstance(node, ast.Global):
                # The name is the module's even where only functions bind it.
                scope.module().sites.setdefault(name, [])

    # Names

    def name_(self, node: ast.Name, scope: Scope) -> None:
        span = self._place.span_at(self._place.start(node), node.id, node.lineno)
        role = Role.LOAD
        if isinstance(node.ctx, ast.Store):
            # Bound by the statement that knows the value: see `_target`.
            role = Role.STORE
        elif isinstance(node.ctx, ast.Del):
            role = Role.DELETE
            self._binds(node.id, span, scope, node)
        self._occurs(node.id, span, role, scope, node)

    def _target(
        self,
        node: ast.expr,
        scope: Scope,
        value: ast.expr | None,
        path: tuple[PathStep, ...] = (),
        *,
        annotation: ast.expr | None = None,
        evaluated_in: Scope | None = None,
    ) -> None:
        """Bind what an assignment target names, at any depth of unpacking."""
        match node:
            case ast.Name(id=name):
                match = _NAME.match(self._data, self._place.start(node))
                span = Span(*match.span()) if match else None
                self._binds(
                    name,
                    span,
                    scope,
                    node,
                    value=value,
                    path=path,
                    annotation=annotation,
                    evaluated_in=evaluated_in,
                )
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                starred = any(isinstance(element, ast.Starred) for element in elements)
                for index, element in enumerate(elements):
                    step: PathStep = "element" if starred else index
                    self._target(element, scope, value, (*path, step), evaluated_in=evaluated_in)
            case ast.Starred(value=inner):
                self._target(inner, scope, None)
            case ast.Attribute():
                stored = Stored(node, scope, value, path, annotation)
                self._names.stored.setdefault(node.attr, []).append(stored)

    def assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            self._target(target, scope, node.value)
        self._listed(node.targets, node.value, scope)
        self._push([*node.targets, node.value], scope)

    def annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        self._target(node.target, scope, node.value, annotation=node.annotation)
        if node.value is not None:
            self._listed([node.target], node.value, scope)
        self._push([node.target, node.annotation, node.value], scope)

    def augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        self._target(node.target, scope, None)
        self._listed([node.target], node.value, scope)
        self._push([node.target, node.value], scope)

    def walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        bound = next(s for s in scope.outwards() if s.kind is not ScopeKind.COMPREHENSION)
        self._target(node.target, bound, node.value, evaluated_in=scope)
        self._push([node.value], scope)
        self._push([node.target], bound)

    def for_(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self._target(node.target, scope, node.iter, ("element",))
        self._push([node.target, node.iter, *node.body, *node.orelse], scope)

    def with_(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._target(item.optional_vars, scope, item.context_expr, ("enter",))
            self._push([item.context_expr, item.optional_vars], scope)
        self._push(node.body, scope)

    def except_(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name is not None and node.type is not None:
            span = self._place.found(
                _AS_NAME,
                self._place.end(node.type),
                self._place.start(node.body[0]),
                node.name,
                node.lineno,
            )
            self._binds(node.name, span, scope, node, value=node.type, path=("exception",))
            self._occurs(node.name, span, Role.STORE, scope, node)
        self._push([node.type, *node.body], scope)

    def comprehension(self, node: Any, scope: Scope) -> None:
        inner = self._child(ScopeKind.COMPREHENSION, "", node, scope)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._push(results, inner)
        for index, generator in enumerate(node.generators):
            outside = scope if index == 0 else inner
            self._target(
                generator.target, inner, generator.iter, ("element",), evaluated_in=outside
            )
            self._push([generator.target, *generator.ifs], inner)
            # The first iterable is evaluated outside.
            self._push([generator.iter], outside)

    # Patterns

    def match_as(self, node: ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
        if node.name is not None:
            span = self._place.span_before(self._place.end(node), node.name, node.lineno)
            match node:
                case ast.MatchAs(pattern=ast.MatchClass(cls=of)):
                    # An instance of the class, as `except Class as name` binds one.
                    self._binds(node.name, span, scope, node, value=of, path=("exception",))
                case _:
                    self._binds(node.name, span, scope, node)
            self._occurs(node.name, span, Role.STORE, scope, node)
        self._push(ast.iter_child_nodes(node), scope)

    def match_mapping(self, node: ast.MatchMapping, scope: Scope) -> None:
        if node.rest is not None:
            start = self._place.end(node.patterns[-1]) if node.patterns else self._place.start(node)
            span = self._place.found(
                _REST_NAME, start, self._place.end(node), node.rest, node.lineno
            )
            self._binds(node.rest, span, scope, node)
            self._occurs(node.rest, span, Role.STORE, scope, node)
        self._push(ast.iter_child_nodes(node), scope)

    def match_class(self, node: ast.MatchClass, scope: Scope) -> None:
        for name, pattern in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
            end = self._place.start(pattern)
            start = max(self._place.end(node.cls), end - _KEYWORD_PATTERN_BYTES_MAX)
            match = _KEYWORD_BEFORE.search(self._data[start:end])
            found = (start + match.start(1), start + match.end(1)) if match else None
            span = self._place.checked(found, name, pattern.lineno)
            if span is not None:
                self._names.attributes.append(
                    AttributeOccurrence(
                        name, span, scope, node.cls, is_pattern=True, is_store=False
                    )
                )
        self._push(ast.iter_child_nodes(node), scope)

    # Expressions

    def attribute(self, node: ast.Attribute, scope: Scope) -> None:
        span = self._place.span_before(self._place.end(node), node.attr, node.lineno)
        if span is not None:
            is_store = not isinstance(node.ctx, ast.Load)
            self._names.attributes.append(
                AttributeOccurrence(
                    node.attr, span, scope, node.value, is_pattern=False, is_store=is_store
                )
            )
        self._push([node.value], scope)

    def call(self, node: ast.Call, scope: Scope) -> None:
        self._names.calls.append((node, scope))
        for keyword in node.keywords:
            if keyword.arg is not None:
                span = self._place.span_at(self._place.start(keyword), keyword.arg, keyword.lineno)
                if span is not None:
                    self._names.keywords.append(KeywordOccurrence(keyword.arg, span, scope, node))
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend" | "append"),
                args=[value],
            ):
                self._listed([ast.Name("__all__")], value, scope)
        self._push([node.func, *node.args, *(k.value for k in node.keywords)], scope)

    def _listed(self, targets: Sequence[ast.expr], value: ast.expr, scope: Scope) -> None:
        is_all = any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)
        if not is_all or scope.kind is not ScopeKind.MODULE:
            return
        for node in ast.walk(value):
            if isinstance(node, ast.expr) and not isinstance(node, _WRITTEN_OUT):
                self._names.is_list_open = True
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                raw = self._data[self._place.start(node) : self._place.end(node)]
                encoded = node.value.encode(self._encoding, errors="replace")
                offset = raw.find(encoded)
                if encoded and offset >= 0:
                    start = self._place.start(node) + offset
                    span = Span(start, start + len(encoded))
                    self._names.listed.append(ListedName(node.value, span))

    def import_(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for imported, span in imported_names(node, self._place):
            self._names.imports.append((imported, scope))
            if imported.bound != "*":
                alias = imported.alias
                self._binds(imported.bound, span, scope, alias, imported=imported)
                self._occurs(imported.bound, span, Role.IMPORT, scope, alias)


_Handler = Callable[[_Binder, Any, Scope], None]

_HANDLERS: Final[dict[type[ast.AST], _Handler]] = {
    ast.FunctionDef: _Binder.function,
    ast.AsyncFunctionDef: _Binder.function,
    ast.Lambda: _Binder.lambda_,
    ast.ClassDef: _Binder.class_,
    ast.Global: _Binder.declared,
    ast.Nonlocal: _Binder.declared,
    ast.Name: _Binder.name_,
    ast.Assign: _Binder.assign,
    ast.AnnAssign: _Binder.annotated,
    ast.AugAssign: _Binder.augmented,
    ast.NamedExpr: _Binder.walrus,
    ast.For: _Binder.for_,
    ast.AsyncFor: _Binder.for_,
    ast.With: _Binder.with_,
    ast.AsyncWith: _Binder.with_,
    ast.ExceptHandler: _Binder.except_,
    ast.MatchAs: _Binder.match_as,
    ast.MatchStar: _Binder.match_as,
    ast.MatchMapping: _Binder.match_mapping,
    ast.MatchClass: _Binder.match_class,
    ast.Attribute: _Binder.attribute,
    ast.Call: _Binder.call,
    ast.Import: _Binder.import_,
    ast.ImportFrom: _Binder.import_,
    **dict.fromkeys(_COMPREHENSIONS, _Binder.comprehension),
}
