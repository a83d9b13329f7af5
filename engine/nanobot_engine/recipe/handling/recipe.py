"""The recipe "handle errors": a handler where something can fail and nobody cares.

A program finds the places, writes the handlers and proves that nothing else changed. A
handler logs what failed, with the traceback, and raises again, so whoever called sees
the very exception it saw before; only a sentence that asks for it gets another one
(`raise ConfigError(…) from error`). The model is asked one word, and only where a program can
not tell whether a text comes from outside. `docs/decisions/0011-error-handling.md`
says why.
"""

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import BytesKeptGate, EditError, Gate, ParsesGate, SourceFile, TextEdit
from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.python import PythonFile, Span, read_python
from nanobot_engine.recipe.addition.gate import OnlyAddedGate, is_logged
from nanobot_engine.recipe.addition.layout import indent_unit, usual_width
from nanobot_engine.recipe.addition.logger import logger_edits, module_logger
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.handling.deeper_code import deeper
from nanobot_engine.recipe.handling.failure import Family
from nanobot_engine.recipe.handling.handler_text import handler_lines, message_of, wrapping_lines
from nanobot_engine.recipe.handling.risk import (
    HandledCalls,
    RiskyPlace,
    handled_calls,
    risky_places,
)
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_items
from nanobot_engine.recipe.names_gate import NamesGate
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, Recipe, RedFlag

NAME: Final = "handle errors"
EXAMPLE: Final = "add error handling to all functions"

OUTSIDE: Final = "outside"
PROGRAM: Final = "program"

_FOREIGN_FOLDERS: Final = frozenset(
    {"vendor", "_vendor", "vendored", "third_party", "site-packages", "node_modules", "extern"}
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the user meant."""

    place: Place = EVERYWHERE
    with_tests: bool = False
    families: frozenset[Family] = frozenset(Family)
    error: str = ""
    """An exception to raise instead, as the sentence names it; "" raises what was caught."""

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {
            **self.place.to_arguments(),
            "with_tests": str(self.with_tests).lower(),
            "families": ",".join(sorted(self.families)),
            "error": self.error,
        }

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Scope":
        """Read what `to_arguments` wrote."""
        return cls(
            place=Place.from_arguments(arguments),
            with_tests=arguments["with_tests"] == "true",
            families=frozenset(map(Family, arguments["families"].split(","))),
            error=arguments["error"],
        )


# From a sentence to a scope

_ERRORS: Final = r"(?:errors?|exceptions?|failures?)"
_ABOUT: Final = re.compile(
    rf"\b{_ERRORS}[- ]handling\b"
    rf"|\bhandle(?:s)?\s+(?:\w+\s+){{0,3}}{_ERRORS}\b"
    r"|\b(?:add|put|use|insert|surround|guard)\b.*\btry\b.*\b(?:except|catch|blocks?|statements?)\b"
    r"|\bwrap\b.*\b(?:try|\w+(?:Error|Exception))\b",
    re.IGNORECASE,
)
_WISH: Final = re.compile(
    r"\b(?:add|adds|put|insert|introduce|implement|provide|include|wrap|handle|need|needs|want|"
    r"give|make|surround|guard|with)\b"
    # "error handling everywhere pls"
    rf"|^(?:(?:please|more|better|proper|comprehensive|missing)\s+)*{_ERRORS}[- ]handling\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(?:remove|delete|strip|drop|simplify|convert|replace|rename|move|refactor|explain|"
    r"test|tests\s+for|narrow|bare|parameters?|arguments?)\b",
    re.IGNORECASE,
)
_ERROR_NAME: Final = re.compile(r"\b([A-Za-z_][\w.]*(?:Error|Exception))\b")
_FAMILY_WORDS: Final = MappingProxyType(
    {
        Family.FILE: r"files?|file\s?systems?|disks?|i/?o|input/output|director(?:y|ies)|folders?",
        Family.NETWORK: r"networks?|https?|requests?|sockets?|urls?|downloads?",
        Family.PROCESS: r"subprocess(?:es)?|commands?|child processes",
        Family.PARSE: r"json|yaml|toml|xml|parsing|parsers?|deserializ\w+|decoding",
        Family.DATABASE: r"databases?|sqlite3?|sql",
        Family.IMPORT: r"imports?",
        Family.NUMBER: r"numbers?|conversions?|user input",
    }
)


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that asks for error handling."""
    place = place_of(sentence)
    plain = _without(sentence, place)
    if not _ABOUT.search(plain) or not _WISH.search(plain) or _REFUSED.search(plain):
        return None
    families = {
        family
        for family, words in _FAMILY_WORDS.items()
        if re.search(
            rf"\b(?:{words})\b(?=[\w/ ,]*\b(?:access|operations?|calls?|errors?|failures?"
            rf"|exceptions?|handling|i/o|in\b))|\b(?:wrap|around|for)\b(?:\s+\w+){{0,2}}\s+(?:{words})\b",
            plain,
            re.IGNORECASE,
        )
    }
    named = _ERROR_NAME.search(sentence) if re.search(r"\b(?:wrap|raise|as)\b", plain) else None
    scope = Scope(
        place=replace(place, names=place.names - ({named[1]} if named else set())),
        with_tests=bool(re.search(r"\btests?\b", plain, re.IGNORECASE)),
        families=frozenset(families) or frozenset(Family),
        error=named[1] if named else "",
    )
    return Goal(sentence, NAME, scope.to_arguments())


def _without(sentence: str, place: Place) -> str:
    """Return a sentence without the paths and names in it: they are no words."""
    for said in sorted(place.paths | place.names, key=len, reverse=True):
        if not _ERROR_NAME.fullmatch(said):
            sentence = sentence.replace(said, " ")
    return sentence


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores."""
    return HandlingRecipe(Scope.from_arguments(arguments))


# Asking

_SYSTEM: Final = """\
You read Python code. The lines that start with ">" are the ones that matter.
Say where a value comes from, in one word:
outside: a user, a file, a network, a command line, a setting or the environment gave it.
program: the program made it, computed it, or checked it before."""

_EXAMPLES: Final = (
    (
        (
            "  def read_sizes(path):\n      for line in open(path):\n"
            '          width, height = line.split(",")\n>         yield int(width)'
        ),
        "width",
        OUTSIDE,
    ),
    (
        "  def half(self):\n      value = self.width // 2\n>     return int(value)",
        "value",
        PROGRAM,
    ),
    (
        (
            "  def add_option(parser, text):\n      if not text.isdigit():\n          return None\n"
            ">     count = int(text)"
        ),
        "text",
        PROGRAM,
    ),
    (
        (
            '  def start(self, options):\n      """Serve on the port that the user asked for."""\n'
            '>     port = int(options["port"])'
        ),
        'options["port"]',
        OUTSIDE,
    ),
)


def _question(code: str, value: str) -> str:
    return f"{code}\n\nWhere does `{value}` come from?"


class HandlingRecipe(AskingRecipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME
    grammar = f'root ::= "{OUTSIDE}" | "{PROGRAM}"'
    tokens_max = 4
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((_question(code, asked), answer) for code, asked, answer in _EXAMPLES),
    )

    def __init__(self, scope: Scope, handled: HandledCalls | None = None) -> None:
        """Take what the user meant.

        Args:
            scope: Where, and which failures.
            handled: What callers anywhere in the workspace handle; only `enumerate` uses it.
        """
        self._scope = scope
        self._handled = handled

    def surveyed(self, sources: Iterable[SourceFile]) -> Recipe:
        """Learn which failures are expected: somebody who calls catches them."""
        handled: HandledCalls = {}
        for source in sources:
            try:
                handled_calls(python_tree(source), handled)
            except EditError:
                continue
        return HandlingRecipe(self._scope, handled)

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:  # noqa: ARG002 - the protocol's signature
        """Parses; AST equal but for handlers that raise again; names resolve; bytes kept."""
        only_added = OnlyAddedGate("only handlers added", self._unwrapped)
        return (ParsesGate(), only_added, NamesGate(), BytesKeptGate())

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the places of one file where something can fail unhandled."""
        if not self._is_in_scope(source.path):
            return
        done = []
        for key, place in _keyed_places(source):
            if self._is_meant(place):
                called = dotted_name(place.risks[0].call.func) or "a call"
                done.append(place.qualified_name)
                yield Item(key, source.path, f"{place.qualified_name}: {called}")
        yield from left_items(source, self._scope.place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Decide what a program can: failures that are certain to come from outside."""
        if is_left(item):
            return NOTHING
        place = _place(source, item)
        return _answer(OUTSIDE) if all(risk.is_certain for risk in place.risks) else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the function up to the place."""
        place = _place(source, item)
        risk = next(risk for risk in place.risks if not risk.is_certain)
        code = _code_shown(_file(source), place, min(code_bytes_max, _CODE_BYTES_MAX))
        return _question(code, ast.unparse(risk.call.args[0]))

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:  # noqa: ARG002 - the protocol's signature
        """Take one of the two words."""
        word = answer.strip().lower()
        if word not in (OUTSIDE, PROGRAM):
            return RedFlag("format", f"{answer!r} is neither of the two words")
        return _answer(word)

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Put a handler around the place.

        Raises:
            DeclinedError: The answer is no, or the code does not allow it.
            LoggerError: The module can have no logger.
        """
        if is_left(item):
            raise DeclinedError(self._why_nothing(source, item.label))
        if candidate.text == PROGRAM:
            raise DeclinedError("what is read here is the program's own")
        file, place = _file(source), _place(source, item)
        unit = indent_unit(file, place.function, place.indent)
        found = _before_finally(file, place)
        if found is None:
            span, handled = place.span, place
            inside = deeper(file, span, place.indent, unit=unit, width=usual_width(file))
            head, tail = [f"{place.indent}try:", inside], ""
        else:
            span, handled = found.span, found
            head, tail = [], "\n"
        text = "\n".join((*head, *self._handler(file, handled, unit))) + tail
        return TextEdit(
            span.start_byte,
            span.end_byte,
            text.replace("\n", source.newline).encode(source.encoding),
            item.key,
            f"handle errors in {place.qualified_name}: {message_of(place).filled}",
        )

    def _handler(self, file: PythonFile, place: RiskyPlace, unit: str) -> list[str]:
        width = usual_width(file)
        if self._scope.error:
            error = _error_here(file, place, self._scope.error)
            return wrapping_lines(place, error, unit=unit, width=width)
        return handler_lines(place, module_logger(file).name, unit=unit, width=width)

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Give the module a logger, unless it has one or nothing is logged."""
        is_logged_here = not self._scope.error and OUTSIDE in text_by_key.values()
        return logger_edits(_file(source)) if is_logged_here else ()

    def _is_in_scope(self, path: str) -> bool:
        return (
            path.endswith(".py")
            and _FOREIGN_FOLDERS.isdisjoint(path.split("/"))
            and self._scope.place.has_file(path, with_tests=self._scope.with_tests)
        )

    def _why_nothing(self, source: SourceFile, name: str) -> str:
        """Say why a definition that was named gets no handler."""
        risks = [
            risk
            for _, place in _keyed_places(source)
            if place.qualified_name == name or place.qualified_name.startswith(f"{name}.")
            for risk in place.risks
        ]
        if not risks:
            return (
                "no call in it is known to fail for a reason outside of the program (a file, the"
                " network, a command, a text that is parsed) without being handled"
            )
        if not any(risk.failure.family in self._scope.families for risk in risks):
            kinds = " and ".join(sorted({risk.failure.family for risk in risks}))
            return f"what can fail in it is of another kind ({kinds})"
        return "who calls it handles already what can fail in it"

    def _is_meant(self, place: RiskyPlace) -> bool:
        return (
            self._scope.place.has_name(place.qualified_name)
            and any(risk.failure.family in self._scope.families for risk in place.risks)
            and not (self._handled and place.is_expected(self._handled))
        )

    def _unwrapped(self, node: ast.stmt) -> Sequence[ast.stmt] | None:
        """Return what a handler of ours is around."""
        match node:
            case ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[]):
                is_ours = (
                    _is_wrapping(handler, self._scope.error)
                    if self._scope.error
                    else _is_logging(handler)
                )
                return body if is_ours else None
        return None


def _answer(word: str) -> Candidate:
    return Candidate(word, frozenset({word}))


@functools.lru_cache(maxsize=32)
def _file(source: SourceFile) -> PythonFile:
    """Parse a file once for all its items."""
    return read_python(source)


@functools.lru_cache(maxsize=32)
def _places(source: SourceFile) -> Mapping[str, RiskyPlace]:
    return dict(_keyed(_file(source), source.path))


def _keyed_places(source: SourceFile) -> Iterable[tuple[str, RiskyPlace]]:
    return _places(source).items()


def _keyed(file: PythonFile, path: str) -> Iterator[tuple[str, RiskyPlace]]:
    """Yield each place with its key: `path::function`, with `#2` for the second and so on."""
    count_by_name: Counter[str] = Counter()
    for place in risky_places(file):
        name = place.qualified_name
        count_by_name[name] += 1
        ordinal = f"#{count_by_name[name]}" if count_by_name[name] > 1 else ""
        yield f"{path}::{name}{ordinal}", place


def _place(source: SourceFile, item: Item) -> RiskyPlace:
    return _places(source)[item.key]


_FINALLY: Final = re.compile(rb"^([ \t]*)finally\b", re.MULTILINE)


def _before_finally(file: PythonFile, place: RiskyPlace) -> RiskyPlace | None:
    """Return a place as its own `try` sees it, at the `finally`; None where there is none."""
    if place.holder is None:
        return None
    start = place.span.end_byte
    end = file.span(place.holder.finalbody[0]).start_byte
    matches = list(_FINALLY.finditer(file.source.data[start:end]))
    if not matches:
        return None
    at = start + matches[-1].start()
    return replace(place, span=Span(at, at), indent=matches[-1][1].decode("ascii"))


# Of a prompt: what a value is shows close to where it is read.
_CODE_BYTES_MAX: Final = 900


def _code_shown(file: PythonFile, place: RiskyPlace, bytes_max: int) -> str:
    """Return the function up to the place, its last lines where there is not room for all."""
    first = place.function.lineno
    text = file.source.data.decode(file.source.encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, end = place.statements[0].lineno, place.statements[-1].end_lineno or 0
    shown = [f"> {line}" for line in lines[start - 1 : end]]
    room = bytes_max - sum(len(line.encode()) + 1 for line in shown)
    for line in reversed(lines[first - 1 : start - 1]):
        room -= len(line.encode()) + 3
        if room < 0:
            break
        shown.insert(0, f"  {line}")
    return "\n".join(shown)


def _error_here(file: PythonFile, place: RiskyPlace, name: str) -> str:
    """Return how a file names the exception of the sentence.

    Raises:
        DeclinedError: It does not know it.
    """
    root, _, attribute = name.partition(".")
    known = file.names.module.sites
    if root in known and not attribute:
        scope = next((s for s in file.names.module.children if s.node is place.function), None)
        if scope is None or root not in scope.sites:
            return name
    if root in known:
        return name
    raise DeclinedError(f"{name} is not known in {file.path}; import it first")


def _is_logging(handler: ast.ExceptHandler) -> bool:
    match handler:
        case ast.ExceptHandler(type=ast.expr() as caught, name=None, body=[logged, raised]):
            is_raised = isinstance(raised, ast.Raise) and raised.exc is None
            return _is_class(caught) and is_logged(logged, frozenset({"exception"})) and is_raised
    return False


def _is_wrapping(handler: ast.ExceptHandler, error: str) -> bool:
    match handler:
        case ast.ExceptHandler(
            type=ast.expr() as caught,
            name=str(name),
            body=[
                ast.Raise(
                    exc=ast.Call(func=function, args=[message], keywords=[]),
                    cause=ast.Name(id=cause),
                )
            ],
        ):
            is_named = dotted_name(function) == error and cause == name
            return _is_class(caught) and is_named and _is_text(message)
    return False


def _is_class(node: ast.expr) -> bool:
    elements = node.elts if isinstance(node, ast.Tuple) else [node]
    return bool(elements) and all(dotted_name(one) is not None for one in elements)


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr(values=values):
            return all(
                isinstance(one, ast.Constant)
                or (isinstance(one, ast.FormattedValue) and dotted_name(one.value) is not None)
                for one in values
            )
    return False
