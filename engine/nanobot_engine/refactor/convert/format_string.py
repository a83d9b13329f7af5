"""`%` formatting and `str.format` become f-strings, where they say exactly the same.

`%s` means `str(value)`, an f-string `format(value)`; they differ for some enumerations, so
`!s` is kept unless the value is a plain builtin. `%d` cuts fractions off, which `int` does
then. Other number formats need a number, and a lone
value after `%` must be no tuple: where nothing is known about the value, the f-string is only
likely the same, and where something else is known, the format is left.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nanobot_engine.python import Inference, PythonFile, Scope, Span
from nanobot_engine.python.value import UNKNOWN, ForeignValue, Values
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.old_format import (
    Field,
    Literal,
    Piece,
    brace_pieces,
    literals,
    percent_pieces,
    rebuilt,
)
from nanobot_engine.refactor.convert.single_value import SingleValues, is_a_name
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.source.expression import expressions, has_lost_comment
from nanobot_engine.refactor.source.rewriter import Rewriter

_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_BRACKETED: Final = (ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Dict, ast.Set)
_BUILTINS: Final = frozenset(
    f"builtins.{name}" for name in ("str", "int", "float", "bool", "bytes", "NoneType", "list")
)
_SIMPLE: Final = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call, ast.JoinedStr)
_LINE_LENGTH_MIN: Final = 88
_WORDS: Final = re.compile(r"[^ ]* +|[^ ]+")


class ConvertFormatStrings:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "convert format strings"
    summary: Final = "Turn % formatting and str.format into f-strings where they mean the same"
    parameters: Final = (WHERE,)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        count, left = 0, LeftNotes()
        for file in chosen_files(codebase, arguments):
            if not file.path.endswith(".py"):
                continue
            converter = _Converter(codebase.references.inference, file)
            count += converter.convert(builder, left)
        if not count:
            reason = "no format string can certainly become an f-string"
            first = left.first()
            raise UnsafeError(f"{reason}; {first}" if first else reason)
        left.tell(builder)
        return builder.build("convert format strings to f-strings")


class _LeftError(Exception):
    """Why one format string stays."""


class _Converter:
    """Converts one file."""

    def __init__(self, inference: Inference, file: PythonFile) -> None:
        self._inference = inference
        self._file = file
        self._rewriter = Rewriter(file)
        self._singles = SingleValues(inference, file)
        self._unless: list[str] = []
        """When the f-string that is being made would not say the same."""
        lines = file.source.data.decode(file.source.encoding).splitlines()
        self._line_length_max = max(_LINE_LENGTH_MIN, *(len(line) for line in lines), 0)

    def convert(self, builder: ChangeBuilder, left: LeftNotes) -> int:
        """Replace all that can be, tell what is left, and return how many were replaced."""
        count = 0
        # Inner ones first, so that an outer one sees what they became.
        for node, scope in reversed(list(expressions(self._file))):
            try:
                self._unless = []
                text = self._new_text(scope, node)
                if text is None:
                    continue
                reason = ", or ".join(["an f-string says the same", *self._unless])
                reason = reason.replace(", or", " unless", 1)
                self._rewriter.replace(node, (text,), reason, is_likely=bool(self._unless))
                count += 1
            except _LeftError as error:
                left.add(self._file.path, node.lineno, str(error))
        if count:
            self._rewriter.add_to(builder)
        return count

    def _new_text(self, scope: Scope, node: ast.expr) -> str | None:
        """Return the f-string; None for what is no format string."""
        match node:
            case ast.BinOp(left=ast.Constant(value=str()) as left, op=ast.Mod(), right=right):
                values = self._percent_values(scope, right)
                read = percent_pieces
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str()) as left, attr="format")
            ):
                values = _format_values(node)
                read = brace_pieces
            case ast.Call(func=ast.Attribute(attr="format", value=ast.Name() as value)) if (
                self._kinds(scope, value) == {"builtins.str"}
            ):
                raise _LeftError(f"its format is {value.id}, which is not written out here")
            case _:
                return None
        if self._rewriter.is_in_string(node):
            raise _LeftError("it stands inside of an f-string")
        parts = literals(self._file.text(self._file.span(left)))
        read_parts = rebuilt(parts, read) if parts is not None else None
        whole = read(str(left.value))
        if read_parts is None or whole is None:
            raise _LeftError("its format has no equal in an f-string")
        found = list(read_parts)
        fields = [piece for _, pieces in found for piece in pieces if isinstance(piece, Field)]
        if fields != [piece for piece in whole if isinstance(piece, Field)]:
            raise _LeftError("its fields are written with escapes")
        self._check(scope, node, left, fields, values)
        text = "".join(self._literal(scope, part, pieces, values) for part, pieces in found)
        _check_text(text, whole)
        if self._is_too_long(node, text):
            text = self._in_lines(scope, node, found, values)
            _check_text(text, whole)
            return text
        return self._held(node, text)

    def _percent_values(self, scope: Scope, right: ast.expr) -> dict[str | int, ast.expr]:
        match right:
            case ast.Tuple(elts=elements):
                if any(isinstance(one, ast.Starred) for one in elements):
                    raise _LeftError("it unpacks its values")
                return dict(enumerate(elements))
            case ast.Dict(keys=keys, values=values):
                found: dict[str | int, ast.expr] = {}
                for key, value in zip(keys, values, strict=True):
                    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                        raise _LeftError("its keys are computed")
                    found[key.value] = value
                return found
        if not self._singles.is_no_tuple(scope, right):
            if self._singles.may_be_tuple(scope, right):
                raise _LeftError("the value may be a tuple, which % takes for several values")
            self._unless.append(f"{ast.unparse(right)} is a tuple")
        return {0: right}

    def _kinds(self, scope: Scope, node: ast.expr) -> set[str]:
        """Return the classes that a value can be; empty when that is not known."""
        found = self._inference.values(self._file, scope, node)
        kinds = {one.name for one in found if isinstance(one, ForeignValue) and one.is_instance}
        return kinds if len(kinds) == len(found) else set()

    # Whether it can be

    def _check(
        self,
        scope: Scope,
        node: ast.expr,
        left: ast.expr,
        fields: Sequence[Field],
        values: Mapping[str | int, ast.expr],
    ) -> None:
        if not fields:
            raise _LeftError("it has no fields")
        counted = [field.key for field in fields]
        if set(counted) - set(values):
            raise _LeftError("a value is missing")
        is_percent = isinstance(node, ast.BinOp)
        if is_percent and set(values) - set(counted) and 0 in values:
            raise _LeftError("it has more values than fields")
        if len({type(key) for key in counted}) > 1 and is_percent:
            raise _LeftError("it mixes names and positions")
        acting = [key for key, value in values.items() if _acts(value)]
        if [key for key in counted if key in acting] != acting:
            raise _LeftError("a value would be computed in another order or number")
        for field in fields:
            self._check_kind(scope, field, values[field.key])
        kept = [left, *values.values()]
        if has_lost_comment(self._file, node, kept):
            raise _LeftError("a comment inside would get lost")

    def _check_kind(self, scope: Scope, field: Field, value: ast.expr) -> None:
        wanted = {"int": {"int", "bool"}, "number": {"int", "bool", "float"}}.get(field.needs)
        if wanted is None or self._is_cut_off(scope, field, value):
            return
        found = self._inference.values(self._file, scope, value)
        if not found or found - _instances(wanted) - UNKNOWN:
            raise _LeftError(f"it is not known that {ast.unparse(value)} is a number")
        if found >= UNKNOWN:
            kind = "whole number" if field.needs == "int" else "plain number"
            self._unless.append(f"{ast.unparse(value)} is no {kind}")

    def _is_cut_off(self, scope: Scope, field: Field, value: ast.expr) -> bool:
        """Tell whether a value is made a whole number with `int`, as `%d` does."""
        found = self._inference.values(self._file, scope, value)
        return (
            field.needs == "int"
            and field.spec.endswith("d")
            and scope.lookup("int") is None
            and not found <= _instances({"int", "bool"})
            and not found - UNKNOWN - _instances({"int", "bool", "float"})
        )

    def _is_plain(self, scope: Scope, value: ast.expr) -> bool:
        """Tell whether a value is certainly of a builtin class itself, not of a subclass."""
        if isinstance(value, ast.Constant | ast.JoinedStr) or is_a_name(value):
            return True
        if not isinstance(value, ast.Call):
            return False
        called = self._inference.values(self._file, scope, value.func)
        is_builtin = bool(called) and all(
            isinstance(one, ForeignValue) and one.name.startswith("builtins.") for one in called
        )
        return (
            is_builtin
            and bool(self._kinds(scope, value))
            and self._kinds(scope, value) <= _BUILTINS
        )

    # Text

    def _literal(
        self,
        scope: Scope,
        part: Literal,
        pieces: Sequence[Piece],
        values: Mapping[str | int, ast.expr],
    ) -> str:
        prefix = part.prefix.replace("u", "").replace("U", "")
        if not any(isinstance(piece, Field) for piece in pieces):
            body = "".join(str(piece) for piece in pieces)
            return f"{part.before}{prefix}{part.quote}{body}{part.quote}"
        text = "".join(self._piece(scope, piece, values, part.quote) for piece in pieces)
        return f"{part.before}f{prefix}{part.quote}{text}{part.quote}"

    def _piece(
        self, scope: Scope, piece: Piece, values: Mapping[str | int, ast.expr], quote: str
    ) -> str:
        if isinstance(piece, Field):
            return self._field(scope, piece, values[piece.key], quote)
        if "\\N{" in piece:
            raise _LeftError("it names a character")
        return piece.replace("{", "{{").replace("}", "}}")

    def _field(self, scope: Scope, field: Field, value: ast.expr, quote: str) -> str:
        text = self._rewriter.text(value)
        is_simple = isinstance(value, _SIMPLE) and not isinstance(value, ast.Constant)
        if self._is_cut_off(scope, field, value):
            text = f"int({text})"
        elif (field.access and not is_simple) or _is_cut(value):
            text = f"({text})"
        text = _requoted(text + field.access, quote)
        if text.startswith("{"):
            text = f" {text}"
        conversion, spec = field.conversion, field.spec
        if field.needs == "text" and self._is_plain(scope, value) and not spec:
            conversion = ""
        return f"{{{text}{conversion}{f':{spec}' if spec else ''}}}"

    def _is_too_long(self, node: ast.expr, text: str) -> bool:
        lengths = [len(line) for line in text.split("\n")]
        lengths[0] += self._column(node)
        return max(lengths) > self._line_length_max

    def _column(self, node: ast.expr) -> int:
        start = self._file.span(node).start_byte
        return start - self._file.byte_map.line_start(self._file.line(start))

    def _held(self, node: ast.expr, text: str) -> str:
        """Return a text of several lines in brackets, unless it is in some."""
        if "\n" not in text or _is_whole(text):
            return text
        parent, _ = self._rewriter.parents[node]
        is_held = isinstance(parent, _BRACKETED) or self._rewriter.has_brackets(node)
        return text if is_held else f"({text})"

    def _in_lines(
        self,
        scope: Scope,
        node: ast.expr,
        found: Sequence[tuple[Literal, Sequence[Piece]]],
        values: Mapping[str | int, ast.expr],
    ) -> str:
        """Return the f-string as several that stand below each other."""
        too_long = "the line would be longer than any of the file"
        if len({(part.prefix, part.quote) for part, _ in found}) > 1 or len(found[0][0].quote) > 1:
            raise _LeftError(too_long)
        start = self._file.span(node).start_byte
        line = self._file.byte_map.line_start(self._file.line(start))
        before = self._file.text(Span(line, start))
        margin = before[: len(before) - len(before.lstrip())]
        is_first = not before.strip()
        inner = margin if is_first else margin + self._file.source.indent_unit
        room = self._line_length_max - len(inner) - len(found[0][0].prefix) - 4
        lines: list[list[Piece]] = [[]]
        length = 0
        for piece in (piece for _, pieces in found for piece in pieces):
            for one in _WORDS.findall(piece) if isinstance(piece, str) else [piece]:
                size = len(self._piece(scope, one, values, found[0][0].quote))
                if length + size > room and lines[-1]:
                    lines.append([])
                    length = 0
                if size > room:
                    raise _LeftError(too_long)
                lines[-1].append(one)
                length += size
        part = Literal("", found[0][0].prefix, found[0][0].quote, "")
        text = f"\n{inner}".join(self._literal(scope, part, line, values) for line in lines)
        if is_first:
            return self._held(node, text)
        text = f"\n{inner}{text}\n{margin}"
        return text if self._rewriter.has_brackets(node) else f"({text})"


def _format_values(node: ast.Call) -> dict[str | int, ast.expr]:
    if any(isinstance(one, ast.Starred) for one in node.args):
        raise _LeftError("it unpacks its values")
    found: dict[str | int, ast.expr] = dict(enumerate(node.args))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _LeftError("it unpacks its values")
        found[keyword.arg] = keyword.value
    return found


def _acts(node: ast.expr) -> bool:
    return any(isinstance(one, _ACTING) for one in ast.walk(node))


def _instances(names: Iterable[str]) -> Values:
    return frozenset(ForeignValue(f"builtins.{name}", is_instance=True) for name in names)


def _is_cut(value: ast.expr) -> bool:
    """Tell whether a value has a colon of its own outside of brackets, or is a statement's."""
    return isinstance(value, ast.Lambda | ast.NamedExpr | ast.Yield | ast.YieldFrom) or (
        isinstance(value, ast.IfExp) and _is_cut(value.orelse)
    )


def _requoted(text: str, quote: str) -> str:
    """Return an expression with other quotes than the string it goes into.

    Before Python 3.12 it can hold neither the outer quotes nor backslashes or comments.
    """
    if "\\" in text or "#" in text or "\n" in text:
        raise _LeftError("a value has what f-strings of older versions can not hold")
    mark = quote[0]
    if mark not in text:
        return text
    other = "'" if mark == '"' else '"'
    if other in text:
        raise _LeftError("a value uses both kinds of quotes")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    if any(one.type == tokenize.STRING and re.match(r"[A-Za-z]", one.string) for one in tokens):
        raise _LeftError("a value holds a string of another kind")
    return text.replace(mark, other)


def _check_text(text: str, whole: Sequence[Piece]) -> None:
    """Refuse where the text around the fields would be another one."""
    try:
        tree = ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise _LeftError("the f-string would not parse") from error
    values = tree.values if isinstance(tree, ast.JoinedStr) else [tree]
    got = [str(value.value) if isinstance(value, ast.Constant) else None for value in values]
    if _merged(got) != _merged([None if isinstance(p, Field) else p for p in whole]):
        raise _LeftError("its text is written with escapes")


def _merged(pieces: Sequence[str | None]) -> list[str | None]:
    found: list[str | None] = []
    for piece in pieces:
        if piece and found and found[-1] is not None:
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return found


def _is_whole(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True
