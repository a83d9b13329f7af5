"""The recipe "annotate": types for parameters and results that say none.

A program settles what it knows for certain: literals, defaults, what functions of the file
promise, docstrings, what Python demands of `__len__`. The model is asked for the rest, one
place at a time; its answer counts only when its names mean something in the file and the
type has what the function uses. Nothing that the program does changes: where an annotation
could be read while the program runs, the place is left.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nanobot_engine.edit import (
    BytesKeptGate,
    Gate,
    ParsesGate,
    SourceFile,
    TextEdit,
    sorted_edits,
)
from nanobot_engine.edit.annotation_gate import RETURN, OnlyAnnotationsAddedGate
from nanobot_engine.recipe.annotate.answer import (
    FROM_ABC,
    AnnotationError,
    annotation_of,
    is_plain,
)
from nanobot_engine.recipe.annotate.expression_type import type_text
from nanobot_engine.recipe.annotate.slot import (
    AnnotatedFile,
    annotated_file,
    certain_type,
    unsafe_reason,
)
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.named_item import NOTHING, is_left, left_items
from nanobot_engine.recipe.names_gate import NamesGate
from nanobot_engine.recipe.new_import import import_edits
from nanobot_engine.recipe.place import EVERYWHERE, Place, place_of
from nanobot_engine.recipe.recipe import AskingRecipe, Briefing, Candidate, Item, Recipe, RedFlag
from nanobot_engine.refactor.imports.import_edit import NewImport

NAME: Final = "annotate"
EXAMPLE: Final = "add type annotations to every function in app/settings.py"

_WISH: Final = re.compile(
    r"\btyp(e|ing)[- ]?(annotations?|hints?)\b|\bannotat(e|es|ing)\b|\btype[- ]annotate\b"
    r"|\badd\s+(\w+\s+)?(types|annotations|typing|hints)\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(remove|delete|strip|drop|fix|update|change|convert|replace|modernize|modernise|upgrade"
    r"|improve|without|not|don't|dont)\b",
    re.IGNORECASE,
)
_UNSAFE: Final = "!"
_ANYTHING: Final = "?"

_SYSTEM: Final = """\
You add type annotations to Python code.
Read the function. Answer with the type of one parameter or of the result.
- Write it as in an annotation: str, int | None, list[str], dict[str, int], \
Callable[[int], str], Iterable[bytes].
- Use builtin types, Any, and classes that the code names. No quotes, no explanation.
- Say what the code shows. If it can be anything, answer Any."""

_EXAMPLES: Final = (
    (
        (
            'def join(parts, separator=None):\n    separator = separator or ","\n'
            "    return separator.join(part.strip() for part in parts)"
        ),
        "parameter `parts`",
        "Iterable[str]",
    ),
    (
        (
            "def find(self, key):\n    for one in self.entries:\n        if one.key == key:\n"
            "            return one.count + 1\n    return None"
        ),
        "result",
        "int | None",
    ),
    ("def put(self, value):\n    self.values.append(value)", "parameter `value`", "Any"),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is annotated."""

    place: Place = EVERYWHERE
    with_tests: bool = False

    def to_arguments(self) -> dict[str, str]:
        """Return the form that the ledger stores."""
        return {"with_tests": str(self.with_tests).lower(), **self.place.to_arguments()}

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Scope":
        """Read what `to_arguments` wrote."""
        return cls(Place.from_arguments(arguments), arguments["with_tests"] == "true")


def goal_of(sentence: str) -> Goal | None:
    """Return the goal of a sentence that asks for annotations."""
    if not _WISH.search(sentence) or _REFUSED.search(sentence):
        return None
    with_tests = re.search(r"\btests?\b", sentence, re.IGNORECASE) is not None
    return Goal(sentence, NAME, Scope(place_of(sentence), with_tests).to_arguments())


def from_arguments(arguments: Mapping[str, str]) -> Recipe:
    """Make the recipe that a goal stores."""
    return AnnotateRecipe(Scope.from_arguments(arguments))


def _question(code: str, what: str) -> str:
    return f"```python\n{code}\n```\nType of the {what}:"


class AnnotateRecipe(AskingRecipe):
    """See the module docstring. Stateless: safe to share."""

    name = NAME
    # Any type: what its names mean is checked by program.
    grammar = r"""root ::= [A-Za-z] [A-Za-z0-9_., |\[\]]{0,58}"""
    tokens_max = 32
    briefing = Briefing(
        system=_SYSTEM,
        examples=tuple((_question(code, what), answer) for code, what, answer in _EXAMPLES),
    )

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """Parses; nothing but these annotations and imports is new; names resolve."""
        places = [_place(key) for key in text_by_key]
        return (ParsesGate(), OnlyAnnotationsAddedGate(places), BytesKeptGate(), NamesGate())

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the parameters and results without an annotation."""
        place, path = self._scope.place, source.path
        if path.endswith(".pyi") or not place.has_file(path, with_tests=self._scope.with_tests):
            return
        done = []
        for slot in annotated_file(source).slots.values():
            name = slot.of.definition.qualified_name
            if place.has_name(name):
                done.append(name)
                yield Item(slot.key, path, slot.label)
        yield from left_items(source, place, done)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Return what a program knows; also where nothing may be written."""
        if is_left(item):
            return NOTHING
        known = annotated_file(source)
        slot = known.slots[item.key]
        if unsafe_reason(slot):
            return Candidate(_UNSAFE, frozenset())
        types = certain_type(slot, known)
        return Candidate(type_text(types), frozenset()) if types else None

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Show the function."""
        slot = annotated_file(source).slots[item.key]
        code = slot.of.code(source)
        if len(code.encode()) > code_bytes_max:
            kept = code.encode()[:code_bytes_max].decode(errors="ignore")
            code = kept.rpartition("\n")[0] + "\n    ..."
        what = "result" if slot.name == RETURN else f"parameter `{slot.name}`"
        return _question(code, what)

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Take a type that the file knows and that fits how it is used."""
        known = annotated_file(source)
        slot = known.slots[item.key]
        try:
            text = annotation_of(answer, slot, known)
        except AnnotationError as error:
            return RedFlag("type", str(error))
        return Candidate(text or _ANYTHING, frozenset())

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Insert the annotation.

        Raises:
            DeclinedError: Nothing can be said, or nothing may be written.
        """
        if is_left(item):
            raise DeclinedError("it has no parameter and no result without an annotation")
        known = annotated_file(source)
        slot = known.slots[item.key]
        if candidate.text == _UNSAFE:
            raise DeclinedError(unsafe_reason(slot))
        if candidate.text == _ANYTHING:
            raise DeclinedError("it can be anything, as far as the model sees")
        is_read = known.reads_annotations and not known.has_future
        if is_read and not is_plain(candidate.text, slot, known):
            raise DeclinedError(
                f"{candidate.text}: annotations of this file are read while the program runs"
            )
        if slot.name == RETURN:
            text = f" -> {candidate.text}"
        else:
            text = f": {candidate.text}" + (" = " if slot.has_default else "")
        label = f"annotate the {slot.label}: {candidate.text}"
        encoded = text.encode(source.encoding)
        return TextEdit(slot.start_byte, slot.end_byte, encoded, item.key, label)

    def file_edits(self, source: SourceFile, text_by_key: Mapping[str, str]) -> Sequence[TextEdit]:
        """Import what annotations name, and keep them from being evaluated where needed."""
        known = annotated_file(source)
        texts = {key: text for key, text in text_by_key.items() if text not in {_UNSAFE, _ANYTHING}}
        names = {name for text in texts.values() for name in re.findall(r"[A-Za-z_]\w*", text)}
        edits = _import_edits(source, known, names)
        is_lazy = known.has_future or known.reads_annotations
        if not is_lazy and any(
            not is_plain(text, known.slots[key], known) for key, text in texts.items()
        ):
            edits = _with_future(source, known, edits)
        return edits


def _place(key: str) -> tuple[str, str]:
    name, _, slot = key.partition("::")[2].rpartition("(")
    return name, slot.removesuffix(")")


def _import_edits(source: SourceFile, known: AnnotatedFile, names: set[str]) -> list[TextEdit]:
    new = []
    for name in sorted(names - known.file.names.module.sites.keys()):
        if name in FROM_ABC:
            new.append(NewImport("collections.abc", name))
        elif name == "Any":
            new.append(NewImport("typing", name))
    return import_edits(source, new)


def _with_future(
    source: SourceFile, known: AnnotatedFile, edits: Sequence[TextEdit]
) -> list[TextEdit]:
    """Add `from __future__ import annotations` as the first statement."""
    body = known.file.tree.body
    match body[0]:
        case ast.Expr(value=ast.Constant(value=str())) if len(body) > 1:
            first = body[1]
        case _:
            first = body[0]
    line = first.lineno
    if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        line = min([line, *(one.lineno for one in first.decorator_list)])
    start = known.file.byte_map.line_start(line)
    is_import = isinstance(first, ast.Import | ast.ImportFrom)
    is_future = isinstance(first, ast.ImportFrom) and first.module == "__future__"
    text = "from __future__ import annotations\n" + (
        "" if is_future else "\n" if is_import else "\n\n"
    )
    new = text.replace("\n", source.newline).encode(source.encoding)
    made = TextEdit(start, start, new, "", "annotations are not evaluated")
    at_same = [one for one in edits if one.start_byte == start == one.end_byte]
    others = [one for one in edits if one not in at_same]
    if at_same:
        made = replace(made, new_text=new + b"".join(one.new_text for one in at_same))
    return list(sorted_edits([made, *others]))
