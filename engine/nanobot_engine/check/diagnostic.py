"""What a type checker or a linter says about one place, and whether it is new after a change.

A diagnostic is known when the text before had it: in the file from which its file came,
on the line from which its line came, with the same code and the same message but for
names that the change replaced. Each one before stands for one after. A line that the
change itself wrote came from nowhere: there a diagnostic is known when the touched files
had one with its code and message, as a moved definition takes copies of imports along.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from nanobot_engine.check.trial import Trial
from nanobot_engine.edit import FileEdit, TextEdit

_NEWLINE: Final = re.compile(rb"\r\n|\r|\n")
_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_ONE_DOTTED: Final = re.compile(r"\s*[^\W\d]\w*(?:\.[^\W\d]\w*)*\s*")
# Messages count lines and lengths, which edits elsewhere change.
_MOVING_NUMBER: Final = re.compile(r"\bline \d+|\(\d+ (?:>|<|/) \d+\)")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark."""

    path: str
    """Workspace-relative, `/`-separated."""
    line: int
    """1-based; 0 for the whole file."""
    code: str
    """That of the tool; "" where it has none."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code or 'error'} {self.message}"


def new_diagnostics(
    before: Iterable[Diagnostic], after: Iterable[Diagnostic], trial: Trial
) -> list[Diagnostic]:
    """Return those after a change that were not there before it.

    Args:
        before: All of them before.
        after: All of them after.
        trial: The change.
    """
    places = {file.path: _Places(file, trial) for file in trial.plan.files}
    written_by_path = {
        place.result_path: place for place in places.values() if place.result_path is not None
    }
    same = _SameNames(trial)
    standing: Counter[tuple[str, int, str, str]] = Counter()
    known: set[tuple[str, str]] = set()
    for one in before:
        place = places.get(one.path)
        path, line = (one.path, one.line) if place is None else place.after(one.line)
        message = same.text(one.message)
        if place is not None:
            known.add((one.code, message))
        if line is not None:
            standing[path, line, one.code, message] += 1
    new: list[Diagnostic] = []
    for one in after:
        message = same.text(one.message)
        key = one.path, one.line, one.code, message
        if standing[key]:
            standing[key] -= 1
            continue
        written = written_by_path.get(one.path)
        is_written = written is not None and written.is_written(one.line)
        if not (is_written and (one.code, message) in known):
            new.append(one)
    return new


class _Places:
    """Where the lines of one file are after its edits."""

    def __init__(self, file: FileEdit, trial: Trial) -> None:
        self.result_path = file.result_path
        self._is_whole = file.is_created or file.is_removed
        data = trial.before.get(file.path) or b""
        starts = [0, *(match.end() for match in _NEWLINE.finditer(data))]
        self._last_touched: list[int] = []
        self._touched: set[int] = set()
        self._written: set[int] = set()
        self.written_by_edit: list[range] = []
        shifts: list[int] = []
        for edit in file.edits:
            first = bisect_right(starts, edit.start_byte)
            last = bisect_right(starts, edit.end_byte)
            old_lines, new_lines = last - first, len(_NEWLINE.findall(edit.new_text))
            at_start = starts[first - 1] == edit.start_byte
            if at_start and starts[last - 1] == edit.end_byte and _ends_line(edit.new_text):
                # Whole lines: the one that follows them stays as it is.
                last, new_lines_touched = last - 1, new_lines - 1
            else:
                new_lines_touched = new_lines
            shift = sum(shifts)
            self._touched.update(range(first, last + 1))
            start = first + shift
            written = range(start, start + new_lines_touched + 1)
            self.written_by_edit.append(written)
            self._written.update(written)
            self._last_touched.append(last)
            shifts.append(new_lines - old_lines)
        self._shifts = [0, *accumulate(shifts)]

    def after(self, line: int) -> tuple[str, int | None]:
        """Return where a line is afterwards; no line when the change took it away."""
        if self._is_whole or line in self._touched:
            return self.result_path or "", None
        edits_before = bisect_right(self._last_touched, line - 1 if line else 0)
        return self.result_path or "", line + (self._shifts[edits_before] if line else 0)

    def is_written(self, line: int) -> bool:
        """Tell whether the change wrote a line of the text after."""
        return self._is_whole or line in self._written


def edits_at(trial: Trial, path: str, line: int) -> list[TextEdit]:
    """Return the edits that wrote a line of the text after a change; all of its file else.

    Args:
        trial: The change.
        path: After the change.
        line: 1-based.
    """
    files = [file for file in trial.plan.files if file.result_path == path]
    edits = [edit for file in files for edit in file.edits]
    for file in files:
        places = _Places(file, trial)
        near = [
            edit
            for edit, lines in zip(file.edits, places.written_by_edit, strict=True)
            if line in lines
        ]
        edits = near or edits
    return edits


def _ends_line(text: bytes) -> bool:
    return not text or text.endswith((b"\n", b"\r"))


class _SameNames:
    """Which names a change replaced by which; messages are compared without the difference."""

    def __init__(self, trial: Trial) -> None:
        self._first_by_name: dict[str, str] = {}
        for file in trial.plan.files:
            data = trial.before.get(file.path) or b""
            for edit in file.edits:
                old = data[edit.start_byte : edit.end_byte].decode(errors="replace")
                new = edit.new_text.decode(errors="replace")
                if _ONE_DOTTED.fullmatch(old) and _ONE_DOTTED.fullmatch(new):
                    self._join(old.strip(), new.strip())
        # What moved between two modules has another name of the module in messages.
        modules = [name for path in trial.paths for name in module_names(path)]
        for first, second in pairwise(modules):
            self._join(first, second)

    def text(self, message: str) -> str:
        """Return a message in which names that replace each other are the same."""
        without = _MOVING_NUMBER.sub("#", message)
        return _DOTTED.sub(lambda found: self._name(found.group()), without)

    def _join(self, one: str, other: str) -> None:
        first, second = self._first(one), self._first(other)
        if first != second:
            self._first_by_name[second] = first

    def _first(self, name: str) -> str:
        while (above := self._first_by_name.get(name, name)) != name:
            name = above
        return name

    def _name(self, dotted: str) -> str:
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            head = ".".join(parts[:count])
            known = self._first(head)
            if known != head or count == 1:
                return ".".join([known, *(self._first(part) for part in parts[count:])])
        return dotted


def module_names(path: str) -> Sequence[str]:
    """Return the names by which a Python file may be known, the longest first."""
    if not path.endswith((".py", ".pyi")):
        return ()
    parts = path.rpartition(".")[0].split("/")
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    # The folder that packages are imported from is often no package.
    tails = [parts, parts[1:]] if parts[:1] in (["src"], ["lib"]) else [parts]
    return [".".join(tail) for tail in tails if tail]


def listed(diagnostics: Sequence[Diagnostic], *, most: int = 3) -> str:
    """Return the first few as one line."""
    more = len(diagnostics) - most
    text = "; ".join(map(str, diagnostics[:most]))
    return f"{text}; and {more} more" if more > 0 else text
