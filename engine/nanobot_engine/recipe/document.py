"""The recipe "document": a docstring for every public definition that has none.

The model decides the words of one sentence. The program decides everything
else: what needs a docstring, its form, where it goes, and that nothing but
docstrings changes.

What counts as public follows pydocstyle 5 ("Error
codes" in its manual): no leading underscore in the name or in any parent, listed in a literal
`__all__` where there is one. Magic methods, overloads, and setters are left out:
their documentation is elsewhere.
"""

import functools
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import (
    BytesKeptGate,
    Gate,
    OnlyDocstringsChangedGate,
    ParsesGate,
    PythonDefinition,
    PythonModule,
    SourceFile,
    TextEdit,
    docstring_length_max,
    insert_docstring,
    is_public_module,
    is_test_module,
    parse_source,
)
from nanobot_engine.recipe import summary
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.recipe import Briefing, Candidate, Item, Recipe, RedFlag

NAME: Final = "document"
EXAMPLE: Final = "add docstrings to every public function and class that has none"

_KINDS: Final = frozenset({"function", "method", "class"})
_LINE_LENGTH_MAX: Final = 88
"""What Black and many others allow."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which definitions the user meant."""

    kinds: frozenset[str]
    """Of "function", "method", "class"."""
    with_tests: bool
    """Whether test modules count. People rarely document tests."""
    only: frozenset[str] = frozenset()
    """Item keys; empty means all. An editor names the one under the cursor."""
    line_length_max: int = _LINE_LENGTH_MAX
    """Columns of the line that holds a docstring, indentation and quotes included."""
    place: Place = EVERYWHERE

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {
            "kinds": ",".join(sorted(self.kinds)),
            "with_tests": str(self.with_tests).lower(),
            "only": "\n".join(sorted(self.only)),
            "line_length_max": str(self.line_length_max),
            **self.place.to_arguments(),
        }

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Scope":
        """Read what `to_arguments` wrote."""
        only = arguments.get("only", "")
        return cls(
            kinds=frozenset(arguments["kinds"].split(",")) & _KINDS,
            with_tests=arguments["with_tests"] == "true",
            only=frozenset(only.split("\n")) if only else frozenset(),
            line_length_max=int(arguments.get("line_length_max", _LINE_LENGTH_MAX)),
            place=Place.from_arguments(arguments),
        )


EVERYTHING: Final = Scope(kinds=_KINDS, with_tests=False)

_SYSTEM: Final = """\
You write the summary line of Python docstrings.
Read the code. Answer with one sentence that tells a caller what the function or class is for.
- For a function start with an imperative verb: "Return", "Write", "Parse", "Check". \
For a class start with a noun phrase.
- At most 14 words. Say what it does, not how. End with a period.
- Use only what the code shows. No quotes, no markdown."""

_EXAMPLES: Final = (
    (
        "function `area`, which returns a value",
        "def area(w, h):\n    return w * h",
        "Return the area of a rectangle of the given width and height.",
    ),
    (
        "class `Stack`",
        (
            "class Stack:\n    def __init__(self):\n        self.items = []\n"
            "    def push(self, item): ...\n    def pop(self): ..."
        ),
        "A last-in, first-out collection of items.",
    ),
    (
        "method `Config.save`, which returns nothing",
        (
            "class Config:\n    ...\n    def save(self, path):\n"
            '        with open(path, "w") as f:\n            json.dump(self.values, f)'
        ),
        "Write the values to a JSON file.",
    ),
)

# One sentence of printable ASCII without quotes, backslashes or markdown, so
# that a docstring never needs an escape. It starts with a capital letter.
_GRAMMAR: Final = """root ::= [A-Z] [A-Za-z0-9 ,'/():;_=%+*<>-]{8,118} ".\""""

# Methods and members that a class shows of itself; the rest does not fit a
# small window and rarely says what the class is for.
_CLASS_LINES_MAX: Final = 40


def _question(what: str, code: str) -> str:
    return f"```python\n{code}\n```\nSummary of the {what}:"


_ABOUT_DOCSTRINGS: Final = re.compile(r"\bdoc[ -]?strings?\b|\bdocument(ation)?\b", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"\b(remove|delete|strip|drop|translate|rewrite|improve|fix|update|shorten|convert)\b",
    re.IGNORECASE,
)
_KIND_WORDS: Final = MappingProxyType(
    {
        "function": re.compile(r"\bfunctions?\b", re.IGNORECASE),
        "method": re.compile(r"\bmethods?\b", re.IGNORECASE),
        "class": re.compile(r"\bclass(es)?\b", re.IGNORECASE),
    }
)


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that asks for docstrings.

    "functions" means methods too, as people say it, unless methods are named.
    """
    if not _ABOUT_DOCSTRINGS.search(sentence) or _REFUSED.search(sentence):
        return None
    kinds = {kind for kind, pattern in _KIND_WORDS.items() if pattern.search(sentence)}
    if "function" in kinds and "method" not in kinds:
        kinds.add("method")
    scope = Scope(
        kinds=frozenset(kinds) or EVERYTHING.kinds,
        with_tests=bool(re.search(r"\btests?\b", sentence, re.IGNORECASE)),
        place=place_of(sentence),
    )
    return Goal(sentence, NAME, scope.to_arguments())


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores."""
    return DocumentRecipe(Scope.from_arguments(arguments))


class DocumentRecipe(Recipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME
    grammar = _GRAMMAR
    tokens_max = 48
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((_question(what, code), answer) for what, code, answer in _EXAMPLES),
    )

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """Parses; AST equal but for these docstrings; every other byte as it was."""
        return (ParsesGate(), OnlyDocstringsChangedGate(text_by_key), BytesKeptGate())

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the definitions of one Python file that need a docstring."""
        if not self._scope.only and not self._in_scope(source.path):
            return
        for key, definition in keyed_definitions(_module(source), source.path):
            if self._scope.only:
                wanted = key in self._scope.only and not definition.has_docstring
            else:
                wanted = self._needs_docstring(definition)
            if wanted:
                yield Item(key=key, path=source.path, label=definition.qualified_name)

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the definition, inside its class, without what does not fit."""
        definition = _definition(source, item)
        code = _code_shown(definition, source, code_bytes_max)
        parent, _, _ = definition.qualified_name.rpartition(".")
        if definition.kind == "method":
            code = f"class {parent.rpartition('.')[2]}:\n    ...\n" + textwrap.indent(code, "    ")
        return _question(
            f"{definition.kind} `{definition.qualified_name}`{_facts(definition)}", code
        )

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Normalise the sentence and compare its claims with the code."""
        definition = _definition(source, item)
        flag_or_text = summary.checked(answer, definition)
        if isinstance(flag_or_text, RedFlag):
            return flag_or_text
        room = docstring_length_max(definition, line_length_max=self._scope.line_length_max)
        if len(flag_or_text) > room:
            return RedFlag("length", f"{len(flag_or_text)} characters, room for {room}")
        if flag_or_text in {answer for _, answer in self.briefing.examples}:
            return RedFlag("echo", "it repeats an example of the prompt")
        return Candidate(flag_or_text, summary.content_words(flag_or_text))

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two sentences say the same in other words."""
        return summary.same_meaning(first, second)

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Place the sentence as a docstring: a pure insertion."""
        definition = _definition(source, item)
        return insert_docstring(
            source,
            definition,
            candidate.text,
            line_length_max=self._scope.line_length_max,
            step_key=item.key,
        )

    def _in_scope(self, path: str) -> bool:
        return (
            self._scope.place.has_path(path)
            and is_public_module(path)
            and (self._scope.with_tests or not is_test_module(path))
        )

    def _needs_docstring(self, definition: PythonDefinition) -> bool:
        return (
            definition.kind in self._scope.kinds
            and self._scope.place.has_name(definition.qualified_name)
            and definition.is_public
            and not definition.has_docstring
            and not definition.is_overload
            and not definition.is_property_setter_or_deleter
        )


@functools.lru_cache(maxsize=32)
def _module(source: SourceFile) -> PythonModule:
    """Parse a file once for all its items: asking, checking and editing need it."""
    return parse_source(source)


def keyed_definitions(module: PythonModule, path: str) -> Iterator[tuple[str, PythonDefinition]]:
    """Yield each definition of a file with its item key.

    The key is `path::qualified name`; a name that is defined again (in the other
    branch of an `if`, say) gets `#2` and so on.
    """
    count_by_name: Counter[str] = Counter()
    for definition in module.definitions:
        name = definition.qualified_name
        count_by_name[name] += 1
        ordinal = f"#{count_by_name[name]}" if count_by_name[name] > 1 else ""
        yield f"{path}::{name}{ordinal}", definition


def _definition(source: SourceFile, item: Item) -> PythonDefinition:
    """Find an item in its file again; the file is the one that was enumerated."""
    return dict(keyed_definitions(_module(source), source.path))[item.key]


def _code_shown(definition: PythonDefinition, source: SourceFile, bytes_max: int) -> str:
    """Return the definition's code, dedented, cut at a line when it is too long."""
    text = definition.own_source.decode(source.encoding, errors="replace")
    first, _, rest = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    # The first line starts after its indentation, the others do not.
    code = textwrap.dedent(" " * len(definition.indent) + first + "\n" + rest)
    lines = code.rstrip().split("\n")
    kept: list[str] = []
    used = 0
    for line in lines:
        used += len(line.encode()) + 1
        if used > bytes_max or (definition.kind == "class" and len(kept) >= _CLASS_LINES_MAX):
            kept.append("    ...")
            break
        kept.append(line)
    return "\n".join(kept)


def _facts(definition: PythonDefinition) -> str:
    """Say what a program knows for sure, so that the model need not guess it."""
    if definition.kind == "class":
        return ""
    if definition.is_generator:
        return ", which yields values"
    if definition.returns_value:
        return ", which returns a value"
    return "" if definition.is_stub else ", which returns nothing"
