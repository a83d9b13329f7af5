"""Which programs check a workspace: its interpreter, and its tools.

What lies in the workspace may be somebody else's, so it counts as code of the
workspace and is only named where the user allows to run that.
"""

import base64
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

NO_PYTHON: Final = "there is no python3; the setting process.python names it"


_PATH_BYTES_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class ToolAccess:
    """Which tools may be asked about a workspace."""

    root: Path
    python: Path | None
    """Its interpreter."""
    may_run_code: bool
    """Whether a tool may run code of the workspace."""


def workspace_python(root: Path, configured: Path | None) -> Path | None:
    """Return the interpreter that knows the dependencies of a workspace; None without any.

    Args:
        root: The workspace.
        configured: What the user says; it goes before all others.
    """
    candidates = [configured] if configured else []
    candidates += (folder / "bin/python" for folder in _environments(root))
    found = next((path for path in candidates if os.access(path, os.X_OK)), None)
    if found is not None:
        return found
    installed = shutil.which("python3")
    return Path(installed) if installed else None


def _environments(root: Path) -> Iterator[Path]:
    """Yield folders of environments that may have what a workspace needs, the surest first."""
    # Of uv, pdm, poetry (where it is told so), and by hand.
    yield from (root / ".venv", root / "venv")
    yield from _poetry_environments(root)
    yield from _hatch_environments(root)
    yield from _pipenv_environments(root)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        active = os.environ.get(name, "")
        # That of nanobot itself knows a workspace only by chance.
        if Path(active).is_absolute() and Path(active) != Path(sys.prefix):
            yield Path(active)
    yield from (root / ".pixi/envs/default", root / ".conda", root / "env")
    for tool in (".tox", ".nox"):
        # The newest is the likeliest to be complete.
        made = [one for one in (root / tool).glob("*") if (one / "pyvenv.cfg").is_file()]
        yield from sorted(made, key=lambda one: one.stat().st_mtime, reverse=True)


def _poetry_environments(root: Path) -> Iterator[Path]:
    """Yield those that poetry keeps in its cache: `NAME-HASH-pyVERSION`, by the folder."""
    if not (root / "pyproject.toml").is_file():
        return
    digest = hashlib.sha256(os.path.normcase(os.path.realpath(root)).encode()).digest()
    name = base64.urlsafe_b64encode(digest).decode()[:8]
    kept = os.environ.get("POETRY_VIRTUALENVS_PATH", "")
    cache = Path(kept) if kept else platformdirs.user_cache_path("pypoetry") / "virtualenvs"
    if cache.is_absolute():
        # A name may have characters that a pattern reads otherwise; the rest has none.
        yield from sorted(cache.glob(f"*-{name}-py*"), reverse=True)


def _hatch_environments(root: Path) -> Iterator[Path]:
    """Yield those that hatch keeps: `NAME/HASH/ENVIRONMENT`, by the folder; one for tests first."""
    if not (root / "pyproject.toml").is_file():
        return
    digest = hashlib.sha256(str(root.resolve()).encode()).digest()
    name = base64.urlsafe_b64encode(digest).decode()[:8]
    kept = platformdirs.user_data_path("hatch", appauthor=False) / "env/virtual"
    made = list(kept.glob(f"*/{name}/*"))
    yield from sorted(made, key=lambda one: (not one.name.startswith("hatch-test"), one.name))


def _pipenv_environments(root: Path) -> Iterator[Path]:
    """Yield those of pipenv and virtualenvwrapper: a file in them says whose they are."""
    kept = os.environ.get("WORKON_HOME", "")
    folders = [
        Path(kept) if kept else platformdirs.user_data_path("virtualenvs", appauthor=False),
        Path.home() / ".virtualenvs",
    ]
    for folder in folders:
        for project in sorted(folder.glob("*/.project")) if folder.is_absolute() else ():
            try:
                with project.open("rb") as file:
                    said = file.read(_PATH_BYTES_MAX).decode(errors="replace").strip()
            except OSError:
                continue
            if Path(said) in {root, root.resolve()}:
                yield project.parent


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
