"""Which programs check a workspace: its interpreter, and its tools.

What lies in the workspace may be somebody else's, so it counts as code of the
workspace and is only named where the user allows to run that.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ToolAccess:
    """Which tools may be asked about a workspace."""

    root: Path
    python: Path | None
    """Its interpreter."""
    may_run_code: bool
    """Whether a tool may run code of the workspace."""


def workspace_python(root: Path, configured: Path | None) -> Path | None:
    """Return the interpreter that knows the dependencies of a workspace; None without any."""
    candidates = [configured] if configured else []
    candidates += [root / ".venv/bin/python", root / "venv/bin/python"]
    found = next((path for path in candidates if path.is_file()), None)
    if found is not None:
        return found
    installed = shutil.which("python3")
    return Path(installed) if installed else None


def tool_program(
    name: str, root: Path, python: Path | None, *, may_run_code: bool, anywhere: bool
) -> Path | None:
    """Find the program of a tool: beside the interpreter, in the search path, beside us.

    Args:
        name: Of the program.
        root: The workspace.
        python: Its interpreter.
        may_run_code: Whether one that lies in the workspace may be named.
        anywhere: Whether one that is not beside the interpreter will do.
    """
    folders = [python.parent] if python is not None else []
    if anywhere:
        folders += [Path(one) for one in os.get_exec_path()]
        folders.append(Path(sys.executable).parent)
    base = root.resolve()
    for folder in folders:
        program = folder / name
        if not folder.is_absolute() or not os.access(program, os.X_OK) or program.is_dir():
            continue
        is_theirs = any(
            path.is_relative_to(one)
            for path in (program, program.resolve())
            for one in (root, base)
        )
        if may_run_code or not is_theirs:
            return program
    return None
