"""`print` becomes a call of the module's logger.

What a program says to its user is no log message: tests, command lines, and what runs below
`if __name__ == "__main__"` are left unless `where` names the file, and so is what a doctest or a
test that captures output reads. Values are handed to the logger, which formats them only when the
message is shown. A `print` to a file, or one that goes on in a line, stays.
"""

import ast
import re
from collections.abc import Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Scope, Span
from nanobot_engine.python.scope import Role, ScopeKind
from nanobot_engine.python.value import ClassValue, InstanceValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.convert.log_message import Message, message, quoted
from nanobot_engine.refactor.convert.module_logger import ModuleLogger, add_logger, module_logger
from nanobot_engine.refactor.convert.printed_output import PrintedOutput
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.expression import expressions, has_lost_comment
from nanobot_engine.refactor.source.rewriter import Part, Rewriter
from nanobot_engine.refactor.source.statement import body_of, removal

_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_SAID: Final = re.compile(r"\s*\W{0,3}(debug|warning|error|critical|fatal)\b", re.IGNORECASE)
_NOQA: Final = re.compile(rb"[ \t]*#[ \t]*noqa:[ \t]*T20[13][ \t]*(?=[\r\n]|\Z)")
_CONFIGURED: Final = re.compile(rb"basicConfig|dictConfig|fileConfig|addHandler")
_LINE_LENGTH_MIN: Final = 88


class ConvertPrint:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "convert print to logging"
    summary: Final = "Turn print calls into messages of the module's logger"
    parameters: Final = (
        WHERE,
        Parameter(
            "level",
            ParameterKind.CHOICE,
            "the level of all messages; without it what the text says, warning for standard "
            "error, else info",
            is_optional=True,
            choices=_LEVELS,
        ),
        Parameter(
            "logger",
            ParameterKind.NAME,
            "the name of the logger; the one of the module or `logger` without it",
            is_optional=True,
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        wished = arguments.get("logger", "")
        if wished:
            check_identifier(wished)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports, left = Imports(codebase, builder), LeftNotes()
        output = PrintedOutput(codebase, arguments.get("where", ""))
        touched = []
        for file in chosen_files(codebase, arguments):
            if not file.path.endswith(".py") or b"print" not in file.source.data:
                continue
            converter = _Converter(codebase, file, arguments.get("level", ""), left)
            if converter.convert(builder, imports, output, wished):
                touched.append(file)
        if not touched:
            first = left.first()
            reason = f"no print can become a log message; {first}" if first else "there is no print"
            raise UnsafeError(reason)
        imports.finish(touched)
        left.tell(builder)
        if not any(_CONFIGURED.search(data) for data in codebase.data_by_path.values()):
            text = "nothing here configures logging, which shows warnings and errors only by itself"
            builder.note(touched[0].path, 0, text)
        return builder.build("convert print to logging")


class _LeftError(Exception):
    """Why one print stays."""


class _Converter:
    """Converts one file."""

    def __init__(self, codebase: Codebase, file: PythonFile, level: str, left: LeftNotes) -> None:
        self._codebase = codebase
        self._file = file
        self._level = level
        self._left = left
        self._rewriter = Rewriter(file)
        self._scopes = dict(expressions(file))
        self._handlers = {
            inner
            for node in ast.walk(file.tree)
            if isinstance(node, ast.ExceptHandler)
            for inner in ast.walk(node)
        }
        text = file.source.data.decode(file.source.encoding)
        self._quote = '"' if text.count('"') >= text.count("'") else "'"
        self._length_max = max(_LINE_LENGTH_MIN, *(len(line) for line in text.splitlines()), 0)
        self._blank: list[ast.Call] = []
        self._shifted: dict[ast.Call, int] = {}

    def convert(
        self, builder: ChangeBuilder, imports: Imports, output: PrintedOutput, wished: str
    ) -> bool:
        """Replace what can be, and say whether something changed."""
        found = [
            (node, scope)
            for node, scope in self._scopes.items()
            if _is_print(scope, node) and isinstance(node, ast.Call)
        ]
        self._tell_values()
        if not found:
            return False
        logger = module_logger(self._codebase, self._file, wished)
        whole = output.of_file(self._file) or (logger if isinstance(logger, str) else "")
        converted: list[ast.Call] = []
        for node, scope in found:
            reason = whole or output.of_call(self._file, scope, node)
            if reason or isinstance(logger, str):
                self._left.add(self._file.path, node.lineno, reason)
                continue
            try:
                self._check(scope, node, logger)
                if self._replace(node, logger):
                    converted.append(node)
            except _LeftError as error:
                self._left.add(self._file.path, node.lineno, str(error))
        if not converted or isinstance(logger, str):
            return False
        self._rewriter.add_to(builder)
        self._remove_blank(builder)
        self._remove_marks(builder, converted)
        self._align(builder)
        if logger.is_new:
            add_logger(builder, imports, self._file, logger)
        return True

    def _remove_marks(self, builder: ChangeBuilder, converted: list[ast.Call]) -> None:
        """Take away the comments that allow a linter's rule against `print`."""
        for node in converted:
            comment = _NOQA.match(self._file.source.data, self._file.span(node).end_byte)
            if comment is not None:
                builder.replace(self._file, Span(*comment.span()), "", "there is no print any more")

    def _tell_values(self) -> None:
        calls = {id(call.func) for call, _ in self._file.names.calls}
        for one in self._file.names.names:
            is_print = one.name == "print" and one.role is Role.LOAD and one.bound() is None
            if is_print and id(one.node) not in calls:
                line = self._file.line(one.span.start_byte)
                self._left.add(self._file.path, line, "print is handed on as a value")

    def _check(self, scope: Scope, node: ast.Call, logger: ModuleLogger) -> None:
        if self._rewriter.is_in_string(node):
            raise _LeftError("it stands inside of an f-string")
        bound = scope.lookup(logger.name)
        if bound is not None and bound.parent is not None:
            raise _LeftError(f"{logger.name!r} means something else there")
        is_running = all(one.kind is not ScopeKind.FUNCTION for one in scope.outwards())
        if is_running and self._file.span(node).start_byte < logger.from_byte:
            raise _LeftError("it runs before the module has a logger")

    # One print

    def _replace(self, node: ast.Call, logger: ModuleLogger) -> bool:
        """Replace a print; return False for one of a blank line."""
        separator, is_error = self._options(node)
        if any(isinstance(one, ast.Starred) for one in node.args):
            self._replace_starred(node, logger, separator, is_error=is_error)
            return True
        said = message(node.args, separator)
        if said is None:
            if not self._rewriter.is_statement(node):
                raise _LeftError("it prints a blank line")
            self._blank.append(node)
            return False
        said = self._checked(node, said)
        callee = f"{logger.name}.{self._level_of(node, said, is_error=is_error)}"
        is_same = said.format is None and said.values == tuple(node.args)
        if is_same and not node.keywords:
            self._rewriter.replace(node.func, [callee], "was print")
            self._shifted[node] = len(callee) - len("print")
            return True
        if has_lost_comment(self._file, node, said.values):
            raise _LeftError("a comment inside would get lost")
        self._rewriter.replace(node, self._laid_out(node, callee, said), "was print")
        return True

    def _replace_starred(
        self, node: ast.Call, logger: ModuleLogger, separator: str, *, is_error: bool
    ) -> None:
        match node.args:
            case [ast.Starred(value=value)]:
                if has_lost_comment(self._file, node, [value]):
                    raise _LeftError("a comment inside would get lost")
                level = self._level_of(node, Message(None, (value,)), is_error=is_error)
                joined = f"{quoted(separator, self._quote)}.join(map(str, "
                parts: list[Part] = [f"{logger.name}.{level}({joined}", value, ")))"]
                self._rewriter.replace(node, parts, "was print")
            case _:
                raise _LeftError("it unpacks its values")

    def _options(self, node: ast.Call) -> tuple[str, bool]:
        """Return what stands between values, and whether they go to standard error."""
        separator, is_error = " ", False
        for keyword in node.keywords:
            match keyword:
                case ast.keyword(arg="sep", value=ast.Constant(value=str(text))):
                    separator = text
                case ast.keyword(arg="sep" | "file", value=ast.Constant(value=None)):
                    pass
                case ast.keyword(arg="end", value=ast.Constant(value=None | "\n")):
                    pass
                case ast.keyword(arg="end"):
                    raise _LeftError("more is printed in the same line")
                case ast.keyword(arg="flush", value=ast.Constant() | ast.Name()):
                    pass
                case ast.keyword(arg="file", value=value):
                    is_error = self._is_standard_error(value)
                case _:
                    raise _LeftError("its options are computed")
        return separator, is_error

    def _is_standard_error(self, node: ast.expr) -> bool:
        match ast.unparse(node):
            case "sys.stderr" | "sys.__stderr__" | "stderr":
                return True
            case "sys.stdout" | "sys.__stdout__" | "stdout":
                return False
        raise _LeftError("it writes to a file")

    def _checked(self, node: ast.Call, said: Message) -> Message:
        """Return the message, with an f-string kept where `%s` would not say the same."""
        only = node.args[0]
        if not isinstance(only, ast.JoinedStr) or len(node.args) > 1 or said.format is None:
            return said
        classes = self._codebase.references.inference.classes
        for value in said.values:
            found = self._codebase.references.inference.values(
                self._file, self._scopes[value], value
            )
            for one in found:
                of = one.of if isinstance(one, InstanceValue) else None
                if isinstance(of, ClassValue) and classes.is_enum(of):
                    # Of some enumerations `format` and `str` differ.
                    return Message(None, (only,))
        is_long = len(quoted(said.format, self._quote)) + node.col_offset + 6 > self._length_max
        return Message(None, (only,)) if is_long else said

    def _level_of(self, node: ast.Call, said: Message, *, is_error: bool) -> str:
        if self._level:
            return self._level
        first = said.format
        if first is None and said.values:
            value = said.values[0]
            match value:
                case ast.Constant(value=str(text)):
                    first = text
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                    first = text
                case ast.BinOp(left=ast.Constant(value=str(text))):
                    first = text
        match = _SAID.match(first or "")
        if match is not None:
            return {"fatal": "critical"}.get(match[1].lower(), match[1].lower())
        if is_error:
            return "error" if node in self._handlers else "warning"
        return "info"

    def _laid_out(self, node: ast.Call, callee: str, said: Message) -> list[Part]:
        """Return a call in one line, or with one argument in each."""
        arguments = said.parts(self._quote)
        texts = [
            part if isinstance(part, str) else self._rewriter.text(part)
            for argument in arguments
            for part in argument
        ]
        length = node.col_offset + len(callee) + 2 + sum(len(one) + 2 for one in texts) - 2
        is_open = (length > self._length_max and len(arguments) > 1) or "\n" in "".join(texts)
        start = self._file.byte_map.line_start(node.lineno)
        data = self._file.source.data[start : self._file.span(node).start_byte]
        if not is_open or data.strip():
            parts: list[Part] = [f"{callee}("]
            for index, argument in enumerate(arguments):
                parts += [", "] if index else []
                parts += argument
            return [*parts, ")"]
        indent = data.decode(self._file.source.encoding)
        unit = self._file.source.indent_unit
        parts = [f"{callee}(\n"]
        for argument in arguments:
            parts += [f"{indent}{unit}", *argument, ",\n"]
        return [*parts, f"{indent})"]

    def _align(self, builder: ChangeBuilder) -> None:
        """Keep the further lines of a call below its first argument, where they were."""
        data = self._file.source.data
        for node, by in self._shifted.items():
            span = self._file.span(node)
            written = data[span.start_byte : span.end_byte]
            column = self._file.span(node.args[0]).start_byte - self._file.byte_map.line_start(
                node.lineno
            )
            is_open = node.args[0].lineno != node.lineno
            if is_open or b'"""' in written or b"'''" in written or b"\\\n" in written:
                continue
            last = node.end_lineno or node.lineno
            for line in range(node.lineno + 1, last + 1):
                start = self._file.byte_map.line_start(line)
                if data[start : start + column].isspace():
                    builder.replace(self._file, Span(start, start), " " * by, "below its bracket")

    def _remove_blank(self, builder: ChangeBuilder) -> None:
        """Take away prints of blank lines beside the messages."""
        for node in self._blank:
            statement, _ = self._rewriter.parents[node]
            assert isinstance(statement, ast.stmt), "it was looked at"
            span = removal(self._file, statement)
            block = body_of(self._file, statement)
            is_emptied = all(getattr(one, "value", one) in self._blank for one in block)
            if span is None or is_emptied:
                self._left.add(self._file.path, node.lineno, "it prints a blank line")
            else:
                builder.replace(self._file, span, "", "a blank line is no message")


def _is_print(scope: Scope, node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return scope.lookup("print") is None
    return False
