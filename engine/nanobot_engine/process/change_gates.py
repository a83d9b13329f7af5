"""Gates over all files of a change together, without running anything.

    parses       Python parses every changed file, unless it did not before; of other
                 languages, no file has more errors than before
    names        no name is undefined and no import unused that was not before
    bytes kept   every byte outside the edits, encodings and line ends are kept
    public API   what others can import stays, but for what was asked; see `api_gate`

Each believes only the files before and the plan.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

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
from nanobot_engine.process.record import GateRun, GateVerdict
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.name_check import new_problems
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_indexer import language_of
from nanobot_indexer.syntax.tree_parser import TreeParser

if TYPE_CHECKING:
    from nanobot_engine.python import PythonFile

_Check = Callable[[Codebase, Mapping[str, bytes], EditPlan], Iterable[str]]
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
    checks: dict[str, _Check] = {
        "parses": _parse_problems,
        "names": _name_problems,
        "bytes kept": _byte_problems,
    }
    if parts:
        checks["public API"] = lambda old, new, plan: api_problems(old, Codebase(new), plan, parts)
    count = f"{len(plan.files)} file{'' if len(plan.files) == 1 else 's'}"
    runs = []
    for gate, check in checks.items():
        problems = list(check(before, after, plan))
        verdict = GateVerdict.REFUSED if problems else GateVerdict.PASSED
        runs.append(GateRun(gate, verdict, listed(problems) or count))
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


def _name_problems(before: Codebase, after: Mapping[str, bytes], plan: EditPlan) -> list[str]:
    now = Codebase(after)
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
    return new_problems(old, new, was=before.references.inference, now=now.references.inference)


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
