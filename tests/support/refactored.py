"""Run a refactoring over a few small files and compare the files afterwards."""

import difflib
from collections.abc import Mapping
from textwrap import dedent

from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.lost_name import lost_names
from nanobot_engine.refactor.name_check import new_problems
from nanobot_engine.refactor.refactoring import Refactoring


def planned(refactoring: Refactoring, files: dict[str, str], **arguments: str) -> Change:
    """Plan a refactoring over files given as indented text."""
    return refactoring.plan(Codebase(encoded(files)), arguments)


def encoded(files: dict[str, str]) -> dict[str, bytes]:
    """Return the files without the indentation of the test."""
    return {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}


def check(
    refactoring: Refactoring,
    before: dict[str, str],
    after: Mapping[str, str | None],
    **arguments: str,
) -> Change:
    """Compare all files after a refactoring with what they should be.

    Args:
        refactoring: What is tested.
        before: All files, as indented text.
        after: Those that change, are new or (with the text None) go.
        **arguments: Of the refactoring.
    """
    files = encoded(before)
    change = planned(refactoring, before, **arguments)
    got = {path: data.decode() for path, data in change.applied(files).items()}
    changed = {path: text for path, text in after.items() if text is not None}
    expected = {
        path: data.decode()
        for path, data in (files | encoded(changed)).items()
        if after.get(path, "") is not None
    }
    difference = "".join(difflib.unified_diff(_shown(expected), _shown(got), "expected", "got"))
    assert not difference, difference
    _check_names(files, change)
    return change


def _shown(files: dict[str, str]) -> list[str]:
    """Return the lines of all files, so that a difference can be read."""
    return [
        line
        for path, text in sorted(files.items())
        for line in [f"=== {path}\n", *text.splitlines(keepends=True)]
    ]


def _check_names(before: dict[str, bytes], change: Change) -> None:
    was, now = Codebase(before), Codebase(change.applied(before))
    new_paths = {file.path: file.new_path for file in change.plan.files if file.new_path}
    problems = new_problems(
        {new_paths.get(file.path, file.path): file for file in was.project.files()},
        {file.path: file for file in now.project.files()},
        was=was.references.inference,
        now=now.references.inference,
    )
    paths = {file.path: file.result_path for file in change.plan.files if not file.is_created}
    problems += lost_names(was.references.inference, now.references.inference, paths)
    assert not problems, problems
    assert not now.project.unreadable, now.project.unreadable
