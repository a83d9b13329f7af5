"""The recipe "add logging": a debug message where a function starts, and where it ends.

A program decides everything: which functions have enough in them to be worth a line, the
words (from the function's name), and which arguments are said: only those whose name or
annotation tells that they are small and no secret. No model is asked. Proved is that
nothing but calls of the module's logger was added.
"""

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import BytesKeptGate, Gate, ParsesGate, SourceFile, TextEdit
from nanobot_engine.edit.python_names import dotted_name, is_dunder
from nanobot_engine.edit.python_span import definition_span, header_line_end
from nanobot_engine.edit.python_syntax import docstring_of
from nanobot_engine.python import PythonFile, read_python
from nanobot_engine.recipe.addition.gate import OnlyAddedGate, is_logged
from nanobot_engine.recipe.addition.layout import indent_unit, usual_width
from nanobot_engine.recipe.addition.logger import logger_edits, module_logger
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.log_calls.function_words import doing
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_definition, left_items
from nanobot_engine.recipe.names_gate import NamesGate
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.python_function import Function, functions
from nanobot_engine.recipe.recipe import Candidate, Item, ProgramRecipe, Recipe

NAME: Final = "add logging"
EXAMPLE: Final = "add logging to the public functions"

_START: Final = "start"
_END: Final = "end"
_STATEMENTS_MIN: Final = 2
"""Of a function that is worth a line in the log; a shorter one is only read again there."""
_ARGUMENTS_MAX: Final = 4

_LEVELS: Final = frozenset({"debug", "info"})
_LOGGING_METHODS: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log"}
)
_SKIPPED_DECORATORS: Final = frozenset(
    {"property", "cached_property", "setter", "deleter", "overload", "abstractmethod", "njit"}
    | {"jit", "fixture", "lru_cache", "cache"}
)
_SIMPLE_TYPES: Final = frozenset({"str", "int", "float", "bool", "Path", "PurePath", "PathLike"})
_SIMPLE_NAMES: Final = frozenset(
    {
        "channel", "code", "command", "count", "depth", "destination", "directory", "domain",
        "encoding", "end", "endpoint", "extension", "field", "file", "filename", "filepath",
        "folder", "format", "fname", "height", "host", "hostname", "id", "index", "interval",
        "kind", "label", "level", "limit", "locale", "method", "mode", "model", "module", "name",
        "number", "offset", "page", "path", "pattern", "pid", "port", "position", "prefix",
        "priority", "retries", "root", "scheme", "size", "source", "start", "state", "status",
        "step", "suffix", "table", "target", "timeout", "topic", "type", "uri", "url", "version",
        "width",
    }
)  # fmt: skip
_SECRET: Final = re.compile(
    r"pass|secret|token|credential|key|private|auth|cookie|session|body|content|data|text"
)

_ABOUT: Final = re.compile(
    r"\blogging\b|\b(?:debug|info)?\s*log(?:ging)?\s+(?:messages?|statements?|calls?|lines?|entries)"
    r"\b|\blogs\b|\bdebug logs?\b|\blog\s+(?:every|each|all)\b",
    re.IGNORECASE,
)
_WISH: Final = re.compile(
    r"\b(?:add|put|insert|introduce|implement|include)\b|\blog\s+(?:every|each|all)\b.*\bcalls?\b"
    r"|^(?:(?:please|more|some|debug)\s+)*logging\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(?:remove|delete|strip|drop|convert|replace|instead|prints?|rename|move|error|errors|"
    r"exceptions?|handlers?|config\w*|set\s*up|setup|docstrings?|to\s+logging|parameters?|"
    r"arguments?|options?|flags?|modules?\s+logging|logging\s+modules?|levels?)\b",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(
    r"\b(?:entry|enter|start|beginning)\b.*\b(?:exit|leave|end|finish)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the user meant."""

    place: Place = EVERYWHERE
    with_tests: bool = False
    only_public: bool = False
    with_end: bool = False
    level: str = "debug"

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {
            **self.place.to_arguments(),
            "with_tests": str(self.with_tests).lower(),
            "only_public": str(self.only_public).lower(),
            "with_end": str(self.with_end).lower(),
            "level": self.level,
        }

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Scope":
        """Read what `to_arguments` wrote."""
        return cls(
            place=Place.from_arguments(arguments),
            with_tests=arguments["with_tests"] == "true",
            only_public=arguments["only_public"] == "true",
            with_end=arguments["with_end"] == "true",
            level=arguments["level"],
        )


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that asks for logging."""
    if not _ABOUT.search(sentence) or not _WISH.search(sentence) or _REFUSED.search(sentence):
        return None
    scope = Scope(
        place=place_of(sentence),
        with_tests=bool(re.search(r"\btests?\b", sentence, re.IGNORECASE)),
        only_public=bool(re.search(r"\bpublic\b|\bapi\b", sentence, re.IGNORECASE)),
        with_end=bool(_BOTH.search(sentence)),
        level="info" if re.search(r"\binfo\b", sentence, re.IGNORECASE) else "debug",
    )
    return Goal(sentence, NAME, scope.to_arguments())


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores."""
    return LogRecipe(Scope.from_arguments(arguments))


@dataclass(frozen=True, slots=True, eq=False)
class _Logged:
    """One message to add."""

    qualified_name: str
    function: Function
    moment: str


class LogRecipe(ProgramRecipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:  # noqa: ARG002 - the protocol's signature
        """Parses; AST equal but for calls of the logger; names resolve; bytes kept."""
        only_added = OnlyAddedGate("only logging added", _unwrapped)
        return (ParsesGate(), only_added, NamesGate(), BytesKeptGate())

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the functions of one file that get a message."""
        path = source.path
        is_meant = self._scope.place.has_file(path, with_tests=self._scope.with_tests)
        if not path.endswith(".py") or not is_meant:
            return
        done = []
        for key, logged in _messages(source).items():
            name = logged.qualified_name
            if (
                (self._scope.with_end or logged.moment == _START)
                and not (_is_private(name) and self._scope.only_public)
                and self._scope.place.has_name(name)
            ):
                done.append(name)
                yield Item(key, path, f"{name}: its {logged.moment}")
        yield from left_items(source, self._scope.place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate:  # noqa: ARG002 - the protocol's signature
        """Settle everything."""
        if is_left(item):
            return NOTHING
        return Candidate(self._scope.level, frozenset({self._scope.level}))

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:  # noqa: ARG002 - settled
        """Add the message: a pure insertion of lines.

        Raises:
            DeclinedError: It does not fit a line, or the function gets none.
            LoggerError: The module can have no logger.
        """
        if is_left(item):
            raise DeclinedError(self._why_nothing(source, item))
        file, logged = _file(source), _messages(source)[item.key]
        is_start = logged.moment == _START
        place, indent = _start(file, logged.function) if is_start else _end(file, logged.function)
        unit = indent_unit(file, logged.function, indent)
        call = f"{module_logger(file).name}.{self._scope.level}"
        forms = _forms(f"{indent}{call}", indent, unit, *_message(logged))
        width = usual_width(file)
        lines = next((one for one in forms if max(map(len, one)) <= width), None)
        if lines is None:
            raise DeclinedError(f"its message does not fit {width} columns")
        written = "".join(f"{line}\n" for line in lines).replace("\n", source.newline)
        return TextEdit(
            place, place, written.encode(source.encoding), item.key, f"log {logged.qualified_name}"
        )

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Give the module a logger, unless it has one."""
        return logger_edits(_file(source)) if text_by_key else ()

    def _why_nothing(self, source: SourceFile, item: Item) -> str:
        """Say why a definition that was named gets no message."""
        found = left_definition(source, item)
        if isinstance(found.node, ast.ClassDef):
            return "no method in it gets a message"
        reason = _why_not(_file(source), item.label, found.node)
        # Left over: it would get one, had not the sentence asked for public functions.
        return reason or "it is not public"


def _is_private(qualified_name: str) -> bool:
    return any(part.startswith("_") for part in qualified_name.split("."))


def _unwrapped(node: ast.stmt) -> Sequence[ast.stmt] | None:
    return () if is_logged(node, _LEVELS) else None


@functools.lru_cache(maxsize=32)
def _file(source: SourceFile) -> PythonFile:
    """Parse a file once for all its items."""
    return read_python(source)


@functools.lru_cache(maxsize=32)
def _messages(source: SourceFile) -> Mapping[str, _Logged]:
    return dict(_keyed(_file(source), source.path))


def _keyed(file: PythonFile, path: str) -> Iterator[tuple[str, _Logged]]:
    """Yield the messages of a file with their keys, in order of the text."""
    count_by_name: Counter[str] = Counter()
    for name, function in functions(file.tree):
        count_by_name[name] += 1
        ordinal = f"#{count_by_name[name]}" if count_by_name[name] > 1 else ""
        if _why_not(file, name, function):
            continue
        yield f"{path}::{name}{ordinal}", _Logged(name, function, _START)
        if _has_end(file, function):
            yield f"{path}::{name}{ordinal}@end", _Logged(name, function, _END)


def _why_not(file: PythonFile, name: str, function: Function) -> str:
    """Say why a function gets no message; nothing for one that gets some."""
    decorators = [
        dotted_name(one.func if isinstance(one, ast.Call) else one) or ""
        for one in function.decorator_list
    ]
    skipped = [one for one in decorators if one.rpartition(".")[2] in _SKIPPED_DECORATORS]
    body = function.body if docstring_of(function) is None else function.body[1:]
    nodes = [node for one in body for node in ast.walk(one)]
    count = sum(isinstance(node, ast.stmt) for node in nodes)
    reasons = (
        ("<locals>" in name, "it is inside of a function"),
        (is_dunder(function.name), "Python calls it by itself"),
        (skipped, f"its decorator @{skipped[0] if skipped else ''} does not go with a log"),
        (count < _STATEMENTS_MIN, f"it has {'only one' if count else 'no'} statement"),
        (any(map(_is_logging, nodes)), "it logs already"),
    )
    reason = next((reason for holds, reason in reasons if holds), "")
    if not reason and not _has_lines(file, function):
        return "its statements are not on lines of their own"
    return reason


def _is_logging(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            root = (dotted_name(value) or "").lower()
            return method in _LOGGING_METHODS and "log" in root
    return False


def _has_lines(file: PythonFile, function: Function) -> bool:
    """Tell whether the body is on lines of its own."""
    span = definition_span(file.source, file.byte_map, function)
    if span.body_on_header_line or header_line_end(file.source.data, span.header_end_byte) is None:
        return False
    if docstring_of(function) is None:
        return True
    # Nothing may follow a docstring on its line.
    first, second = function.body[0], function.body[1]
    rest = file.source.data[file.span(first).end_byte : _next_line(file, first)]
    return second.lineno > (first.end_lineno or 0) and rest.strip()[:1] in {b"", b"#"}


def _start(file: PythonFile, function: Function) -> tuple[int, str]:
    """Return where the first message goes, and its indentation."""
    span = definition_span(file.source, file.byte_map, function)
    if docstring_of(function) is not None:
        return _next_line(file, function.body[0]), span.body_indent.decode("ascii")
    place = header_line_end(file.source.data, span.header_end_byte)
    assert place is not None, "the body is on lines of its own"
    return place, span.body_indent.decode("ascii")


def _has_end(file: PythonFile, function: Function) -> bool:
    """Tell whether a function has one end that a message can stand before."""
    nodes = [node for one in function.body for node in ast.walk(one)]
    returns = [node for node in nodes if isinstance(node, ast.Return)]
    last = function.body[-1]
    is_generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes)
    if is_generator or any(one is not last for one in returns):
        return False
    if isinstance(last, ast.Return):
        start = file.byte_map.line_start(last.lineno)
        is_alone = not file.source.data[start : file.span(last).start_byte].strip()
        is_simple = last.value is None or isinstance(
            last.value, ast.Name | ast.Constant | ast.Attribute
        )
        return is_alone and is_simple
    is_plain = isinstance(last, ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete)
    rest = file.source.data[file.span(last).end_byte : _next_line(file, last)]
    return is_plain and rest.strip()[:1] in {b"", b"#"} and rest.endswith((b"\n", b"\r"))


def _end(file: PythonFile, function: Function) -> tuple[int, str]:
    """Return where the last message goes, and its indentation."""
    indent = definition_span(file.source, file.byte_map, function).body_indent.decode("ascii")
    last = function.body[-1]
    if isinstance(last, ast.Return):
        return file.byte_map.line_start(last.lineno), indent
    return _next_line(file, last), indent


def _next_line(file: PythonFile, statement: ast.stmt) -> int:
    """Return where the line after a statement starts; the end of a file without one."""
    data, newline = file.source.data, file.source.newline_bytes
    found = data.find(newline, file.span(statement).end_byte)
    return len(data) if found < 0 else found + len(newline)


def _message(logged: _Logged) -> tuple[str, list[str]]:
    """Return the words and the arguments of a message."""
    name = logged.qualified_name.replace("<locals>.", "")
    phrase = doing(logged.function.name)
    if phrase is not None and " " not in phrase and "." in name:
        # "Closing": what?
        phrase = None
    if logged.moment == _END:
        done = f"Finished {phrase[0].lower()}{phrase[1:]}" if phrase else f"Leaving {name}"
        return done, []
    arguments = _told_arguments(logged.function)
    told = ", ".join(f"{one}=%r" for one in arguments)
    return (phrase or f"Entering {name}") + (f": {told}" if told else ""), arguments


def _forms(
    call: str, indent: str, unit: str, text: str, arguments: list[str]
) -> Iterator[list[str]]:
    """Yield a call in the ways that it can be laid out, the best first."""
    parts = [f'"{text}"', *arguments]
    yield [f"{call}({', '.join(parts)})"]
    yield [f"{call}(", f"{indent}{unit}{', '.join(parts)}", f"{indent})"]
    yield [f"{call}(", *(f"{indent}{unit}{part}," for part in parts), f"{indent})"]
    if arguments:
        yield [f'{call}("{text.partition(":")[0]}")']


def _told_arguments(function: Function) -> list[str]:
    """Return parameters that are small, and no secret, as far as name and annotation say."""
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    found = []
    for parameter in parameters:
        words = parameter.arg.lower().split("_")
        annotation = ast.unparse(parameter.annotation) if parameter.annotation else ""
        types = set(re.findall(r"\w+", annotation)) - {"None", "Optional", "os"}
        is_simple = types <= _SIMPLE_TYPES if types else words[-1] in _SIMPLE_NAMES
        if is_simple and not _SECRET.search(parameter.arg.lower()):
            found.append(parameter.arg)
    return found[:_ARGUMENTS_MAX]
