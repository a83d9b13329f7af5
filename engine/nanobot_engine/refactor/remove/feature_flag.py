"""A flag that is always true or always false goes, and the code that it chose stays."""

import ast
import re
from collections.abc import Mapping
from typing import Final

from nanobot_engine.python import PythonFile, ReferenceKind, Span, Symbol
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.indentation import reindented
from nanobot_engine.refactor.source.statement import body_of, own_span, removal, whole_lines

_OPERATOR: Final = re.compile(rb"\s+(?:and|or)\b\s*")


class RemoveFeatureFlag:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "remove feature flag"
    summary: Final = "Remove a constant that is always true or false, and the branches it rules out"
    parameters: Final = (
        Parameter("flag", ParameterKind.SYMBOL, "the constant of a module"),
        Parameter(
            "value",
            ParameterKind.CHOICE,
            "what it always is; what the module sets without it",
            is_optional=True,
            choices=("true", "false"),
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        symbol, statement, set_to = _flag(codebase, arguments["flag"])
        value = _value(symbol, set_to, arguments.get("value", ""))
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        uses = _uses(codebase, imports, symbol, statement)
        for file, ends in uses.items():
            _Folding(builder, file, ends, is_true=value).fold()
        gone = removal(symbol.file, statement)
        if gone is None:
            raise UnsafeError(f"{symbol.file.path}:{statement.lineno}: shares its line")
        builder.replace(symbol.file, gone, "", f"{symbol.name} is always {value}")
        if not isinstance(set_to, ast.Constant):
            text = f"{symbol.name} was {ast.unparse(set_to)}, which nothing asks any more"
            builder.note(symbol.file.path, statement.lineno, text)
        imports.finish(uses)
        return builder.build(f"remove flag {symbol.name}, which is always {value}")


def _flag(codebase: Codebase, written: str) -> tuple[Symbol, ast.stmt, ast.expr]:
    """Return a flag, the only statement that sets it, and what that sets it to."""
    path, _, name = written.partition("::")
    symbol = codebase.references.symbol(path, name)
    if symbol is None:
        raise ArgumentError(f"{written}: there is no such name; search for it")
    symbol = codebase.references.origin(symbol)
    sites = symbol.scope.sites.get(symbol.name, ())
    for node in symbol.file.tree.body:
        match node:
            case (
                ast.Assign(targets=[target], value=ast.expr() as value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ) if len(sites) == 1 and sites[0].node in {target, node}:
                return symbol, node, value
    raise UnsafeError(f"{symbol.name}: is not set once at the top of its module")


def _value(symbol: Symbol, set_to: ast.expr, wanted: str) -> bool:
    """Return what a flag always is: what the user says, or what the module sets."""
    if wanted:
        return wanted == "true"
    match set_to:
        case ast.Constant(value=bool(value)):
            return value
    text = ast.unparse(set_to)
    raise UnsafeError(f"{symbol.name}: is set to {text}; say whether it is true or false")


def _uses(
    codebase: Codebase, imports: Imports, symbol: Symbol, statement: ast.stmt
) -> dict[PythonFile, set[int]]:
    """Return where uses of a flag end, by file, and take it out of imports."""
    own = own_span(symbol.file, statement)
    uses: dict[PythonFile, set[int]] = {symbol.file: set()}
    for reference in codebase.references.find(symbol).found:
        file, kind = reference.file, reference.kind
        if file is symbol.file and own.start_byte <= reference.span.start_byte < own.end_byte:
            continue
        if kind is ReferenceKind.IMPORT:
            imported = next(one for one, _ in file.names.imports if one.name_span == reference.span)
            if imported.as_span is not None:
                raise UnsafeError(f"{file.path}:{reference.line}: takes it under another name")
            imports.of(file).remove(imported)
        elif kind in {ReferenceKind.NAME, ReferenceKind.ATTRIBUTE}:
            uses.setdefault(file, set()).add(reference.span.end_byte)
        else:
            raise UnsafeError(f"{file.path}:{reference.line}: names it in a string; take it out")
    return uses


class _Folding:
    """Folds the conditions of one file."""

    def __init__(
        self, builder: ChangeBuilder, file: PythonFile, ends: set[int], *, is_true: bool
    ) -> None:
        self._builder = builder
        self._file = file
        self._ends = ends
        self._is_true = is_true
        self._done: set[int] = set()

    def fold(self) -> None:
        """Fold all uses.

        Raises:
            UnsafeError: One stands where it can not be folded.
        """
        self._statements(self._file.tree)
        for node in ast.walk(self._file.tree):
            if isinstance(node, ast.Name | ast.Attribute):
                end = self._file.span(node).end_byte
                if end in self._ends - self._done and isinstance(node.ctx, ast.Load):
                    # Anywhere else its value stands for it.
                    self._builder.replace(
                        self._file, self._file.span(node), str(self._is_true), "its value"
                    )
                    self._done.add(end)
        if self._ends - self._done:
            line = self._file.line(min(self._ends - self._done))
            raise UnsafeError(f"{self._file.path}:{line}: sets it, or stands in a string")

    def _statements(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            is_folded = isinstance(child, ast.If) and self._fold_if(child)
            if not is_folded and isinstance(child, ast.IfExp):
                is_folded = self._fold_choice(child)
            if not is_folded and isinstance(child, ast.BoolOp):
                self._fold_operand(child)
            if not is_folded:
                self._statements(child)

    def _known(self, node: ast.expr) -> bool | None:
        """Return what a condition always is; None when that depends on more."""
        match node:
            case ast.Name() | ast.Attribute():
                is_flag = self._file.span(node).end_byte in self._ends
                return self._is_true if is_flag else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                known = self._known(operand)
                return None if known is None else not known
            case ast.BoolOp(op=operator, values=[first, *_]):
                # What comes before the flag runs whatever the flag is.
                known = self._known(first)
                ruling = isinstance(operator, ast.Or)
                return known if known is ruling else None
        return None

    def _drop(self, span: Span) -> None:
        """Count the uses in a range as done: they go with it."""
        self._done |= {end for end in self._ends if span.start_byte < end <= span.end_byte}

    def _fold_choice(self, node: ast.IfExp) -> bool:
        known = self._known(node.test)
        if known is None:
            return False
        kept = node.body if known else node.orelse
        span = self._file.span(node)
        inner = self._file.span(kept)
        if any(inner.start_byte < end <= inner.end_byte for end in self._ends):
            return False
        self._builder.replace(self._file, span, self._file.text(inner), "the branch that stays")
        self._drop(span)
        return True

    def _fold_operand(self, node: ast.BoolOp) -> None:
        """Drop a first operand that decides nothing."""
        first = node.values[0]
        known = self._known(first)
        span = self._file.span(first)
        operator = _OPERATOR.match(self._file.source.data, span.end_byte)
        if known is isinstance(node.op, ast.And) and operator is not None:
            gone = Span(span.start_byte, operator.end())
            self._builder.replace(self._file, gone, "", "it decides nothing")
            self._drop(span)

    def _fold_if(self, node: ast.If) -> bool:
        known = self._known(node.test)
        if known is None:
            return False
        file, span = self._file, own_span(self._file, node)
        if file.source.data[span.start_byte : span.start_byte + 4] == b"elif":
            raise UnsafeError(f"{file.path}:{node.lineno}: an elif; make it an if in an else first")
        kept = node.body if known else node.orelse
        lines = whole_lines(file, node)
        if lines is None:
            raise UnsafeError(f"{file.path}:{node.lineno}: shares its line; split it first")
        if not kept:
            self._remove(node, span)
        else:
            self._keep(node, kept, span)
        self._drop(span)
        return True

    def _remove(self, node: ast.If, span: Span) -> None:
        block = body_of(self._file, node)
        gone = removal(self._file, node)
        if gone is None or (len(block) == 1 and block is not self._file.tree.body):
            self._builder.replace(self._file, span, "pass", "a branch that never runs")
        else:
            self._builder.replace(self._file, gone, "", "a branch that never runs")

    def _keep(self, node: ast.If, kept: list[ast.stmt], span: Span) -> None:
        file = self._file
        first = own_span(file, kept[0]).start_byte
        lines = [whole_lines(file, one) for one in kept]
        if None in lines or file.line(first) == node.lineno:
            raise UnsafeError(f"{file.path}:{node.lineno}: shares its line; split it first")
        start = lines[0].start_byte if lines[0] is not None else first
        inner = Span(start, own_span(file, kept[-1]).end_byte)
        if any(inner.start_byte < end <= inner.end_byte for end in self._ends):
            raise UnsafeError(
                f"{file.path}:{node.lineno}: asks for it again inside; fold that first"
            )
        old = file.text(Span(file.byte_map.line_start(file.line(first)), first))
        new = file.text(Span(file.byte_map.line_start(node.lineno), span.start_byte))
        text = reindented(file.text(inner).replace("\r\n", "\n"), old, new)
        self._builder.replace(file, span, text.removeprefix(new), "the branch that stays")
