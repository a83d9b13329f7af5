"""What the handler of a risky place says and looks like."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.recipe.handling.failure import Failure, Family
from nanobot_engine.recipe.handling.risk import Risk, RiskyPlace

_TEXT_LENGTH_MAX: Final = 48
"""Of a literal that is said in a message as it stands."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

# What must not get into a log.
_SECRET: Final = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|credential|api_?key|private|auth|cookie|session_?(id|key)",
    re.IGNORECASE,
)
_PROGRAM: Final = re.compile(r"[\w./+-]+")

# A variable whose name says nothing about what is in it.
_VAGUE: Final = frozenset(
    {
        "a", "b", "body", "buf", "buffer", "c", "content", "contents", "d", "data", "f", "fd", "fh",
        "file", "file_obj", "fileobj", "fp", "handle", "input", "line", "obj", "out", "param", "r",
        "raw", "res", "response", "result", "s", "stream", "string", "text", "tmp", "v", "val",
        "value", "x", "y", "item", "arg", "row",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A logged message."""

    text: str
    """With `%s` for each argument, a literal `%` doubled if there is any."""
    arguments: tuple[str, ...]
    """Names and attributes."""

    @property
    def filled(self) -> str:
        """The text with the arguments as the code names them."""
        return self.text % self.arguments if self.arguments else self.text


def message_of(place: RiskyPlace) -> Message:
    """Return what is logged when a place fails: "Failed to read %s"."""
    return next(_messages(place))


def _messages(place: RiskyPlace) -> Iterator[Message]:
    """Yield what can be said of a place, the longest first."""
    phrases: dict[str, list[str]] = {}
    for risk in place.risks:
        text, arguments = _phrase(risk, place.stored)
        phrases.setdefault(text, arguments)
    if isinstance(place.statements[0], ast.With | ast.AsyncWith):
        # What a block does with a file is said by what it opens.
        phrases = dict([next(iter(phrases.items()))])
    for count in range(len(phrases), 0, -1):
        told = list(phrases)[:count]
        joined = " or ".join((", ".join(told[:-1]), told[-1])) if count > 1 else told[0]
        arguments = [argument for text in told for argument in phrases[text]]
        text = f"Failed to {joined}"
        if arguments:
            yield Message(text, tuple(arguments))
            continue
        text = text.replace("%%", "%")
        if all(risk.failure.plain in told for risk in place.risks[:count]):
            # Nothing says which one: at least where.
            name = place.qualified_name.replace("<locals>.", "")
            yield Message(f"{text} in {name}", ())
            yield Message(f"{text} in {place.function.name}", ())
        yield Message(text, ())


def handler_lines(place: RiskyPlace, logger: str, *, unit: str, width: int) -> list[str]:
    """Return the lines of a handler that logs and raises again.

    Args:
        place: What it is for.
        logger: The name of the module's logger.
        unit: One level of indentation.
        width: Columns of a line, as far as it can be kept.
    """
    forms = [_call_lines(place, one, logger, unit, width) for one in _messages(place)]
    # The first that fits; where none does, the shortest.
    lines = next((one for one in forms if max(map(len, one)) <= width), forms[-1])
    return [except_line(place), *lines, f"{place.indent}{unit}raise"]


def _call_lines(
    place: RiskyPlace, message: Message, logger: str, unit: str, width: int
) -> list[str]:
    call = f"{logger}.exception"
    inside = ", ".join((_quoted(message.text), *message.arguments))
    inner = place.indent + unit
    lines = [f"{inner}{call}({inside})"]
    if len(lines[0]) > width:
        deeper = inner + unit
        lines = [f"{inner}{call}(", f"{deeper}{inside}", f"{inner})"]
        if len(lines[1]) > width:
            parts = [_quoted(message.text), *message.arguments]
            lines[1:2] = [f"{deeper}{part}," for part in parts]
    return lines


def wrapping_lines(place: RiskyPlace, error: str, *, unit: str, width: int) -> list[str]:
    """Return the lines of a handler that raises another exception from what it caught."""
    message = message_of(place)
    shown = message.text.replace("{", "{{").replace("}", "}}") if message.arguments else ""
    for argument in message.arguments:
        shown = shown.replace("%s", f"{{{argument}}}", 1)
    shown = shown.replace("%%", "%")
    text = f"f{_quoted(shown)}" if message.arguments else _quoted(message.text)
    name = "error" if "error" not in place.stored else "caught"
    inner = place.indent + unit
    lines = [f"{inner}raise {error}({text}) from {name}"]
    if len(lines[0]) > width:
        lines = [f"{inner}raise {error}(", f"{inner}{unit}{text}", f"{inner}) from {name}"]
    return [except_line(place, name), *lines]


def except_line(place: RiskyPlace, name: str = "") -> str:
    """Return the first line of a handler."""
    errors = place.errors
    caught = errors[0] if len(errors) == 1 else f"({', '.join(errors)})"
    return f"{place.indent}except {caught}{f' as {name}' if name else ''}:"


def _phrase(risk: Risk, stored: frozenset[str]) -> tuple[str, list[str]]:
    """Fill the words of a failure; without what can not be shown, its plain words."""
    arguments: list[str] = []
    words = risk.failure.words
    pieces: list[str] = []
    position = 0
    for match in _PLACEHOLDER.finditer(words):
        shown = _shown(risk, match[1], stored)
        if shown is None:
            return risk.failure.plain, []
        text, argument = shown
        pieces += [words[position : match.start()], text]
        arguments += [argument] if argument else []
        position = match.end()
    return "".join(pieces) + words[position:], arguments


def _shown(risk: Risk, which: str, stored: frozenset[str]) -> tuple[str, str] | None:
    """Return how an argument is said: a text, and the expression for its `%s`."""
    node = _argument(risk.call, which)
    if node is None:
        return None
    if risk.failure.family is Family.PROCESS:
        return _program(node)
    if isinstance(node, ast.Constant):
        return _literal(node)
    name = dotted_name(node)
    if name is None or _SECRET.search(name):
        return None
    if risk.failure.family in {Family.PARSE, Family.NUMBER} and not _is_file(risk.failure):
        return _said(name)
    is_bound = name.partition(".")[0] not in stored and name.count(".") <= 1
    return ("%s", name) if is_bound else None


def _literal(node: ast.Constant) -> tuple[str, str] | None:
    text = node.value
    if not isinstance(text, str) or not text.isprintable():
        return None
    return (text.replace("%", "%%"), "") if 0 < len(text) <= _TEXT_LENGTH_MAX else None


def _said(name: str) -> tuple[str, str] | None:
    """Say what a text is for by the words of its name: what is in it, is the user's."""
    words = [word for word in name.rpartition(".")[2].lower().split("_") if word]
    is_clear = words and "_".join(words) not in _VAGUE and all(map(str.isalpha, words))
    return (" ".join(words), "") if is_clear else None


def _is_file(failure: Failure) -> bool:
    return "OSError" in failure.errors


def _program(node: ast.expr) -> tuple[str, str] | None:
    """Return the name of a program; its arguments may hold what nobody shall read."""
    match node:
        case (
            ast.List(elts=[ast.Constant(value=str(command)), *_])
            | ast.Tuple(elts=[ast.Constant(value=str(command)), *_])
            | ast.Constant(value=str(command))
        ):
            name = command.split()[0] if command.split() else ""
            return (name, "") if _PROGRAM.fullmatch(name) else None
    return None


def _argument(call: ast.Call, which: str) -> ast.expr | None:
    if which == "self":
        return _path_in(call.func.value) if isinstance(call.func, ast.Attribute) else None
    index = int(which)
    if any(isinstance(one, ast.Starred) for one in call.args) or index >= len(call.args):
        return None
    return _path_in(call.args[index])


def _path_in(node: ast.expr) -> ast.expr:
    """Return `name` for `Path(name)`."""
    match node:
        case ast.Call(func=function, args=[only], keywords=[]):
            is_path = (dotted_name(function) or "").rpartition(".")[2] == "Path"
            return only if is_path and not isinstance(only, ast.Starred) else node
    return node


def _quoted(text: str) -> str:
    """Return a literal with double quotes."""
    inside = repr(text)[1:-1].replace("\\'", "'")
    if repr(text).startswith("'"):
        inside = inside.replace('"', '\\"')
    return f'"{inside}"'
