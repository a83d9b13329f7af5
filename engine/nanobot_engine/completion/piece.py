"""A piece of another file that a prompt may show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines."""

    path: str
    """Workspace-relative."""
    text: str
    """Without a line end at its end."""
