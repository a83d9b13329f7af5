"""The recipe "rewrite": functions written anew, as a sentence asks.

For what no refactoring does. The model writes a whole function; of what it writes only the
body reaches the file, and only when a program can show that it does the same as before, or
that it says nothing new but what the sentence names. An answer that can not be shown to do
the same is no vote.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import (
    BytesKeptGate,
    Gate,
    ParsesGate,
    SourceEncodingError,
    SourceFile,
    TextEdit,
    apply_edits,
    is_test_module,
    run_gates,
    sorted_edits,
)
from nanobot_engine.edit.control_flow import does_same
from nanobot_engine.edit.rewrite_gates import (
    CommentsKeptGate,
    NoNewPowerGate,
    OneDefinitionGate,
    SameBehaviourGate,
)
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_definition, left_items
from nanobot_engine.recipe.names_gate import NamesGate
from nanobot_engine.recipe.python_item import PythonItem, is_function, is_nested, items_by_key
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, RedFlag
from nanobot_engine.recipe.rewrite import question as rewriting
from nanobot_engine.recipe.rewrite.answer import AnswerError, function_of, joined_text
from nanobot_engine.recipe.rewrite.collect_loop import with_comprehensions
from nanobot_engine.recipe.rewrite.early_return import with_early_returns, without_needless_else
from nanobot_engine.recipe.rewrite.goal import EXAMPLE, NAME, RewriteScope, goal_of
from nanobot_engine.recipe.rewrite.imports import dotted_names, needed_imports
from nanobot_engine.recipe.rewrite.measure import measure_of, progress_problem, room_problem

__all__ = ["EXAMPLE", "NAME", "RewriteRecipe", "goal_of"]

_LANGUAGE: Final = "python"
_WIDTH_MAX: Final = 88
"""Columns that a line may have in every file; more, where the file has more."""
_SAME: Final = frozenset({"same"})
_PROVED: Final = frozenset({"proved"})

_BY_PROGRAM: Final[Mapping[str, Sequence[Callable[[str], str]]]] = MappingProxyType(
    {
        "nesting": (with_early_returns,),
        "comprehensions": (with_comprehensions,),
        "size": (with_comprehensions,),
        "simplicity": (
            lambda code: without_needless_else(with_comprehensions(code)),
            with_comprehensions,
            without_needless_else,
        ),
    }
)
"""What is tried before the model is asked, by what the user wants less of, the best first."""

_SYSTEM: Final = """\
You rewrite one Python function.
Do what the instruction says and nothing else.
- Keep the name, the parameters, the decorators, the docstring and the comments.
- The function must do exactly the same for every input.
- Use only names that the code uses already, or that the instruction names.
Answer with the whole function."""

_EXAMPLES: Final = (
    (
        "use early returns",
        (
            "def sign(value):\n    if value is not None:\n        # Zero counts as positive.\n"
            "        if value >= 0:\n            return 1\n        else:\n            return -1\n"
            "    return None"
        ),
        (
            "def sign(value):\n    if value is None:\n        return None\n"
            "    # Zero counts as positive.\n    if value >= 0:\n        return 1\n    return -1"
        ),
    ),
    (
        "simplify `names_of`",
        (
            "def names_of(self, kind):\n    names = []\n    for one in self.members:\n"
            "        if one.kind == kind:\n            names.append(one.name)\n    return names"
        ),
        (
            "def names_of(self, kind):\n"
            "    return [one.name for one in self.members if one.kind == kind]"
        ),
    ),
)


class RewriteRecipe(AskingRecipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME
    grammar = rewriting.grammar(_LANGUAGE)
    tokens_max = rewriting.ANSWER_TOKENS_MAX
    stop = rewriting.STOP
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple(
            (rewriting.question(wish, _LANGUAGE, before), f"```{_LANGUAGE}\n{after}\n```")
            for wish, before, after in _EXAMPLES
        ),
    )

    def __init__(self, scope: RewriteScope) -> None:
        self._scope = scope
        self._measure = measure_of(scope)
        self._decorators = frozenset(
            name for pair in dotted_names(scope.instruction) for name in (".".join(pair), pair[1])
        )

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """State the guarantee: see `edit.rewrite_gates`."""
        names = [key.partition("::")[2] for key in text_by_key]
        return (
            ParsesGate(),
            BytesKeptGate(),
            OneDefinitionGate(names, decorators=self._decorators),
            NoNewPowerGate(names),
            SameBehaviourGate(names, said=self._scope.said),
            CommentsKeptGate(names),
            NamesGate(),
        )

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the functions and methods that are meant and have anything to rewrite."""
        place = self._scope.place
        if not self._scope.only and not place.has_path(source.path):
            return
        is_aside = is_test_module(source.path) and not place.paths
        done = []
        for key, found in items_by_key(source).items():
            name = found.definition.qualified_name
            if self._scope.only:
                wanted = key in self._scope.only
            else:
                wanted = not is_aside and place.has_name(name)
            if wanted and not self._why_not(found):
                done.append(name)
                yield Item(key, source.path, name)
        if not self._scope.only and not is_aside:
            yield from left_items(source, place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Do by program what programs do better; leave what is too long for a small model."""
        if is_left(item):
            return NOTHING
        found = items_by_key(source)[item.key]
        old = found.code(source)
        for by_program in _BY_PROGRAM.get(self._measure, ()):
            made = self._checked(source, item, old, by_program(old))
            if isinstance(made, Candidate):
                return made
        is_kept = self._measure == "nesting" or _too_long(found)
        return Candidate("", _SAME) if is_kept else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:  # noqa: ARG002 - shown whole or not at all
        """Show the whole function; `settled` left out what is long."""
        code = items_by_key(source)[item.key].code(source)
        return rewriting.question(self._scope.instruction, _LANGUAGE, code)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take an answer that passes every gate by itself."""
        found = items_by_key(source)[item.key]
        old = found.code(source)
        code = rewriting.answered_code(answer)
        if code is None:
            return RedFlag("format", "there is no code in it")
        try:
            new = joined_text(old, code, decorators=self._decorators)
        except AnswerError as error:
            return RedFlag("form", str(error))
        return self._checked(source, item, old, new)

    def _checked(self, source: SourceFile, item: Item, old: str, new: str) -> Candidate | RedFlag:
        """Compare a new text of a function with the old one, and with what was asked."""
        try:
            nodes = function_of(old), function_of(new)
        except AnswerError as error:
            return RedFlag("form", str(error))
        found = items_by_key(source)[item.key]
        if ast.dump(nodes[0]) == ast.dump(nodes[1]):
            # Where a program sees what could be done, a model that repeats is only lazy.
            is_lazy = bool(self._measure)
            return RedFlag("unchanged", "it is as before") if is_lazy else Candidate("", _SAME)
        problem = rewriting.size_problem(old, new) or _width_problem(source, found, new)
        problem = problem or progress_problem(self._measure, nodes[0], nodes[1])
        if problem:
            return RedFlag("not as asked", problem)
        refusal = self._refusal(source, item, new)
        if refusal is not None:
            return refusal
        is_proved = does_same(nodes[0], nodes[1])
        # All that do the same for certain are one answer; others must be equal.
        return Candidate(new, _PROVED if is_proved else frozenset({ast.dump(nodes[1])}))

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether both leave the function, or do the same for certain, or are equal."""
        return first.features == second.features

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Replace the function.

        Raises:
            DeclinedError: It is left as it is.
            SourceEncodingError: The file's encoding has not all characters of the answer.
        """
        if is_left(item):
            raise DeclinedError(self._why_not(left_definition(source, item)))
        found = items_by_key(source)[item.key]
        if not candidate.text:
            raise DeclinedError(self._why_left(found))
        definition = found.definition
        try:
            text = rewriting.indented(candidate.text, definition.indent, source)
        except UnicodeEncodeError as error:
            raise SourceEncodingError(source.path, f"can not hold the answer: {error}") from error
        how = "proved to do the same" if candidate.features == _PROVED else "as asked"
        label = f"rewrite {definition.qualified_name}: {how}"
        return TextEdit(definition.start_byte, definition.end_byte, text, item.key, label)

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Import what the sentence names and a function uses now."""
        if not self._decorators:
            return ()
        edits = [
            self.edit(source, Item(key, source.path, key), Candidate(text, _PROVED))
            for key, text in text_by_key.items()
            if text
        ]
        after = apply_edits(source.data, sorted_edits(edits))
        return needed_imports(source, after, self._scope.instruction)

    def _why_left(self, found: PythonItem) -> str:
        if self._measure == "nesting":
            return "nothing in it can be left earlier so that it surely does the same"
        return _too_long(found) or "the model sees nothing to do here, and nothing was changed"

    def _why_not(self, found: PythonItem) -> str:
        """Say why a definition is not rewritten; nothing for one that is looked at."""
        definition = found.definition
        reasons = (
            (not is_function(found), "no method in it can be rewritten so"),
            (is_nested(found), "it is inside of a function"),
            (definition.is_stub or definition.is_overload, "it has no code"),
            (definition.body_on_header_line, "it is written on one line"),
        )
        reason = next((reason for holds, reason in reasons if holds), "")
        return reason or room_problem(self._measure, found.node)

    def _refusal(self, source: SourceFile, item: Item, text: str) -> RedFlag | None:
        """Run the gates for one answer alone."""
        try:
            edits = [self.edit(source, item, Candidate(text, _PROVED))]
        except SourceEncodingError as error:
            return RedFlag("encoding", str(error))
        edits = [*edits, *self.file_edits(source, {item.key: text})]
        ordered = sorted_edits(edits)
        after = apply_edits(source.data, ordered)
        verdict = run_gates(self.gates({item.key: text}), source, after, ordered)
        if verdict.ok:
            return None
        gate, _, reason = verdict.reason.partition(": ")
        # Gates over several functions say which; here there is one.
        return RedFlag(gate, reason.removeprefix(f"{items_by_key(source)[item.key].name}: "))


def _width_problem(source: SourceFile, found: PythonItem, text: str) -> str:
    """Return why a rewrite has lines that the file would not have; mostly empty."""
    usual = max(map(len, source.data.decode(source.encoding).splitlines()), default=0)
    indent = len(found.definition.indent)
    longest = max(len(line) + indent for line in text.split("\n"))
    return f"a line of {longest} columns" if longest > max(usual, _WIDTH_MAX) else ""


def _too_long(found: PythonItem) -> str:
    lines, size_bytes = found.line_count, len(found.definition.own_source)
    if lines > rewriting.LINES_MAX:
        return f"{lines} lines; at most {rewriting.LINES_MAX} can be rewritten reliably"
    if size_bytes > rewriting.BYTES_MAX:
        return f"{size_bytes} bytes; at most {rewriting.BYTES_MAX} can be rewritten reliably"
    return ""
