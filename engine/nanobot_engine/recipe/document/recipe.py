"""The recipe "document": a docstring or doc comment for every public definition without one.

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
    PythonDefinition,
    PythonModule,
    SourceFile,
    TextEdit,
    docstring_length_max,
    insert_docstring,
    is_public_module,
    parse_source,
)
from nanobot_engine.language import LanguageParsesGate
from nanobot_engine.language.definitions import LANGUAGES, CodeDefinition
from nanobot_engine.language.doc_comment import doc_comment_edit, worded
from nanobot_engine.language.own_files import is_worked_on
from nanobot_engine.recipe.document import other_languages, summary
from nanobot_engine.recipe.document.described import code_shown, facts
from nanobot_engine.recipe.document.other_languages import (
    NO_SURVEY,
    OnlyDocumentationAddedGate,
    is_code,
)
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_definition, left_items
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, Recipe, RedFlag
from nanobot_indexer import Language

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

_FENCES: Final = {"tsx": "typescript"}


def _question(what: str, code: str, language: str = "python") -> str:
    return f"```{_FENCES.get(language, language)}\n{code}\n```\nSummary of the {what}:"


_ABOUT_DOCSTRINGS: Final = re.compile(
    r"\bdoc[ -]?(strings?|comments?)\b|\bdocument(ation)?\b|\b(ts|js|java|go|rust)[ -]?docs?\b"
    r"|\bdoxygen\b|\bkernel-?doc\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(remove|delete|strip|drop|translate|rewrite|improve|fix|update|shorten|convert)\b",
    re.IGNORECASE,
)
_KIND_WORDS: Final = MappingProxyType(
    {
        "function": re.compile(r"\bfunctions?\b", re.IGNORECASE),
        "method": re.compile(r"\bmethods?\b", re.IGNORECASE),
        "class": re.compile(
            r"\b(class(es)?|structs?|interfaces?|traits?|enums?|types)\b", re.IGNORECASE
        ),
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


class DocumentRecipe(AskingRecipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME
    languages = LANGUAGES | {Language.PYTHON}
    grammar = _GRAMMAR
    tokens_max = 48
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((_question(what, code), answer) for what, code, answer in _EXAMPLES),
    )

    def __init__(self, scope: Scope, survey: other_languages.Survey = NO_SURVEY) -> None:
        self._scope = scope
        self._survey = survey

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """Parses; tree equal but for these docstrings or comments; every other byte as it was."""
        return (
            LanguageParsesGate(),
            OnlyDocumentationAddedGate(text_by_key),
            BytesKeptGate(),
        )

    def surveyed(self, sources: Iterable[SourceFile]) -> Recipe:
        """Parse what is not Python at once, and see which prototypes have a comment."""
        return DocumentRecipe(self._scope, other_languages.surveyed(sources, self.is_code_meant))

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the definitions of one file that need a docstring or doc comment."""
        if is_code(source):
            yield from self._enumerate_code(source)
            return
        if not self._scope.only and not self._in_scope(source.path):
            return
        done = []
        for key, definition in keyed_definitions(_module(source), source.path):
            if self._scope.only:
                wanted = key in self._scope.only and not definition.has_docstring
            else:
                wanted = self._needs_docstring(definition)
            if wanted:
                done.append(definition.qualified_name)
                yield Item(key=key, path=source.path, label=definition.qualified_name)
        if not self._scope.only:
            yield from left_items(source, self._scope.place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:  # noqa: ARG002 - the protocol's signature
        """Leave a definition that was named and needs none."""
        return NOTHING if is_left(item) else None

    def _enumerate_code(self, source: SourceFile) -> Iterator[Item]:
        """List those of a file in another language than Python."""
        scope = self._scope
        if not self.is_code_meant(source):
            return
        found = self._survey.by_source.get(source)
        if found is None:
            found = other_languages.keyed_definitions(source)
        for key, definition in found:
            is_needed = (
                definition.kind in scope.kinds
                and scope.place.has_name(definition.qualified_name)
                and definition.is_public
                and definition.name not in self._survey.documented
            )
            if not definition.has_comment and (key in scope.only if scope.only else is_needed):
                yield Item(key=key, path=source.path, label=definition.qualified_name)

    def is_code_meant(self, source: SourceFile) -> bool:
        """Tell whether definitions of a file in another language are asked for."""
        scope = self._scope
        if scope.only:
            return any(key.startswith(f"{source.path}::") for key in scope.only)
        is_ours = is_worked_on(source, with_tests=scope.with_tests)
        return is_ours and scope.place.has_path(source.path)

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the definition, inside its class, without what does not fit."""
        definition = _definition(source, item)
        code = code_shown(definition, source.encoding, code_bytes_max)
        what = f"{definition.kind} `{definition.qualified_name}`{facts(definition)}"
        if isinstance(definition, CodeDefinition):
            return _question(what, code, definition.language.value)
        parent, _, _ = definition.qualified_name.rpartition(".")
        if definition.kind == "method":
            code = f"class {parent.rpartition('.')[2]}:\n    ...\n" + textwrap.indent(code, "    ")
        return _question(what, code)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Normalise the sentence and compare its claims with the code."""
        definition = _definition(source, item)
        flag_or_text = summary.checked(answer, definition)
        if isinstance(flag_or_text, RedFlag):
            return flag_or_text
        if flag_or_text in {answer for _, answer in self.briefing.examples}:
            return RedFlag("echo", "it repeats an example of the prompt")
        words = summary.content_words(flag_or_text)
        if isinstance(definition, CodeDefinition):
            text = worded(flag_or_text, definition)
            if text is None:
                return RedFlag("form", f"no sentence of a {definition.language} comment")
            return Candidate(text, words)
        room = docstring_length_max(definition, line_length_max=self._scope.line_length_max)
        if len(flag_or_text) > room:
            return RedFlag("length", f"{len(flag_or_text)} characters, room for {room}")
        return Candidate(flag_or_text, words)

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two sentences say the same in other words."""
        return summary.same_meaning(first, second)

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Place the sentence as a docstring or comment: a pure insertion.

        Raises:
            DeclinedError: The definition needs none.
        """
        if is_left(item):
            raise DeclinedError(self._why_nothing(left_definition(source, item).definition))
        definition = _definition(source, item)
        if isinstance(definition, CodeDefinition):
            return doc_comment_edit(
                source,
                definition,
                candidate.text,
                line_length_max=self._scope.line_length_max,
                step_key=item.key,
            )
        return insert_docstring(
            source,
            definition,
            candidate.text,
            line_length_max=self._scope.line_length_max,
            step_key=item.key,
        )

    def _why_nothing(self, definition: PythonDefinition) -> str:
        """Say why a definition that was named gets no docstring."""
        if definition.has_docstring:
            return "it and what is in it have a docstring, as far as they need one"
        if definition.is_overload or definition.is_property_setter_or_deleter:
            return "what it is a part of has the docstring"
        return f"it is a {definition.kind}, and the sentence asks for others"

    def _in_scope(self, path: str) -> bool:
        is_meant = self._scope.place.has_file(path, with_tests=self._scope.with_tests)
        # Who says where means it, whatever it is called.
        is_named = self._scope.place.names or self._scope.place.is_file(path)
        return is_meant and bool(is_named or is_public_module(path))

    def _needs_docstring(self, definition: PythonDefinition) -> bool:
        return (
            definition.kind in self._scope.kinds
            and self._scope.place.has_name(definition.qualified_name)
            and (definition.is_public or self._scope.place.is_named(definition.qualified_name))
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


def _definition(source: SourceFile, item: Item) -> PythonDefinition | CodeDefinition:
    """Find an item in its file again; the file is the one that was enumerated."""
    if is_code(source):
        return dict(other_languages.keyed_definitions(source))[item.key]
    return dict(keyed_definitions(_module(source), source.path))[item.key]
