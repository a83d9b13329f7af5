"""Whether every name still means what it meant before a change.

The files are bound again after the change. For a renaming each occurrence before has
exactly one after it, so the two can be compared one by one; for other changes only
what is undefined or unused is compared.
"""

import builtins
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit, source_from_bytes
from nanobot_engine.python import Inference, PythonFile, Scope, read_python
from nanobot_engine.python.scope import Role

_ALWAYS_DEFINED: Final = frozenset(dir(builtins)) | {
    "__file__",
    "__name__",
    "__path__",
    "__doc__",
    "__package__",
    "__spec__",
    "__loader__",
    "__class__",
    "__module__",
    "__qualname__",
    "__annotations__",
    "__builtins__",
    "__dict__",
    "WindowsError",
}


def changed_meaning(before: PythonFile, after: bytes, edits: Sequence[TextEdit]) -> str:
    """Compare what names mean before and after edits that replace names only.

    Args:
        before: The file.
        after: Its bytes after the edits.
        edits: Sorted; each replaces one name, or adds ` as name` to one.

    Returns:
        The first difference as a sentence; empty when there is none.

    Raises:
        SourceSyntaxError: `after` does not parse.
    """
    now = read_python(_as_source(before, after))
    place = _Shift(edits)
    scope_now = {scope_start(now, scope): scope for scope in _scopes(now)}
    bound_now = {occurrence.span.start_byte: occurrence for occurrence in now.names.names}
    # Two names of one scope must not become one.
    name_before: dict[tuple[Scope | None, str], str] = {}
    for occurrence in before.names.names:
        bound = occurrence.bound()
        if occurrence.role is Role.IMPORT:
            continue
        start = place.after(occurrence.span.start_byte)
        match = bound_now.get(start)
        line = before.line(occurrence.span.start_byte)
        if match is None:
            return f"line {line}: {occurrence.name!r} is no name any more"
        expected = None
        if bound is not None:
            expected = scope_now.get(place.after(scope_start(before, bound)))
        merged = name_before.setdefault((expected, match.name), occurrence.name)
        if match.bound() is not expected or merged != occurrence.name:
            return f"line {line}: {match.name!r} would mean something else"
    for scope in _scopes(before):
        # An import that nothing uses binds a name, too: a package offers it to others.
        match_now = scope_now.get(place.after(scope_start(before, scope)))
        if match_now is not None and len(match_now.sites) < len(scope.sites):
            taken = sorted(set(match_now.sites) & set(scope.sites) - _unchanged(scope, match_now))
            return f"{', '.join(taken) or 'a name'} would stand for two things"
    return ""


def _unchanged(before: Scope, now: Scope) -> set[str]:
    """Return the names that are bound as often as they were."""
    return {
        name for name, sites in before.sites.items() if len(now.sites.get(name, ())) == len(sites)
    }


def _as_source(before: PythonFile, after: bytes) -> SourceFile:
    return source_from_bytes(before.path, after, mode=before.source.mode)


def _scopes(file: PythonFile) -> list[Scope]:
    found = [file.names.module]
    for scope in found:
        found += scope.children
    return found


def scope_start(file: PythonFile, scope: Scope) -> int:
    """Return a byte that identifies a scope among those of its file."""
    node = scope.node
    line = getattr(node, "lineno", None)
    if line is None:
        return -1
    return file.byte_map.offset(line, node.col_offset)  # type: ignore[attr-defined] # it has a line


class _Shift:
    """Where bytes of the text before are after the edits."""

    def __init__(self, edits: Sequence[TextEdit]) -> None:
        self._ends = [edit.end_byte for edit in edits]
        sizes = [len(edit.new_text) - (edit.end_byte - edit.start_byte) for edit in edits]
        self._shifts = [0, *accumulate(sizes)]

    def after(self, offset: int) -> int:
        """Return the new place of a byte that no edit replaces, or that starts one."""
        low, high = 0, len(self._ends)
        while low < high:
            middle = (low + high) // 2
            if self._ends[middle] <= offset:
                low = middle + 1
            else:
                high = middle
        return offset + self._shifts[low]


def undefined_names(file: PythonFile, inference: Inference) -> frozenset[str]:
    """Return the names that a file uses and nothing defines."""
    found = set()
    for occurrence in file.names.names:
        if occurrence.role is not Role.LOAD or occurrence.name in _ALWAYS_DEFINED:
            continue
        if occurrence.bound() is None and not _may_be_starred(file, inference, occurrence.name):
            found.add(occurrence.name)
    return frozenset(found)


def _may_be_starred(file: PythonFile, inference: Inference, name: str) -> bool:
    stars = [imported for imported, _ in file.names.imports if imported.name == "*"]
    if not stars:
        return False
    # A star of a module that is not here may bring anything.
    return inference.star_source(file, name) is not None or any(
        inference.project.modules.resolve(file.path, level=one.level, module=one.module) is None
        for one in stars
    )


def unused_imports(file: PythonFile) -> frozenset[str]:
    """Return the names that imports bind and nothing in the file uses.

    A name in `__all__`, one imported as itself (`import a as a`) and those of an
    `__init__` are meant for others.
    """
    if file.path.endswith(("__init__.py", "__init__.pyi")):
        return frozenset()
    used = {(o.bound(), o.name) for o in file.names.names if o.role is not Role.IMPORT}
    listed = {one.name for one in file.names.listed}
    return frozenset(
        imported.bound
        for imported, scope in file.names.imports
        if imported.bound != "*"
        and imported.alias.asname != (imported.name or imported.module)
        and imported.module != "__future__"
        and imported.bound not in listed
        and (scope.lookup(imported.bound), imported.bound) not in used
    )


def new_problems(
    before: Mapping[str, PythonFile],
    after: Mapping[str, PythonFile],
    *,
    was: Inference,
    now: Inference,
) -> list[str]:
    """Return undefined names and unused imports that a change brought, as sentences.

    Args:
        before: The changed files as they were, by path; new ones are missing.
        after: The same as they are now; removed ones are missing.
        was: Of the project before.
        now: Of the project after.
    """
    found = []
    # What nothing used in one file may move to another.
    idle = {name for old in before.values() for name in unused_imports(old)}
    for path, file in sorted(after.items()):
        old = before.get(path)
        known = undefined_names(old, was) if old is not None else frozenset()
        found += [
            f"{path}: {name!r} is not defined"
            for name in sorted(undefined_names(file, now) - known)
        ]
        found += [
            f"{path}: {name!r} is imported and not used"
            for name in sorted(unused_imports(file) - idle)
        ]
    return found
