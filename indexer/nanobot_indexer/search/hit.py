"""What a search answers with, and how it names a place so that it can be opened again."""

from dataclasses import dataclass
from typing import Final

TEXT_KIND: Final = "text"


@dataclass(frozen=True, slots=True)
class Hit:
    """A range of a file that answers the question."""

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    score: float
    """Higher is better. Only comparable within one search."""
    kind: str
    """A `DefinitionKind`, or `text` outside of any definition."""
    name: str
    """The qualified name of the definition; empty outside of any."""
    handle: str
    """Opens the chunk that was found, also after the file was edited above it."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A range of lines of a file."""

    path: str
    """Workspace-relative, `/`-separated."""
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    chunk_id: int | None
    """Of the chunk that the range is; None for any other range."""

    def __str__(self) -> str:
        suffix = "" if self.chunk_id is None else f"@{self.chunk_id:016x}"
        return f"{self.path}:{self.start_line}-{self.end_line}{suffix}"
