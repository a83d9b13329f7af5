"""What a search answers with."""

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
