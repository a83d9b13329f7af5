"""Evidence: lines of the workspace, with the handle that opens them again."""

from dataclasses import dataclass
from enum import StrEnum


class FoundBy(StrEnum):
    """Which micro-tool found a piece. Part of JSON documents: never rename a value."""

    DEFINITION = "definition"
    GREP = "grep"
    REFERENCES = "references"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Some lines of one file, as the index has them.

    Invariant: `lines` are the lines `start_line` … `end_line` without their ends.
    """

    handle: str
    """Opens the piece again, also after the file was edited above it."""
    path: str
    """Workspace-relative, `/`-separated."""
    start_line: int
    """1-based."""
    lines: tuple[str, ...]
    """At least one. What is not in the file's encoding is U+FFFD."""
    name: str
    """The definition that it is or is in; empty outside of any."""
    found_by: FoundBy
    header_lines: tuple[int, ...] = ()
    """1-based lines where definitions begin: the outline of the piece."""

    @property
    def end_line(self) -> int:
        """1-based, inclusive."""
        return self.start_line + len(self.lines) - 1

    @property
    def text(self) -> str:
        """The lines, joined."""
        return "\n".join(self.lines)

    def is_mostly_in(self, other: "Evidence") -> bool:
        """Tell whether half of this piece or more is in another one."""
        if self.path != other.path:
            return False
        common = min(self.end_line, other.end_line) - max(self.start_line, other.start_line) + 1
        return 2 * common >= len(self.lines)
