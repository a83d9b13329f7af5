"""The gate "imports": every touched module can be imported when it could be before."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import run_confined
from nanobot_engine.check.outcome import CheckOutcome, CheckResult, NoAnswerError, no_answer
from nanobot_engine.check.scratch import ScratchWorkspace

_PROBE: Final = Path(__file__).with_name("import_probe.py")
_MODULES: Final = "modules.json"
_RESULTS: Final = "results.jsonl"
_TIMEOUT_S: Final = 300.0
# Importing one runs it, or needs what only its tool gives.
_NOT_IMPORTED: Final = frozenset({"__main__", "setup", "conftest"})
_ASIDE: Final = frozenset({"tests", "test", "docs", "doc", "examples", "example", "benchmarks"})
_PROBLEMS_MAX: Final = 3


def check_imports(
    scratch: ScratchWorkspace,
    python: Path,
    before: Mapping[str, bytes | None],
    after: Mapping[str, bytes | None],
) -> CheckResult:
    """Import the touched modules before and after.

    Args:
        scratch: A copy of the workspace; left as it is after the change.
        python: The interpreter of the workspace.
        before: The texts of all touched files before; None for one that is created.
        after: The texts of all touched files after; None for one that is gone.
    """
    try:
        scratch.write(before)
        old = _problems(scratch, python, _modules(scratch.folder, before))
        scratch.write(after)
        new = _problems(scratch, python, _modules(scratch.folder, after))
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.UNKNOWN, str(error))
    failed_before = {name for name, problem in old.items() if problem}
    known = {problem.partition(":")[0] for problem in old.values() if problem}
    worse = []
    for name, problem in new.items():
        # A module that moved may fail for the reason that it failed for before.
        is_known = name in failed_before or (name not in old and problem.partition(":")[0] in known)
        if problem and not is_known:
            worse.append(f"{name}: {problem}")
    if worse:
        more = len(worse) - _PROBLEMS_MAX
        end = f"; and {more} more" if more > 0 else ""
        return CheckResult(CheckOutcome.WORSE, "; ".join(worse[:_PROBLEMS_MAX]) + end)
    good = sum(not problem for problem in new.values())
    left = f", {len(new) - good} that could not be before" if good < len(new) else ""
    return CheckResult(CheckOutcome.NO_WORSE, f"{good} modules{left}")


def package_roots(folder: Path) -> list[Path]:
    """Return the folders from which the packages of a workspace are imported.

    Those of tests and examples are left out: what lies there may have the name of a
    module of Python, and pytest finds it by itself.
    """
    roots = [folder / "src", folder]
    for path in sorted(folder.rglob("__init__.py")):
        root = _root_of(folder, path.relative_to(folder).as_posix())
        if not _ASIDE.intersection(root.relative_to(folder).parts):
            roots.append(root)
    return list(dict.fromkeys(roots))


def _modules(folder: Path, files: Mapping[str, bytes | None]) -> dict[str, Path]:
    """Return the importable modules among some files, with the folder to import them from."""
    found: dict[str, Path] = {}
    for path, data in files.items():
        if data is None or not path.endswith(".py"):
            continue
        root = _root_of(folder, path)
        relative = (folder / path).relative_to(root).with_suffix("")
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        is_importable = all(part.isidentifier() for part in parts)
        if parts and is_importable and not _NOT_IMPORTED.intersection(parts):
            found[".".join(parts)] = root
    return found


def _root_of(folder: Path, path: str) -> Path:
    """Return the nearest folder above a file that is no package."""
    parent = (folder / path).parent
    while parent != folder and (parent / "__init__.py").is_file():
        parent = parent.parent
    return parent


def _problems(
    scratch: ScratchWorkspace, python: Path, root_by_name: Mapping[str, Path]
) -> dict[str, str]:
    """Return why modules can not be imported; empty for good ones."""
    found: dict[str, str] = scratch.answered(
        ["imports", sorted(root_by_name)],
        [python],
        lambda: _imported(scratch, python, root_by_name),
    )
    return found


def _imported(
    scratch: ScratchWorkspace, python: Path, root_by_name: Mapping[str, Path]
) -> dict[str, str]:
    pairs = [(name, str(root)) for name, root in sorted(root_by_name.items())]
    modules = scratch.write_home(_MODULES, json.dumps(pairs).encode())
    results = scratch.write_home(_RESULTS, b"")
    run = run_confined(
        [str(python), str(_PROBE), str(modules), str(results)],
        folder=scratch.folder,
        home=scratch.home,
        environment={"PYTHONPATH": os.pathsep.join(map(str, package_roots(scratch.folder)))},
        timeout_s=_TIMEOUT_S,
        cancelled=scratch.cancelled,
    )
    scratch.lacks.update(run.lacks)
    scratch.check_space()
    problem_by_name = _said(scratch.read_home(_RESULTS))
    if set(problem_by_name) != set(root_by_name):
        raise no_answer("importing", run)
    return problem_by_name


def _said(results: bytes) -> dict[str, str]:
    """Return what the probe wrote; a module may have written there, too."""
    found: dict[str, str] = {}
    for line in results.splitlines():
        try:
            name, problem = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            continue
        found[str(name)] = str(problem)
    return found
