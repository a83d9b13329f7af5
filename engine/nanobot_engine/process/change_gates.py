"""Gates over all files of a change together, without running anything.

    parses       Python parses every changed file, unless it did not before; of other
                 languages, no file has more errors than before
    names        no name is undefined and no import unused that was not before, in any file
                 nobody takes a name from a module that has lost it, or that is half run then
    bytes kept   every byte outside the edits, encodings and line ends are kept
    statements   code outside the edits means what it did; see `statement_gate`
    public API   what others can import stays, but for what was asked; see `api_gate`
    size         no more lines change than what was asked explains; see `size_gate`

Each believes only the files before and the plan.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from nanobot_engine.edit import (
    BytesKeptGate,
    EditError,
    EditPlan,
    FileEdit,
    apply_edits,
    source_from_bytes,
)
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.process.api_gate import api_problems
from nanobot_engine.process.asked import asked_by
from nanobot_engine.process.record import GateRun, GateVerdict
from nanobot_engine.process.size_gate import change_size
from nanobot_engine.process.statement_gate import compared_statements
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_run import broken_imports
from nanobot_engine.refactor.lost_name import lost_names
from nanobot_engine.refactor.name_check import new_problems
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser

if TYPE_CHECKING:
    from nanobot_engine.python import PythonFile

_Found: TypeAlias = tuple[Iterable[str], str]
"""Problems, and what to say when there are none."""
_PYTHON_SUFFIXES: Final = (".py", ".pyi")
_REASONS_MAX: Final = 5


def change_gates(
    before: Codebase,
    after: Mapping[str, bytes],
    plan: EditPlan,
    parts: Sequence[tuple[Refactoring, Mapping[str, str]]] = (),
) -> tuple[GateRun, ...]:
    """Ask every gate.

    Args:
        before: All files before the change.
        after: All files after it.
        plan: The change.
        parts: What was asked; without it nobody can say what of the API may change.
    """
    count = f"{len(plan.files)} file{'' if len(plan.files) == 1 else 's'}"
    now = Codebase(after)
    checks: dict[str, Callable[[], _Found]] = {
        "parses": lambda: (_parse_problems(before, after, plan), count),
        "names": lambda: (_name_problems(before, now, plan), count),
        "bytes kept": lambda: (_byte_problems(before, after, plan), count),
        "statements": lambda: _statements(before, now, plan, count),
    }
    if parts:
        checks["public API"] = lambda: (api_problems(before, now, plan, parts), count)
        checks["size"] = lambda: _size(before, after, plan, parts)
    runs = []
    for gate, check in checks.items():
        found, detail = check()
        problems = list(found)
        verdict = GateVerdict.REFUSED if problems else GateVerdict.PASSED
        runs.append(GateRun(gate, verdict, listed(problems) or detail))
    return tuple(runs)


def listed(problems: list[str]) -> str:
    """Return the first few problems as one line."""
    more = len(problems) - _REASONS_MAX
    text = "; ".join(problems[:_REASONS_MAX])
    return f"{text}; and {more} more" if more > 0 else text


def _parse_problems(before: Codebase, after: Mapping[str, bytes], plan: EditPlan) -> Iterator[str]:
    for file in plan.files:
        path = file.result_path
        if path is None or not path.endswith(_PYTHON_SUFFIXES):
            continue
        problem = _parse_problem(path, after[path])
        was_broken = not file.is_created and _parse_problem(
            file.path, before.data_by_path[file.path]
        )
        if problem and not was_broken:
            yield problem
    yield from _error_problems(before, after, plan)


def _error_problems(before: Codebase, after: Mapping[str, bytes], plan: EditPlan) -> Iterator[str]:
    """Compare the syntax errors of files of languages that tree-sitter parses."""
    with TreeParser() as parser:
        for file in plan.files:
            path = file.result_path
            if path is None or file.is_created or path.endswith(_PYTHON_SUFFIXES):
                continue
            data = before.data_by_path[file.path]
            old = parser.tree(data, language_of(file.path, data))
            new = parser.tree(after[path], language_of(path, after[path]))
            if old is not None and (new is None or new.error_count > old.error_count):
                yield f"{path}: has errors of syntax that were not there before"


def _parse_problem(path: str, data: bytes) -> str:
    try:
        python_tree(source_from_bytes(path, data))
    except EditError as error:
        return str(error)
    return ""


def _statements(before: Codebase, now: Codebase, plan: EditPlan, count: str) -> _Found:
    found = compared_statements(before, now, plan)
    layout = f", {found.laid_out} statements differ in layout alone" if found.laid_out else ""
    return found.problems, count + layout


def _size(
    before: Codebase,
    after: Mapping[str, bytes],
    plan: EditPlan,
    parts: Sequence[tuple[Refactoring, Mapping[str, str]]],
) -> _Found:
    size = change_size(before.data_by_path, after, plan, asked_by(parts))
    return list(filter(None, [size.problem])), str(size)


def _name_problems(before: Codebase, now: Codebase, plan: EditPlan) -> list[str]:
    old: dict[str, PythonFile] = {}
    new: dict[str, PythonFile] = {}
    for file in plan.files:
        path = file.result_path
        if path is None or not path.endswith(_PYTHON_SUFFIXES):
            continue
        is_python_before = not file.is_created and file.path.endswith(_PYTHON_SUFFIXES)
        was = before.project.file(file.path) if is_python_before else None
        if was is not None:
            old[path] = was
        found = now.project.file(path)
        if found is not None:
            new[path] = found
    was_known, now_known = before.references.inference, now.references.inference
    changed = {file.path: file.result_path for file in plan.files if not file.is_created}
    return [
        *new_problems(old, new, was=was_known, now=now_known),
        *lost_names(was_known, now_known, changed),
        *broken_imports(was_known, now_known, new),
    ]


def _byte_problems(before: Codebase, after: Mapping[str, bytes], plan: EditPlan) -> Iterator[str]:
    gate = BytesKeptGate(keeps_last_newline=False)
    touched = {path for file in plan.files for path in file.touched_paths}
    for file in plan.files:
        yield from _edit_problems(before.data_by_path, after, file, gate)
    yield from sorted(
        f"{path}: changed although no edit names it"
        for path in (before.data_by_path.keys() | after.keys()) - touched
        if before.data_by_path.get(path) != after.get(path)
    )


def _edit_problems(
    before: Mapping[str, bytes], after: Mapping[str, bytes], file: FileEdit, gate: BytesKeptGate
) -> Iterator[str]:
    path = file.result_path
    if path is None or file.is_created:
        return
    data = before[file.path]
    if not file.edits:
        if after[path] != data:
            yield f"{path}: changed although no edit names it"
        return
    try:
        verdict = gate.check(source_from_bytes(file.path, data), after[path], file.edits)
    except EditError as error:
        if after[path] != apply_edits(data, file.edits):
            yield str(error)
        return
    if not verdict.ok:
        yield f"{path}: {verdict.reason}"
