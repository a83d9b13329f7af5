"""What the recipe "rewrite" does for a file that is not Python.

A program does what it can and proves it. For other wishes the model writes the function
anew: what can be proved to do the same is an edit like any other; what can not, and shows no
difference in what it does, is one that the user is asked to confirm.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import BytesKeptGate, Gate, SourceEncodingError, SourceFile, TextEdit
from nanobot_engine.language import LanguageParsesGate
from nanobot_engine.language.apart import set_apart
from nanobot_engine.language.definitions import LANGUAGES
from nanobot_engine.language.functions import CodeFunction, code_functions
from nanobot_engine.language.own_files import is_worked_on
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.recipe import Briefing, Candidate, Item, RedFlag
from nanobot_engine.recipe.rewrite import question as rewriting
from nanobot_engine.recipe.rewrite.goal import RewriteScope
from nanobot_engine.recipe.rewrite.other_languages.boolean_return import with_boolean_returns
from nanobot_engine.recipe.rewrite.other_languages.briefing import briefing_for, fence
from nanobot_engine.recipe.rewrite.other_languages.early_return import without_nesting
from nanobot_engine.recipe.rewrite.other_languages.gate import CodeRewriteGate
from nanobot_engine.recipe.rewrite.other_languages.layout import Lines
from nanobot_engine.recipe.rewrite.other_languages.measure import (
    NESTING,
    SIZE,
    VARS,
    measure_of,
    progress_problem,
    room_problem,
)
from nanobot_engine.recipe.rewrite.other_languages.var_keyword import without_var
from nanobot_engine.recipe.rewrite.other_languages.verdict import LIKELY, PROVED, verdict_of
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree_parser import TreeParser

_SAME: Final = frozenset({"same"})
_PROVED: Final = frozenset({"proved"})
_LIKELY: Final = "likely"
_STEPS_MAX: Final = 20
_WIDTH_MAX: Final = 88
_LINES_BY_PROGRAM_MAX: Final = 400
_WORD: Final = re.compile(r"\w+")
_FILLERS: Final = frozenset(
    """
    a all an and any as at by do each every for from function functions if in instead into is it
    make method methods more no not of on or rather replace rewrite simplify than that the them
    this to turn use uses using when where which with
    """.split()  # noqa: SIM905 - read better than forty quotes
)
_LEFT_ALONE: Final = (b"co_await", b"co_return", b"co_yield", b"goto ")

_BY_PROGRAM: Final[Mapping[str, Callable[[CodeFunction], str | None]]] = MappingProxyType(
    {
        NESTING: lambda function: without_nesting(function, Lines(function)),
        SIZE: with_boolean_returns,
        VARS: without_var,
    }
)
"""One step of what a program does, by what the user wants less of."""
_ONLY_BY_PROGRAM: Final = frozenset({NESTING, VARS})


def is_code_path(path: str) -> bool:
    """Tell by its name whether a file is in one of the other languages."""
    return language_of(path, b"") in LANGUAGES


@functools.lru_cache(maxsize=4)
def _functions(source: SourceFile) -> Mapping[str, CodeFunction]:
    """Return the functions of a file by item key; none where it can not be parsed."""
    with TreeParser() as parser:
        return _parsed_functions(source, parser)


def _parsed_functions(source: SourceFile, parser: TreeParser) -> Mapping[str, CodeFunction]:
    language = language_of(source.path, source.data)
    tree = parser.tree(source.data, language) if source.newline != "\r" else None
    found = code_functions(tree, language) if tree is not None else {}
    return {f"{source.path}::{name}": one for name, one in found.items()}


def shown(function: CodeFunction) -> str | None:
    """Return a function without its indentation; None where it could not be put back as it was."""
    try:
        text = function.text.decode()
        indent = function.indent.decode("ascii")
    except UnicodeDecodeError:
        return None
    first, *others = text.replace("\r\n", "\n").split("\n")
    is_regular = all(not line.strip() or line.startswith(indent) for line in others)
    blank = any(line and not line.strip() for line in others)
    if not is_regular or blank:
        return None
    return "\n".join([first, *(line.removeprefix(indent) for line in others)])


class CodeRewriting:
    """See the module docstring. Stateless: safe to share."""

    def __init__(
        self, scope: RewriteScope, items: Mapping[SourceFile, Sequence[Item]] | None = None
    ) -> None:
        """Take what a sentence asks.

        Args:
            scope: Of the sentence.
            items: Of every file that was looked at before: see `surveyed`.
        """
        self._scope = scope
        self._items = items or {}
        self._measure = measure_of(scope)
        self._language = _language_of(scope)
        self._said = _said(scope)

    @property
    def grammar(self) -> str:
        """GBNF of one answer; "" where the sentence names no file of these languages."""
        return rewriting.grammar(fence(self._language)) if self._language is not None else ""

    @property
    def briefing(self) -> Briefing | None:
        """What the model is told; None where the sentence names no file of these languages."""
        return briefing_for(self._language) if self._language is not None else None

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """State the guarantee: see `gate`."""
        names = [key.partition("::")[2] for key in text_by_key]
        return (
            LanguageParsesGate(),
            BytesKeptGate(),
            CodeRewriteGate(names, said=self._said),
        )

    def surveyed(self, sources: Iterable[SourceFile]) -> "CodeRewriting":
        """Return this with the items of all files, which one worker parsed."""
        found: dict[SourceFile, Sequence[Item]] = {}
        with TreeParser() as parser:
            for source in sources:
                is_meant = is_code_path(source.path) and self._is_meant(source)
                functions = _parsed_functions(source, parser) if is_meant else {}
                found[source] = tuple(self._items_of(source, functions))
        return CodeRewriting(self._scope, found)

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the functions and methods that are meant and have anything to rewrite."""
        known = self._items.get(source)
        if known is not None:
            return known
        return self._items_of(source, _functions(source) if self._is_meant(source) else {})

    def _is_meant(self, source: SourceFile) -> bool:
        """Tell whether a file can have what the sentence is about, before it is parsed."""
        scope = self._scope
        if scope.only:
            return any(key.startswith(f"{source.path}::") for key in scope.only)
        is_ours = is_worked_on(source, with_tests=bool(scope.place.paths))
        names = [name.rpartition(".")[2].encode() for name in scope.place.names]
        has_name = not names or any(name in source.data for name in names)
        return is_ours and has_name and scope.place.has_path(source.path)

    def _items_of(
        self, source: SourceFile, functions: Mapping[str, CodeFunction]
    ) -> Iterator[Item]:
        scope = self._scope
        for key, function in functions.items():
            name = function.qualified_name
            wanted = key in scope.only if scope.only else scope.place.has_name(name)
            # Who names a function expects an answer about it.
            is_named = not scope.only and scope.place.is_named(name)
            if wanted and (is_named or not self._why_not(function)):
                yield Item(key, source.path, name)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Do by program what programs do; leave what is too long for a small model."""
        function = _functions(source)[item.key]
        if self._why_not(function):
            return Candidate("", _SAME)
        step = _BY_PROGRAM.get(self._measure)
        if step is not None:
            made = self._by_program(function, step)
            if made is not None:
                return Candidate(made, _PROVED)
        is_left = self._measure in _ONLY_BY_PROGRAM or _why_left(function)
        return Candidate("", _SAME) if is_left else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:  # noqa: ARG002 - shown whole or not at all
        """Show the whole function; `settled` left out what is long."""
        function = _functions(source)[item.key]
        code = shown(function)
        assert code is not None, "only such functions are items"
        return rewriting.question(self._scope.instruction, fence(function.language), code)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take an answer that is the same function and shows no difference in what it does."""
        function = _functions(source)[item.key]
        old = shown(function)
        assert old is not None, "only such functions are items"
        code = rewriting.answered_code(answer)
        if code is None:
            return RedFlag("format", "there is no code in it")
        if code == old:
            is_lazy = bool(self._measure)
            return RedFlag("unchanged", "it is as before") if is_lazy else Candidate("", _SAME)
        problem = rewriting.size_problem(old, code) or _width_problem(source, function, code)
        return RedFlag("size", problem) if problem else self._checked(function, old, code)

    def _checked(self, function: CodeFunction, old: str, code: str) -> Candidate | RedFlag:
        """Compare a new text of a function with the old one, and with what was asked."""
        with TreeParser() as parser:
            apart = set_apart(function, old, parser)
            before = apart.parsed(old, parser) if apart is not None else None
            after = apart.parsed(code, parser) if apart is not None else None
        if before is None or after is None:
            return RedFlag("form", "it is not this function with the same head")
        problem = progress_problem(self._measure, before, after)
        if problem:
            return RedFlag("not as asked", problem)
        verdict = verdict_of(before, after, self._said)
        if verdict.problem:
            return RedFlag("another behaviour", verdict.problem)
        # All that do the same for certain are one answer; others must be equal.
        tokens = " ".join(code.split())
        return Candidate(code, _PROVED if verdict.is_proved else frozenset({_LIKELY, tokens}))

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Replace the function.

        Raises:
            DeclinedError: It is left as it is.
            SourceEncodingError: The file's encoding has not all characters of the answer.
        """
        function = _functions(source)[item.key]
        if not candidate.text:
            raise DeclinedError(self._why_declined(function))
        try:
            text = rewriting.indented(candidate.text, function.indent, source)
        except UnicodeEncodeError as error:
            raise SourceEncodingError(source.path, f"can not hold the answer: {error}") from error
        said = PROVED if candidate.features == _PROVED else self._label(function, candidate.text)
        statement = function.statement
        return TextEdit(
            statement.start_byte,
            statement.end_byte,
            text,
            item.key,
            f"rewrite {function.qualified_name}: {said}",
            is_likely=said != PROVED,
        )

    def _label(self, function: CodeFunction, code: str) -> str:
        with TreeParser() as parser:
            apart = set_apart(function, shown(function) or "", parser)
            after = apart.parsed(code, parser) if apart is not None else None
        return verdict_of(function, after, self._said).label if after is not None else LIKELY

    def _by_program(
        self, function: CodeFunction, step: Callable[[CodeFunction], str | None]
    ) -> str | None:
        """Return the text after as many steps as there are, if that is proved to be the same."""
        code = shown(function)
        if code is None or code.count("\n") > _LINES_BY_PROGRAM_MAX or _is_left(function):
            return None
        with TreeParser() as parser:
            apart = set_apart(function, code, parser)
            before = apart.parsed(code, parser) if apart is not None else None
            if apart is None or before is None:
                return None
            best = None
            current = before
            for _ in range(_STEPS_MAX):
                made = step(current)
                after = apart.parsed(made, parser) if made is not None else None
                if made is None or after is None:
                    break
                # A step that can not be proved ends it: those before it stay.
                if not verdict_of(before, after, frozenset()).is_proved:
                    break
                best, current = made, after
        return best

    def _why_not(self, function: CodeFunction) -> str:
        """Say why nothing is to be done in a function; empty where there may be."""
        if shown(function) is None:
            return "its lines are not indented as a whole"
        return room_problem(self._measure, function)

    def _why_declined(self, function: CodeFunction) -> str:
        reason = self._why_not(function)
        if reason:
            return reason
        if self._measure == NESTING:
            return "nothing in it can be left earlier so that it surely does the same"
        if self._measure == VARS:
            return "a `var` in it may mean something else as `let`"
        return _why_left(function) or "the model sees nothing to do here, and nothing was changed"


def _language_of(scope: RewriteScope) -> Language | None:
    """Return the one language of the files that a sentence names."""
    paths = {key.partition("::")[0] for key in scope.only} or scope.place.paths
    found = {language_of(path, b"") for path in paths}
    return found.pop() if len(found) == 1 and found <= LANGUAGES else None


def _said(scope: RewriteScope) -> frozenset[str]:
    """Return the words of a sentence that say what may come and go: not where, and no fillers."""
    places = [*scope.place.names, *scope.place.paths]
    where = {word for one in places for word in _WORD.findall(one)}
    return scope.said - where - _FILLERS


def _is_left(function: CodeFunction) -> bool:
    return any(word in function.text for word in _LEFT_ALONE)


def _why_left(function: CodeFunction) -> str:
    """Return why a function is not given to the model; empty when it is."""
    lines, size_bytes = function.text.count(b"\n") + 1, len(function.text)
    if lines > rewriting.LINES_MAX:
        return f"{lines} lines; at most {rewriting.LINES_MAX} can be rewritten reliably"
    if size_bytes > rewriting.BYTES_MAX:
        return f"{size_bytes} bytes; at most {rewriting.BYTES_MAX} can be rewritten reliably"
    return "it jumps or is a coroutine" if _is_left(function) else ""


def _width_problem(source: SourceFile, function: CodeFunction, code: str) -> str:
    """Return why a rewrite has lines that the file would not have; mostly empty."""
    usual = max(map(len, source.data.decode(source.encoding).splitlines()), default=0)
    longest = max(len(line) + len(function.indent) for line in code.split("\n"))
    return f"a line of {longest} columns" if longest > max(usual, _WIDTH_MAX) else ""
