"""The recipe "write tests": functions without tests get some that pin what they do today.

The model proposes inputs, a program adds those that the code speaks of. They are run in a
confined copy, twice with other hashes; what gives the same literal both times is pinned. Of
these only calls are kept that fail on a small mistake made in the function on purpose. The
file is written where the project has its tests, and passes in the copy.

Such tests say what the code does, not what it should do.
"""

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import run_confined
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.scratch import ScratchError, ScratchWorkspace, scratch_workspace
from nanobot_engine.edit import (
    NO_FILE,
    FileEdit,
    Gate,
    ParsesGate,
    SourceFile,
    TextEdit,
    is_test_module,
)
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.rewrite_gates import reached_powers
from nanobot_engine.recipe.errors import DeclinedError, RecipeError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_definition, left_items
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.python_item import PythonItem, is_nested, items_by_key
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, Recipe, RedFlag
from nanobot_engine.recipe.write_tests.call_input import (
    CALLS_MAX,
    checked_calls,
    program_calls,
    varied_calls,
)
from nanobot_engine.recipe.write_tests.mutant import mutants
from nanobot_engine.recipe.write_tests.pinned_call import (
    Pin,
    Target,
    is_pinned,
    outcomes,
    target_of,
    telling_pins,
)
from nanobot_engine.recipe.write_tests.pinned_file import file_text, is_builtin_error, joined_text

NAME: Final = "write tests"
EXAMPLE: Final = "write tests for the functions in app/settings.py"

_WISH: Final = re.compile(
    r"\b(write|add|create|generate|make)\b[^.;]*?\b(unit )?tests?\b(?! (folder|directory|file)s?)",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(remove|delete|drop|rename|move|fix|update|change|convert|not|don't|dont|pass|docstrings?"
    r"|annotations?|type hints?|logging|parameter|argument)\b",
    re.IGNORECASE,
)
_REMEMBERING: Final = frozenset({"cache", "lru_cache"})
_FOLDERS: Final = ("tests", "test")
_WORD: Final = re.compile(rb"[A-Za-z_]\w*")
_FILE_BYTES_MAX: Final = 1 << 20
_TESTS_TIMEOUT_S: Final = 60.0
_NOT_ALLOWED: Final = (
    "it runs your code, and was not allowed by you here: start again with --run-tests or the "
    "setting process.run_code"
)

_SYSTEM: Final = """\
You choose inputs to test a Python function with.
Read the function. Answer with four calls of it, one on each line.
- Pass literals only: numbers, strings, True, None, lists, tuples, dicts.
- Choose inputs that take different ways through the code: usual ones, empty ones, edges.
No comments, no results."""

_EXAMPLES: Final = (
    (
        (
            "def shorten(text, limit=10):\n    if limit < 4:\n"
            '        raise ValueError("limit")\n    if len(text) <= limit:\n        return text\n'
            '    return text[: limit - 3] + "..."'
        ),
        (
            'shorten("short")\nshorten("a text that is too long")\n'
            'shorten("abcd", limit=4)\nshorten("", limit=3)'
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What gets tests, and how code may be run."""

    place: Place = EVERYWHERE
    root: str = ""
    """The workspace folder; empty where its code may not be run."""
    python: str = ""
    """The interpreter of the workspace, which has pytest; empty where the user of this machine
    did not allow it: then nothing runs, and what was made before can still be reviewed."""

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {"root": self.root, "python": self.python, **self.place.to_arguments()}

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Scope":
        """Read what `to_arguments` wrote."""
        place = Place.from_arguments(arguments)
        return cls(place, arguments.get("root", ""), arguments.get("python", ""))


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that asks for new tests."""
    if not _WISH.search(sentence) or _REFUSED.search(sentence):
        return None
    return Goal(sentence, NAME, Scope(place_of(sentence)).to_arguments())


def with_code(goal: Goal, *, root: Path, python: Path) -> Goal:
    """Return a goal of this recipe that may run the code of a workspace.

    Only for where the user allowed it.
    """
    scope = replace(Scope.from_arguments(goal.arguments), root=str(root), python=str(python))
    return replace(goal, arguments=scope.to_arguments())


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores.

    Raises:
        RecipeError: Nobody allowed to run the code of the workspace.
    """
    scope = Scope.from_arguments(arguments)
    if not scope.root:
        raise RecipeError(
            "write tests: needs to run the functions, in a confined copy, to see what they give; "
            "allow it first (`process.run_code`)"
        )
    return WriteTestsRecipe(scope)


class WriteTestsRecipe(AskingRecipe):
    """See the module docstring. Reads the tests of the workspace once."""

    name = NAME
    grammar = "\n".join(  # noqa: FLY002 - a grammar reads by lines
        (
            'root ::= call "\\n" call "\\n" call "\\n" call',
            'call ::= [A-Za-z_] [A-Za-z0-9_]* "(" [^\\n]{0,110} ")"',
        )
    )
    tokens_max = 180
    stop = ("\n\n",)
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((f"```python\n{code}\n```", answer) for code, answer in _EXAMPLES),
    )

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._root = Path(scope.root)

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:  # noqa: ARG002 - the protocol's signature
        """Parses; that it passes and can fail was seen when it was made."""
        return (ParsesGate(),)

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List public functions that no test names; of a sentence with names, those."""
        place = self._scope.place
        if is_test_module(source.path) or not place.has_path(source.path):
            return
        done = []
        for key, found in items_by_key(source).items():
            name = found.node.name
            is_due = found.definition.is_public and name not in self._tested
            is_meant = place.is_named(found.definition.qualified_name) if place.names else is_due
            if is_meant and not _why_not(found):
                done.append(name)
                yield Item(key, source.path, name)
        yield from left_items(source, place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Leave a function that reaches out of itself: it is not only called to see."""
        if is_left(item):
            return NOTHING
        return Candidate("", frozenset()) if self._unfit(source, item) else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the function."""
        code = items_by_key(source)[item.key].code(source)
        if len(code.encode()) > code_bytes_max:
            kept = code.encode()[:code_bytes_max].decode(errors="ignore")
            # The model is told that something follows.
            code = kept.rpartition("\n")[0] + "\n    ..."
        return f"```python\n{code}\n```"

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take the calls that pass literals only."""
        calls = checked_calls(answer, items_by_key(source)[item.key].node.name)
        if not calls:
            return RedFlag("calls", "none of them calls the function with literals")
        return Candidate("\n".join(calls), frozenset())

    def agrees(self, first: Candidate, second: Candidate) -> bool:  # noqa: ARG002 - the protocol's signature
        """Take any inputs for as good as others: what they are worth is seen when they run."""
        return True

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> FileEdit:
        """Run the calls, and write the test file.

        Raises:
            DeclinedError: Nothing could be pinned that would tell a mistake.
        """
        if is_left(item):
            raise DeclinedError(_why_not(left_definition(source, item)))
        unfit = self._unfit(source, item)
        if unfit:
            raise DeclinedError(unfit)
        found = items_by_key(source)[item.key]
        target = target_of(self._root, source.path, found.node.name)
        if target is None:
            raise DeclinedError("its file is in no module that can be imported")
        chosen = candidate.text.split("\n")
        calls = [*chosen, *program_calls(found.node), *varied_calls(chosen, found.node)]
        calls = list(dict.fromkeys(calls))[:CALLS_MAX]
        try:
            with scratch_workspace(self._root) as scratch:
                pins, told, made = self._pins(scratch, source, found, target, calls)
                text = file_text(target, pins)
                self._see_it_pass(scratch, source, target, text)
        except ScratchError as error:
            raise DeclinedError(str(error)) from error
        path = self._test_path(source.path)
        label = f"test {item.label}: {len(pins)} calls, tell {told} of {made} mistakes"
        edit = TextEdit(0, 0, text.encode(), item.key, label)
        return FileEdit(path, NO_FILE, (edit,))

    def joined(self, files: Sequence[FileEdit]) -> FileEdit:
        """Put the tests of several functions of a module into one file."""
        edits = [edit for file in files for edit in file.edits]
        text = joined_text([edit.new_text.decode() for edit in edits])
        label = "; ".join(edit.label for edit in edits)
        edit = replace(edits[0], new_text=text.encode(), label=label)
        return replace(files[0], edits=(edit,))

    def _pins(
        self,
        scratch: ScratchWorkspace,
        source: SourceFile,
        found: PythonItem,
        target: Target,
        calls: Sequence[str],
    ) -> tuple[list[Pin], int, int]:
        """Return the calls to pin, how many mistakes they tell, and how many there were."""
        python = Path(self._scope.python)
        first, second = (
            outcomes(scratch, python, target, calls, [source.data], hash_seed=seed)[0]
            for seed in ("0", "1")
        )
        if first.import_problem:
            raise DeclinedError(f"its module can not be imported: {first.import_problem}")
        stable = [
            pin
            for pin, again in zip(first.pins, second.pins, strict=False)
            if pin is not None and pin == again and is_pinned(pin)
            if not pin.error or is_builtin_error(pin.error)
        ]
        if not stable:
            raise DeclinedError("no call gives the same literal twice")
        made = mutants(source, found.node)
        seen = outcomes(scratch, python, target, calls, [one.data for one in made])
        pins, told = telling_pins(stable, [one.pins for one in seen], calls)
        if not pins:
            raise DeclinedError("no call tells a mistake in it from the function")
        return pins, told, len(made)

    def _see_it_pass(
        self, scratch: ScratchWorkspace, source: SourceFile, target: Target, text: str
    ) -> None:
        path = self._test_path(source.path)
        scratch.write({target.path: source.data, path: text.encode()})
        roots = [str(root) for root in package_roots(scratch.folder)]
        run = run_confined(
            [self._scope.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", path],
            folder=scratch.folder,
            home=scratch.home,
            environment={"PYTHONPATH": ":".join(roots)},
            timeout_s=_TESTS_TIMEOUT_S,
        )
        if run.exit_code != 0:
            last = run.output.strip().rpartition("\n")[2]
            raise DeclinedError(f"the test does not pass in the copy: {last}")

    def _test_path(self, path: str) -> str:
        """Return where the tests of a module go: a new file among the others."""
        folder = next((one for one in _FOLDERS if (self._root / one).is_dir()), _FOLDERS[0])
        stem = Path(path).stem.strip("_")
        stem = Path(path).parent.name if stem == "init" else stem
        names = (f"test_{stem}.py", f"test_{stem}_pinned.py", f"test_{stem}_pinned_2.py")
        free = (f"{folder}/{name}" for name in names if not (self._root / folder / name).exists())
        found = next(free, None)
        if found is None:
            raise DeclinedError(f"{folder}/{names[-1]}: is there already")
        return found

    def _unfit(self, source: SourceFile, item: Item) -> str:
        if not self._scope.python:
            return _NOT_ALLOWED
        found = items_by_key(source)[item.key]
        powers = reached_powers(found.node)
        return f"it reaches for {min(powers)}, so it is not called to see" if powers else ""

    @functools.cached_property
    def _tested(self) -> frozenset[str]:
        """The words that the test files of the workspace use."""
        if not self._scope.python:
            return frozenset()  # Nobody vouches for the folder either.
        return frozenset(word.decode() for word in _test_words(self._root))


def _test_words(root: Path) -> Iterator[bytes]:
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root).as_posix()
        is_ours = not any(part.startswith(".") or part == "node_modules" for part in path.parts)
        if is_ours and is_test_module(relative) and path.stat().st_size <= _FILE_BYTES_MAX:
            yield from _WORD.findall(path.read_bytes())


def _is_itself(node: DefinitionNode) -> bool:
    """Tell whether a function gives what its code says: no decorator, or one that remembers."""
    plain = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return all(ast.unparse(one).removeprefix("functools.") in _REMEMBERING for one in plain)


def _why_not(found: PythonItem) -> str:
    """Say why a definition gets no tests; nothing for one that gets some."""
    definition, node = found.definition, found.node
    reasons = (
        (isinstance(node, ast.ClassDef), "it is a class: tests are written for functions alone"),
        (is_nested(found), "it is inside of a function, where no test can call it"),
        (definition.kind != "function", "it is a method: tests are written for functions alone"),
        (not isinstance(node, ast.FunctionDef), "it is asynchronous"),
        (definition.is_generator, "it gives its values one by one"),
        (definition.is_stub, "it has no code"),
        (not _is_itself(node), "a decorator may make something else of it"),
        (not definition.returns_value, "it returns nothing that a test could compare"),
        ("#" in found.name, "its name is defined twice"),
    )
    return next((reason for holds, reason in reasons if holds), "")
