"""Everything in code of other languages that refers to one name: the values."""

from dataclasses import dataclass, field
from enum import Enum

from nanobot_engine.language.binding import Binding, CodeFile
from nanobot_engine.python import Certainty, Span
from nanobot_indexer.syntax.tree import SyntaxNode


class Form(Enum):
    """How a place is written with the new name."""

    PLAIN = "{new}"
    KEY_KEPT = "{old}: {new}"
    """`{x}`: the variable is renamed, the key is not."""
    VALUE_KEPT = "{new}: {old}"
    """`{x}`: the key is renamed, the variable is not."""
    ALIASED = "{new} as {old}"
    """An import that keeps its local name."""


@dataclass(frozen=True, slots=True)
class CodeReference:
    """One occurrence that means, or may mean, a symbol."""

    file: CodeFile
    leaf: SyntaxNode
    certainty: Certainty
    reason: str
    """What the occurrence is, or why it is not sure."""
    form: Form = Form.PLAIN
    binding: Binding | None = None
    """Of a local name in another file that could stay as it is: what it means there."""

    @property
    def span(self) -> Span:
        """Its place in bytes."""
        return Span(self.leaf.start_byte, self.leaf.end_byte)

    @property
    def line(self) -> int:
        """1-based."""
        return self.file.tree.line(self.leaf.start_byte)


@dataclass(frozen=True, slots=True)
class CodeSymbol:
    """A name of one file: mostly one binding, more where one name is several things at once."""

    file: CodeFile
    name: str
    bindings: tuple[Binding, ...]

    @property
    def qualified_name(self) -> str:
        """With the names around it."""
        return self.file.qualified_name(self.bindings[0])

    @property
    def line(self) -> int:
        """1-based, of its first declaration."""
        return self.file.tree.line(self.bindings[0].declarations[0].start_byte)


@dataclass(slots=True)
class Found:
    """What was found for one symbol."""

    references: dict[tuple[str, int], CodeReference] = field(default_factory=dict)
    """By path and first byte."""
    notes: list[tuple[str, int, str]] = field(default_factory=list)
    """Path, line, text."""
    file_of_name: tuple[str, str] | None = None
    """Folder and suffix where the file must have the name of the symbol; mostly None."""

    def add(
        self,
        file: CodeFile,
        leaf: SyntaxNode,
        reason: str,
        *,
        certainty: Certainty = Certainty.SURE,
        form: Form = Form.PLAIN,
        binding: Binding | None = None,
    ) -> None:
        """Add a place; what is known for sure already stays."""
        key = (file.path, leaf.start_byte)
        known = self.references.get(key)
        if known is None or known.certainty is not Certainty.SURE:
            self.references[key] = CodeReference(file, leaf, certainty, reason, form, binding)

    def note(self, file: CodeFile, leaf: SyntaxNode, text: str) -> None:
        """Tell the user something."""
        self.notes.append((file.path, file.tree.line(leaf.start_byte), text))
