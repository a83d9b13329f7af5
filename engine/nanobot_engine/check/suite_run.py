"""Run the tests of a workspace in a copy, and read what became of each.

pytest     with a plugin of ours, which says it for each test
unittest   the same, where the interpreter has no pytest
command    the user's own: what runs below it with pytest says it for each test, too, and
           some programs print it; else only how it ends is known
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import ConfinedRun, run_confined
from nanobot_engine.check.environment import NO_PYTHON, tool_program
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.outcome import NoAnswerError, no_answer
from nanobot_engine.check.scratch import ScratchWorkspace

_TIMEOUT_S: Final = 600.0
_PROBE: Final = Path(__file__).with_name("pytest_probe.py")
_UNITTEST_PROBE: Final = Path(__file__).with_name("unittest_probe.py")
_PROBE_NAME: Final = "nanobot_pytest_probe"
# What packages of JavaScript are run with; too much to copy.
_INSTALLED: Final = "node_modules"
_NOTHING: Final = ".scratch-home/nothing"
_RESULTS: Final = "tests.jsonl"
# The first failure shall not end it, nor a module that could not be imported before.
_PYTEST: Final = (
    "-m", "pytest", "-q", "--no-header", "--tb=no", "--color=no", "--maxfail=0",
    "--continue-on-collection-errors", "-p", "no:cacheprovider", "-p", _PROBE_NAME,
)  # fmt: skip
_NO_TESTS: Final = 5
# Tests that pytest runs but does not look for.
_ODD_FILES: Final = ("tests.py", "test.py")
_NO_PYTEST: Final = re.compile(r"No module named '?pytest'?\s*$")
# What pytest leaves with when it ran tests, whatever became of them.
_RAN: Final = frozenset({0, 1, 2})
# The whole as a test, where it fails for none of its tests: a demand on coverage, say.
AS_A_WHOLE: Final = "(the run as a whole)"
_GOOD: Final = frozenset({"ok", "PASS", "Passed", "expected failure"})
_SKIPPED: Final = frozenset({"SKIP", "ignored", "skipped"})
# What programs print of a test: its name and a verdict.
_PRINTED: Final = (
    # unittest, with -v; the first line of a docstring may stand between
    re.compile(
        r"^(?P<name>[\w.]+ \([\w.]+\))(?:\n[^\n]*?)? \.\.\. [^\n]*?"
        r"(?P<verdict>ok|FAIL|ERROR|expected failure|unexpected success|skipped)\b",
        re.M,
    ),
    # cargo
    re.compile(r"^test (?P<name>\S.*?) \.\.\. (?P<verdict>ok|FAILED|ignored)\b", re.M),
    # go, with -v
    re.compile(r"^ *--- (?P<verdict>PASS|FAIL|SKIP): (?P<name>\S+)", re.M),
    # TAP
    re.compile(r"^ *(?P<verdict>ok|not ok) \d+(?: -)? (?P<name>[^#\n]*[^#\s])", re.M),
    # ctest
    re.compile(
        r"^ *\d+/\d+ Test +#\d+: (?P<name>\S+) [ .]*(?:\*\*\*)?(?P<verdict>Passed|Failed|\w+)", re.M
    ),
)


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What became of tests."""

    passed: frozenset[str]
    failed: frozenset[str]


def run_suite(
    scratch: ScratchWorkspace,
    python: Path | None,
    command: Sequence[str] = (),
    only: Sequence[str] = (),
) -> SuiteResult:
    """Run tests, or take what they did when the copy was like this before.

    Args:
        scratch: A copy of the workspace.
        python: The interpreter of the workspace.
        command: The user's own; pytest or unittest without it.
        only: Names of tests, as a run without it had them; all without it.

    Raises:
        NoAnswerError: They can not be run to their end, or say nothing.
        ScratchError: The disk is full.
    """
    programs = [] if python is None else [python]
    if command:
        program = _program(scratch, python, command[0])
        # One of the copy counts as its files do, and lies elsewhere in each copy.
        is_copied = program.is_relative_to(scratch.folder)
        programs += [*([] if is_copied else [program]), *scratch.installed(_INSTALLED)]

    def find() -> tuple[list[str], list[str]]:
        found: SuiteResult
        if command:
            found = _ran_command(scratch, python, command)
        elif python is None:
            raise NoAnswerError(NO_PYTHON)
        else:
            by_pytest = _ran_pytest(scratch, python, only)
            found = by_pytest or _ran_unittest(scratch, python, only)
        return sorted(found.passed), sorted(found.failed)

    passed, failed = scratch.answered(["tests", _PYTEST, list(command), *only], programs, find)
    return SuiteResult(frozenset(passed), frozenset(failed))


def _ran_pytest(scratch: ScratchWorkspace, python: Path, only: Sequence[str]) -> SuiteResult | None:
    """Run pytest; None where the interpreter has none."""
    run = _confined(scratch, python, [str(python), *_PYTEST, *only], {})
    if run.exit_code == 1 and _NO_PYTEST.search(run.output):
        return None
    if run.exit_code == _NO_TESTS:
        odd = [name for name in _ODD_FILES if (scratch.folder / name).is_file()]
        run = _confined(scratch, python, [str(python), *_PYTEST, *odd], {}) if odd else run
    return _judged("pytest", run, _said(scratch), codes=_RAN)


def _ran_unittest(scratch: ScratchWorkspace, python: Path, only: Sequence[str]) -> SuiteResult:
    arguments = ["--", *only] if only else [_start_folder(scratch.folder)]
    results = str(scratch.home / _RESULTS)
    command = [str(python), str(_UNITTEST_PROBE), results, *arguments]
    run = _confined(scratch, python, command, {})
    said = _said(scratch)
    if run.exit_code == 0 and not said.get("passed") and not said.get("failed"):
        raise NoAnswerError(f"unittest finds no tests, and {python} has no pytest")
    return _judged("unittest", run, said, codes=frozenset({0}))


def _ran_command(
    scratch: ScratchWorkspace, python: Path | None, command: Sequence[str]
) -> SuiteResult:
    program = _program(scratch, python, command[0])
    scratch.link(_INSTALLED)
    environment = {"PYTEST_ADDOPTS": f"-p {_PROBE_NAME} -p no:cacheprovider"}
    run = _confined(scratch, python, [str(program), *command[1:]], environment)
    name = " ".join(command)
    if run.exit_code is None:
        raise no_answer(name, run)
    said = _said(scratch)
    _check_place(name, said)
    if "end" not in said:
        said = _printed(run.output)
    passed, failed = said.get("passed", set()), said.get("failed", set())
    if run.exit_code and not failed:
        if not passed:
            raise no_answer(name, run)
        failed = {AS_A_WHOLE}
    elif not passed and not failed:
        passed = {AS_A_WHOLE}
    return SuiteResult(frozenset(passed - failed), frozenset(failed))


def _program(scratch: ScratchWorkspace, python: Path | None, name: str) -> Path:
    """Return what a command names: a path of the copy, or a program beside the interpreter."""
    if "/" in name:
        return scratch.folder / name
    # The user named it, so it may be any.
    found = tool_program(name, scratch.folder, python, may_run_code=True, anywhere=True)
    if found is None:
        raise NoAnswerError(f"{name} is not installed; the setting process.test_command names it")
    return found


def _judged(
    name: str, run: ConfinedRun, said: Mapping[str, set[str]], *, codes: frozenset[int]
) -> SuiteResult:
    _check_place(name, said)
    passed, failed = said.get("passed", set()), said.get("failed", set())
    if run.exit_code not in codes or "end" not in said or not (passed or failed):
        raise no_answer(name, run)
    if run.exit_code and not failed:
        failed = {AS_A_WHOLE}
    return SuiteResult(frozenset(passed - failed), frozenset(failed))


def _check_place(name: str, said: Mapping[str, set[str]]) -> None:
    """See that the copy was tested.

    Raises:
        NoAnswerError: It was the workspace itself, which no change has come to.
    """
    for place in sorted(said.get("elsewhere", ())):
        raise NoAnswerError(
            f"{name} imports {place} and not from the copy; an installation that names the "
            "workspace keeps it from being tested"
        )


def _said(scratch: ScratchWorkspace) -> dict[str, set[str]]:
    """Return what a probe wrote; tests may have written there, too."""
    found: dict[str, set[str]] = {}
    for line in scratch.read_home(_RESULTS).splitlines():
        try:
            what, name = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            continue
        found.setdefault(str(what), set()).add(str(name))
    return found


def _printed(output: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"passed": set(), "failed": set()}
    for pattern in _PRINTED:
        for match in pattern.finditer(output):
            if match["verdict"] not in _SKIPPED:
                what = "passed" if match["verdict"] in _GOOD else "failed"
                found[what].add(match["name"].strip())
    return found


def _start_folder(folder: Path) -> str:
    """Return where unittest looks: a folder of tests that is no package is not found from above."""
    for name in ("tests", "test"):
        is_package = (folder / name / "__init__.py").is_file()
        if not is_package and any((folder / name).rglob("*test*.py")):
            return name
    return "."


def _confined(
    scratch: ScratchWorkspace,
    python: Path | None,
    command: Sequence[str],
    environment: Mapping[str, str],
) -> ConfinedRun:
    probe = scratch.write_home(f"probe/{_PROBE_NAME}.py", _PROBE.read_bytes())
    results = scratch.write_home(_RESULTS, b"")
    paths = [*package_roots(scratch.folder), probe.parent]
    run = run_confined(
        command,
        folder=scratch.folder,
        home=scratch.home,
        environment={
            **_toolchains(scratch.home),
            **_virtual_environment(python),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "NANOBOT_TEST_RESULTS": str(results),
            "NANOBOT_WORKSPACE": str(scratch.root or scratch.folder / _NOTHING),
            **environment,
        },
        timeout_s=_TIMEOUT_S,
        cancelled=scratch.cancelled,
    )
    scratch.lacks.update(run.lacks)
    # Tests that could not write say nothing about the change.
    scratch.check_space()
    return run


def _virtual_environment(python: Path | None) -> dict[str, str]:
    """Return what an environment says when it is active, so that its programs are found."""
    if python is None:
        return {}
    found = {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])}
    if (python.parent.parent / "pyvenv.cfg").is_file():
        found["VIRTUAL_ENV"] = str(python.parent.parent)
    return found


def _toolchains(home: Path) -> dict[str, str]:
    """Return where programs find what they fetched before; there they can only read."""
    own = Path.home()
    found = {
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(own / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(own / ".rustup")),
        "GOMODCACHE": os.environ.get("GOMODCACHE", str(own / "go/pkg/mod")),
    }
    found = {name: path for name, path in found.items() if Path(path).is_dir()}
    builds = home / "builds"
    return found | {
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TARGET_DIR": str(builds / "cargo"),
        "GOCACHE": str(builds / "go"),
        "GOFLAGS": "-mod=readonly",
    }
