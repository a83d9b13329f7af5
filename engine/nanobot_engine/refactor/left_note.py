"""What a refactoring of many places leaves as it is: one note per file and reason."""

from dataclasses import dataclass, field

from nanobot_engine.refactor.change import ChangeBuilder, Note

_PLACES_MAX = 8


@dataclass(slots=True)
class _Left:
    lines: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class LeftNotes:
    """Collects reasons by place."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], _Left] = {}

    def add(self, path: str, line: int, reason: str, name: str = "") -> None:
        """Take one place that stays as it is.

        Args:
            path: The file.
            line: 1-based; 0 for the whole file.
            reason: Why it stays.
            name: What stays, where that is not clear from the line.
        """
        left = self._left.setdefault((path, reason), _Left())
        if line not in left.lines:
            left.lines.append(line)
        if name and name not in left.names:
            left.names.append(name)

    def first(self) -> str:
        """Return the first place with its reason; empty when there is none."""
        for (path, reason), left in self._left.items():
            name = f"{left.names[0]}: " if left.names else ""
            return f"{path}:{left.lines[0]}: {name}{reason}"
        return ""

    def notes(self) -> list[Note]:
        """Return the notes, by path and line."""
        found = []
        for (path, reason), left in self._left.items():
            first, *others = sorted(left.lines)
            names = f"{_listed(left.names)}: " if left.names else ""
            text = f"left as it is: {names}{reason}"
            if others:
                text += f"; also in line {_listed([str(one) for one in others])}"
            found.append(Note(path, first, text))
        return sorted(found, key=lambda note: (note.path, note.line))

    def tell(self, builder: ChangeBuilder) -> None:
        """Hand the notes to a builder."""
        for note in self.notes():
            builder.note(note.path, note.line, note.text)


def _listed(names: list[str]) -> str:
    rest = len(names) - _PLACES_MAX
    return ", ".join(names[:_PLACES_MAX]) + (f" and {rest} more" if rest > 0 else "")
