"""Where the edits of a process go in the files as they are today. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.edit import (
    EditError,
    EditPlan,
    EditRefusal,
    FileEdit,
    Replan,
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


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan as it fits the files of today."""

    plan: EditPlan
    kept: list[str]
    """Paths that an editor applied before and that changed since."""
    refused: list[tuple[str, str]]
    """(path, why), of edits that fit nowhere."""


def placed_plan(
    root: Path, found: Review, standing: Collection[str], *, by_lines: bool = False
) -> Placed:
    """Place the edits in the files as they are today.

    Args:
        root: The workspace folder.
        found: What was planned.
        standing: Paths that have their edits already, as far as the ledger knows.
        by_lines: Whether edits are of any kind, and not docstrings.
    """
    files: list[FileEdit] = []
    kept: list[str] = []
    refused: list[tuple[str, str]] = []
    for file in found.plan.files:
        try:
            if _fits(root, found, file):
                files.append(file)
            elif (file.result_path or file.path) in standing:
                kept.append(file.path)
            else:
                again = _placed_again(root, found, file, by_lines=by_lines)
                refused += [(file.path, gone.reason) for gone in again.refused]
                files += [] if again.file is None else [again.file]
        except EditError as error:
            refused.append((file.path, str(error)))
    return Placed(EditPlan(tuple(files)), kept, refused)


def _fits(root: Path, found: Review, file: FileEdit) -> bool:
    """Say whether a file is as it was, or has its edits already: writing decides."""
    if file.is_created:
        return True
    try:
        now = read_source(root, file.path, size_bytes_max=_SOURCE_BYTES_MAX)
    except SourceMissingError:
        if file.result_path == file.path:
            raise
        return True
    is_result = file.result_path == file.path and now.sha256 == found.result_sha256(file.path)
    return is_result or now.sha256 == file.base_sha256


def _placed_again(root: Path, found: Review, file: FileEdit, *, by_lines: bool) -> Replan:
    before = source_from_bytes(file.path, found.base_by_path[file.path].data)
    now = read_source(root, file.path, size_bytes_max=_SOURCE_BYTES_MAX)
    if not by_lines:
        return replan(file, before, now)
    again = replan_lines(file, before, now)
    if again.file is None:
        return again
    names = _newly_undefined(file.path, now.data, found.result(file.path), again.file)
    if not names:
        return again
    used = ", ".join(names)
    reason = f"{file.path}: what was written since uses {used}, which would be undefined"
    return Replan(None, (EditRefusal(file.path, file.edits[0], reason),))


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
