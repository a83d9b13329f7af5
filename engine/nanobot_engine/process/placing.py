"""Where the edits of a process go in the files as they are today. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import (
    EditError,
    EditPlan,
    EditRefusal,
    FileEdit,
    Replan,
    SourceFile,
    SourceMissingError,
    apply_edits,
    read_source,
    replan,
    replan_lines,
    source_from_bytes,
)
from nanobot_engine.process.edit_review import Review
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.name_check import undefined_names

_SOURCE_BYTES_MAX: Final = 64 * 1024 * 1024
NO_OVERLAY: Final[Mapping[str, str]] = MappingProxyType({})
"""No unsaved buffer."""


class Placing(Enum):
    """What may be done about a file that changed since it was planned for."""

    EXACT = "exact"
    """Nothing: a refactoring is planned again as a whole."""
    DOCSTRINGS = "docstrings"
    """Each docstring goes to its definition, where that still stands as it was."""
    LINES = "lines"
    """Each edit goes to its lines, where a three-way merge finds them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan as it fits the files of today."""

    plan: EditPlan
    refused: tuple[EditRefusal, ...] = ()
    """Edits of the plan that fit nowhere any more."""
    unfit: tuple[tuple[str, str], ...] = ()
    """(path, why) of files of which nothing fits."""


NOTHING_PLACED: Final = Placed(EditPlan(()))


def placed_plan(
    root: Path, found: Review, placing: Placing, overlay: Mapping[str, str] = NO_OVERLAY
) -> Placed:
    """Place the edits in the files as they are today.

    Args:
        root: The workspace folder.
        found: What was planned.
        placing: What may be done about a file that changed.
        overlay: Text of unsaved buffers by path; it stands in for the file on disk.
    """
    files: list[FileEdit] = []
    refused: list[EditRefusal] = []
    unfit: list[tuple[str, str]] = []
    for file in found.plan.files:
        try:
            if _fits(root, found, file, overlay):
                files.append(file)
            elif placing is Placing.EXACT:
                unfit.append((file.path, f"{file.path}: has changed since it was planned"))
            else:
                again = _placed_again(found, file, placing, _now(root, file.path, overlay))
                refused += again.refused
                files += [] if again.file is None else [again.file]
        except EditError as error:
            unfit.append((file.path, str(error)))
    return Placed(EditPlan(tuple(files)), tuple(refused), tuple(unfit))


def _now(root: Path, path: str, overlay: Mapping[str, str]) -> SourceFile:
    if path in overlay:
        return source_from_bytes(path, overlay[path].encode("utf-8", errors="surrogatepass"))
    return read_source(root, path, size_bytes_max=_SOURCE_BYTES_MAX)


def _fits(root: Path, found: Review, file: FileEdit, overlay: Mapping[str, str]) -> bool:
    """Say whether a file is as it was, or has its edits already: writing decides."""
    if file.is_created:
        return True
    try:
        now = _now(root, file.path, overlay)
    except SourceMissingError:
        if file.result_path == file.path:
            raise
        return True
    is_result = file.result_path == file.path and now.sha256 == found.result_sha256(file.path)
    return is_result or now.sha256 == file.base_sha256


def _placed_again(found: Review, file: FileEdit, placing: Placing, now: SourceFile) -> Replan:
    before = source_from_bytes(file.path, found.base_by_path[file.path].data)
    if placing is Placing.DOCSTRINGS:
        return replan(file, before, now)
    again = _by_lines(file, before, now)
    if again.file is not None or len(file.edits) == 1:
        return again
    # Not all together: then those that fit one by one.
    alone = {edit: _by_lines(replace(file, edits=(edit,)), before, now) for edit in file.edits}
    kept = tuple(edit for edit, one in alone.items() if one.file is not None)
    if not kept:
        return again
    some = _by_lines(replace(file, edits=kept), before, now)
    refused = [refusal for one in alone.values() for refusal in one.refused]
    return Replan(some.file, (*refused, *some.refused))


def _by_lines(file: FileEdit, before: SourceFile, now: SourceFile) -> Replan:
    again = replan_lines(file, before, now)
    if again.file is None:
        return again
    planned = apply_edits(before.data, file.edits)
    names = _newly_undefined(file.path, now.data, planned, again.file)
    if not names:
        return again
    used = ", ".join(names)
    reason = f"{file.path}: what was written since uses {used}, which would be undefined"
    return Replan(None, tuple(EditRefusal(file.path, edit, reason) for edit in file.edits))


def _newly_undefined(path: str, now: bytes, planned: bytes, again: FileEdit) -> list[str]:
    """Return names that are only undefined where the user's text and the edits meet."""
    if not path.endswith((".py", ".pyi")):
        return []
    merged = _undefined(path, apply_edits(now, again.edits))
    return sorted(merged - _undefined(path, now) - _undefined(path, planned))


def _undefined(path: str, data: bytes) -> frozenset[str]:
    codebase = Codebase({path: data})
    file = codebase.project.file(path)
    if file is None:
        return frozenset()
    return undefined_names(file, codebase.references.inference)
