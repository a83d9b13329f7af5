"""What a summary is about, in any language, and how a model is shown it."""

import textwrap
from typing import Final, Protocol

# Methods and members that a class shows of itself; the rest does not fit a
# small window and rarely says what the class is for.
_CLASS_LINES_MAX: Final = 40


class Described(Protocol):
    """A definition; `PythonDefinition` and `CodeDefinition` are such."""

    @property
    def qualified_name(self) -> str:
        """With the names around it, and dots."""

    @property
    def kind(self) -> str:
        """`function`, `method` or `class`."""

    @property
    def returns_value(self) -> bool:
        """Whether a call gives something back."""

    @property
    def is_generator(self) -> bool:
        """Whether it yields."""

    @property
    def is_stub(self) -> bool:
        """Whether the body is left to others."""

    @property
    def indent(self) -> bytes:
        """Leading white space of its line."""

    @property
    def own_source(self) -> bytes:
        """All of it, as it is written."""


def code_shown(definition: Described, encoding: str, bytes_max: int) -> str:
    """Return a definition's code, dedented, cut at a line when it is too long."""
    text = definition.own_source.decode(encoding, errors="replace")
    first, _, rest = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    # The first line starts after its indentation, the others do not.
    code = textwrap.dedent(definition.indent.decode("ascii") + first + "\n" + rest)
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


def facts(definition: Described) -> str:
    """Say what a program knows for sure, so that the model need not guess it."""
    if definition.kind == "class":
        return ""
    if definition.is_generator:
        return ", which yields values"
    if definition.returns_value:
        return ", which returns a value"
    return "" if definition.is_stub else ", which returns nothing"
