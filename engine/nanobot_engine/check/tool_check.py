"""The gates "types" and "lint": a checker finds nothing in the copy that it did not before."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

from nanobot_engine.check.code_tool import MYPY, CodeTool, OutputError, configured_values
from nanobot_engine.check.confined import ConfinedRun, run_confined
from nanobot_engine.check.diagnostic import Diagnostic, listed, new_diagnostics
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.outcome import CheckOutcome, CheckResult, NoAnswerError, no_answer
from nanobot_engine.check.scratch import ScratchWorkspace
from nanobot_engine.check.trial import Trial

# Long lines and blocks, the order of imports and missing annotations are a matter of the
# formatter, or follow from what was asked: told, and no reason to refuse. Codes of
# pycodestyle, ruff and mypy.
_TOLD: Final = (
    "E1", "E2", "E3", "E5", "W1", "W2", "W3", "W5", "W6", "I00", "COM", "C90", "PLR09", "Q0",
    "ANN", "no-untyped-def",
)  # fmt: skip
_NOT_PACKAGES: Final = frozenset({"tests", "test", "docs", "doc", "examples", "build", "dist"})
_MYPY_TARGETS: Final = ("files", "packages", "modules")


def check_tool(
    scratch: ScratchWorkspace, tool: CodeTool, program: Path, python: Path, trial: Trial
) -> CheckResult:
    """Run a checker before and after a change.

    Args:
        scratch: A copy of the workspace; left as it is after the change.
        tool: What runs.
        program: Its program.
        python: The interpreter of the workspace.
        trial: The change.
    """
    try:
        scratch.write(trial.before)
        old = diagnostics(scratch, tool, program, python, trial.paths)
        scratch.write(trial.after)
        new = diagnostics(scratch, tool, program, python, trial.paths)
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.UNKNOWN, str(error))
    found = new_diagnostics(old, new, trial)
    worse = [one for one in found if not one.code.startswith(_TOLD)]
    if worse:
        return CheckResult(CheckOutcome.WORSE, f"{tool.name}: {listed(worse)}", tuple(worse))
    told = f"; left to you: {listed(found)}" if found else ""
    known = len(new) - len(found)
    count = f"{known} diagnostic{'' if known == 1 else 's'} as before"
    return CheckResult(CheckOutcome.NO_WORSE, f"{tool.name}: {count}{told}")


def diagnostics(
    scratch: ScratchWorkspace,
    tool: CodeTool,
    program: Path,
    python: Path,
    touched: Sequence[str],
) -> list[Diagnostic]:
    """Return what a checker says about the copy as it is.

    Raises:
        NoAnswerError: It broke, took too long, or its answer can not be read.
    """
    targets = mypy_targets(scratch, touched) if tool is MYPY else []
    command = [str(program), *tool.arguments(python, targets)]
    found: list[tuple[str, int, str, str]] = scratch.answered(
        ["tool", tool.name, command],
        [program, python],
        lambda: [astuple(one) for one in _found(scratch, tool, command)],
    )
    return [Diagnostic(*one) for one in found]


def _found(scratch: ScratchWorkspace, tool: CodeTool, command: Sequence[str]) -> list[Diagnostic]:
    run = _run(scratch, tool, command)
    try:
        found = tool.read(run.output, scratch.folder)
    except (OutputError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoAnswerError(f"{tool.name} can not be read: {error}") from error
    if not all(map(_is_sound, found)):
        raise NoAnswerError(f"{tool.name} can not be read: a place or message is none")
    if run.exit_code and not found:
        # Taken for silence, it would hide what is there.
        raise NoAnswerError(f"{tool.name} found something and names no place: {run.complaint}")
    return found


def _is_sound(one: Diagnostic) -> bool:
    texts = (one.path, one.code, one.message)
    is_number = isinstance(one.line, int) and not isinstance(one.line, bool)
    return is_number and one.line >= 0 and all(isinstance(text, str) for text in texts)


def tool_output(scratch: ScratchWorkspace, tool: CodeTool, command: Sequence[str]) -> str:
    """Run a tool in the copy and return what it printed.

    Raises:
        NoAnswerError: It broke or took too long.
    """
    return _run(scratch, tool, command).output


def _run(scratch: ScratchWorkspace, tool: CodeTool, command: Sequence[str]) -> ConfinedRun:
    run = run_confined(
        command,
        folder=scratch.folder,
        home=scratch.home,
        environment={},
        timeout_s=tool.timeout_s,
        memory_bytes_max=tool.memory_bytes_max,
        cancelled=scratch.cancelled,
    )
    scratch.lacks.update(run.lacks)
    if run.exit_code not in tool.exit_codes:
        raise no_answer(tool.name, run)
    return run


def mypy_targets(scratch: ScratchWorkspace, touched: Sequence[str]) -> list[str]:
    """Return what mypy looks at: what is configured, or all packages and what is touched."""
    if configured_values(MYPY, scratch.folder, _MYPY_TARGETS):
        return []
    packages = [
        package
        for root in package_roots(scratch.folder)
        for package in sorted(root.glob("*/__init__.py"))
        if package.parent.name not in _NOT_PACKAGES
    ]
    folders = [package.parent.relative_to(scratch.folder).as_posix() for package in packages]
    files = [
        path
        for path in touched
        if path.endswith((".py", ".pyi"))
        and (scratch.folder / path).is_file()
        and not path.startswith(tuple(f"{folder}/" for folder in folders))
    ]
    return [*dict.fromkeys(folders), *files]
