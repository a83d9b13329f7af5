"""What `document` works on in other languages than Python: public definitions without a comment.

Tests, generated and minified files are left out, and code that others wrote (`vendor`).
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import Gate, OnlyDocstringsChangedGate, SourceFile, TextEdit
from nanobot_engine.edit.gates import Verdict
from nanobot_engine.language.definitions import (
    LANGUAGES,
    CodeDefinition,
    code_definitions,
    documented_prototypes,
)
from nanobot_engine.language.doc_comment import OnlyCommentsAddedGate
from nanobot_indexer import Language, language_of
from nanobot_indexer.syntax.tree import SyntaxTree
from nanobot_indexer.syntax.tree_parser import TreeParser

KeyedDefinitions = tuple[tuple[str, CodeDefinition], ...]


def language_in(source: SourceFile) -> Language:
    """Return the language of a file."""
    return language_of(source.path, source.data)


def is_code(source: SourceFile) -> bool:
    """Tell whether a file is in one of the other languages."""
    return language_in(source) in LANGUAGES


@functools.lru_cache(maxsize=32)
def keyed_definitions(source: SourceFile) -> KeyedDefinitions:
    """Return what can have a comment, with item keys as those of Python.

    None where the file can not be parsed, or ends its lines with bare carriage returns: to
    most of these languages that is no end of a line.
    """
    with TreeParser() as parser:
        tree = _tree(source, parser)
    return _keyed(tree, source) if tree is not None else ()


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found in all files."""

    by_source: Mapping[SourceFile, KeyedDefinitions]
    documented: frozenset[str]
    """Names of functions whose comments stand at their prototypes."""


NO_SURVEY: Final = Survey({}, frozenset())


def surveyed(sources: Iterable[SourceFile], is_meant: Callable[[SourceFile], bool]) -> Survey:
    """Look at many files with one worker.

    Args:
        sources: The files.
        is_meant: Tells whether definitions of a file are asked for. Of other files only the
            prototypes of C and C++ are looked at: a tree costs a hundred times its text.
    """
    by_source: dict[SourceFile, KeyedDefinitions] = {}
    documented: set[str] = set()
    with TreeParser() as parser:
        for source in sources:
            has_prototypes = language_in(source) in {Language.C, Language.CPP}
            if not is_code(source) or not (has_prototypes or is_meant(source)):
                continue
            tree = _tree(source, parser)
            if tree is not None:
                by_source[source] = _keyed(tree, source)
                if has_prototypes:
                    documented.update(documented_prototypes(tree, source.path))
    return Survey(by_source, frozenset(documented))


def _tree(source: SourceFile, parser: TreeParser) -> SyntaxTree | None:
    return parser.tree(source.data, language_in(source)) if source.newline != "\r" else None


def _keyed(tree: SyntaxTree, source: SourceFile) -> KeyedDefinitions:
    count_by_name: Counter[str] = Counter()
    found: list[tuple[str, CodeDefinition]] = []
    for one in code_definitions(tree, language_in(source), source.path):
        name = one.qualified_name
        count_by_name[name] += 1
        ordinal = f"#{count_by_name[name]}" if count_by_name[name] > 1 else ""
        found.append((f"{source.path}::{name}{ordinal}", one))
    return tuple(found)


class OnlyDocumentationAddedGate:
    """Nothing but the intended docstrings or comments is new, by the language of the file."""

    name: Final = "only docstrings changed"

    def __init__(self, text_by_key: Mapping[str, str]) -> None:
        self._python: Gate = OnlyDocstringsChangedGate(text_by_key)
        self._code: Gate = OnlyCommentsAddedGate(text_by_key)

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """See `Gate.check`."""
        gate = self._code if is_code(before) else self._python
        return gate.check(before, after, edits)
