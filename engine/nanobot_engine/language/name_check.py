"""Whether every name of a file still means what it meant before a renaming."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from nanobot_engine.language.binding import Act, Binding, CodeFile, NameTable, Occurrence
from nanobot_engine.language.reference import CodeReference, Form

_BOUND = frozenset({Act.DECLARES, Act.USES})


def replacement(form: Form, old: str, new: str) -> str:
    """Return what stands at a place after the renaming."""
    return form.value.format(old=old, new=new)


def changed_meaning(
    before: CodeFile, after: CodeFile, edits: Iterable[CodeReference], old: str, new: str
) -> str:
    """Compare what the old and the new name mean before and after.

    Args:
        before: The file.
        after: The same with the edits.
        edits: What was replaced, each in its form.
        old: The name before.
        new: The name after.

    Returns:
        The first difference as a sentence; empty when there is none.
    """
    if after.tree.error_count > before.tree.error_count:
        return "would not parse any more"
    form_by_start = {one.leaf.start_byte: one.form for one in edits}
    starts = sorted(form_by_start)
    sizes = (
        len(replacement(form_by_start[start], old, new).encode()) - len(old.encode())
        for start in starts
    )
    places = _Places(starts, [0, *accumulate(sizes)])
    bound = {name: _by_start(after.names(name)) for name in (old, new)}
    pair: dict[Binding, Binding] = {}
    taken: dict[Binding, Binding] = {}
    for name in (old, new):
        for one in before.names(name).occurrences:
            if one.role.act not in _BOUND:
                continue
            start = one.leaf.start_byte
            form = form_by_start.get(start) if name == old else None
            name_after, offset = (name, 0) if form is None else _named(form, old, new)
            match = bound[name_after].get(places.after(start) + offset)
            line = before.tree.line(start)
            if match is None:
                return f"line {line}: {name!r} is no name any more"
            if not _is_same(one.binding, match.binding, pair, taken):
                return f"line {line}: {name_after!r} would mean something else"
    return ""


@dataclass(frozen=True, slots=True)
class _Places:
    starts: list[int]
    """Of the edits, sorted."""
    shifts: list[int]
    """By how many edits stand before a byte."""

    def after(self, offset: int) -> int:
        return offset + self.shifts[bisect_left(self.starts, offset)]


def _is_same(
    was: Binding | None,
    now: Binding | None,
    now_by_was: dict[Binding, Binding],
    was_by_now: dict[Binding, Binding],
) -> bool:
    """Tell whether two bindings are the same name, and always were."""
    if was is None or now is None:
        return was is now
    return now_by_was.setdefault(was, now) is now and was_by_now.setdefault(now, was) is was


def _by_start(table: NameTable) -> dict[int, Occurrence]:
    return {one.leaf.start_byte: one for one in table.occurrences}


def _named(form: Form, old: str, new: str) -> tuple[str, int]:
    """Return which name of a replacement is the local one, and where in it."""
    if form is Form.PLAIN:
        return new, 0
    text = replacement(form, old, new)
    name = new if form is Form.KEY_KEPT else old
    return name, len(text.encode()) - len(name.encode())
