"""Tell what a refactoring of many places leaves as it is: one note per file and reason."""

from nanobot_engine.refactor.change import ChangeBuilder

_LINES_MAX = 8


class LeftNotes:
    """Collects reasons by place; `tell` hands them to a builder."""

    def __init__(self, builder: ChangeBuilder) -> None:
        self._builder = builder
        self._lines: dict[tuple[str, str], list[int]] = {}

    def add(self, path: str, line: int, reason: str) -> None:
        """Take one place that stays as it is."""
        lines = self._lines.setdefault((path, reason), [])
        if line not in lines:
            lines.append(line)

    def first(self) -> str:
        """Return the first place with its reason; empty when there is none."""
        if not self._lines:
            return ""
        path, reason = next(iter(self._lines))
        return f"{path}:{self._lines[path, reason][0]}: {reason}"

    def tell(self) -> None:
        """Make the notes, by path and line."""
        for (path, reason), lines in sorted(
            self._lines.items(), key=lambda one: (one[0][0], min(one[1]))
        ):
            first, *others = sorted(lines)
            text = f"left as it is: {reason}"
            if others:
                shown = ", ".join(map(str, others[:_LINES_MAX]))
                rest = len(others) - _LINES_MAX
                text += f"; also in line {shown}" + (f" and {rest} more" if rest > 0 else "")
            self._builder.note(path, first, text)
