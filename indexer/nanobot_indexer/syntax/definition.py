"""A named range of one file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DefinitionKind(StrEnum):
    """Stored in the index by value and by position: only ever append one."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    STRUCT = "struct"
    UNION = "union"
    ENUM = "enum"
    INTERFACE = "interface"
    TRAIT = "trait"
    MODULE = "module"
    NAMESPACE = "namespace"
    TYPE = "type"
    CONSTANT = "constant"
    VARIABLE = "variable"
    MACRO = "macro"
    SECTION = "section"
    """A heading of a document, with what it heads."""


DEFINITION_KINDS: Final = tuple(DefinitionKind)
"""Stored and sent by position."""


class ParseStatus(StrEnum):
    """What is known about the syntax of a file. Stored by value."""

    TEXT = "text"
    """No grammar for the language."""
    PARSED = "parsed"
    PARTIAL = "partial"
    """Parsed with errors: the definitions outside of them are there."""
    FAILED = "failed"
    """The parse worker crashed, hung or answered garbage: no definitions."""
    PENDING = "pending"
    """Searchable as text; a parse worker has yet to see it."""


@dataclass(frozen=True, slots=True)
class DefinitionRange:
    """A definition as the parser sees it: without its file, without lines.

    Invariant: start_byte <= name_start_byte <= name_end_byte <= end_byte, and
    `parent` is smaller than the definition's own index.
    """

    kind: DefinitionKind
    name: str
    qualified_name: str
    start_byte: int
    end_byte: int
    """Exclusive."""
    name_start_byte: int
    name_end_byte: int
    """Exclusive."""
    parent: int | None
    signature_start_byte: int = 0
    signature_end_byte: int = 0
    """Exclusive. The header without decorators and body; both 0 when it is not known."""
    docstring_start_byte: int = 0
    docstring_end_byte: int = 0
    """Exclusive. A Python docstring, or the comment directly above; both 0 for none."""


@dataclass(frozen=True, slots=True)
class ImportRange:
    """One imported module or name."""

    start_byte: int
    """Of the statement; several imports may share one."""
    end_byte: int
    """Exclusive."""
    name: str
    """As the statement spells it: `a.b`, `x.y` of `from x import y`, `./m`, `stdio.h`."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method, class, … with its place.

    Positions are byte offsets into the raw file, because tree-sitter and the
    volumes both count bytes. Decorators, `export` and `template<…>` belong to the
    range; comments before it do not.
    """

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    kind: DefinitionKind
    name: str
    """Without its scope, e.g. `run`."""
    qualified_name: str
    """From the outermost definition of the file inwards, with dots, e.g. `Runner.run`."""
    start_byte: int
    end_byte: int
    """Exclusive."""
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    name_start_byte: int
    name_end_byte: int
    """Exclusive."""
    parent: int | None
    """Index of the enclosing definition among those of the file; None at the top."""
    signature_start_byte: int = 0
    signature_end_byte: int = 0
    """Exclusive. The header without decorators and body; both 0 when it is not known."""
    docstring_start_byte: int = 0
    docstring_end_byte: int = 0
    """Exclusive. A Python docstring, or the comment directly above; both 0 for none."""
