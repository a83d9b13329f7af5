"""Make `.venv` with what this checkout needs, or find that it is there already.

Standard library only, and annotations are not evaluated: a Python that is too old
must get as far as saying so.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

PYTHON_VERSION_MIN = (3, 11)
REPO = Path(__file__).resolve().parent.parent

_STAMP_NAME = "nanobot-stamp.json"
_LOG_LINES_MAX = 15


def ensure_venv(extra: str | None, repo: Path = REPO) -> Path:
    """Install the checkout, editable, with the versions of `requirements.lock`.

    A stamp in the environment says what it was made from; as long as that is the
    same, nothing is run. An environment that was cut short has no stamp.

    Args:
        extra: An extra of `pyproject.toml`, e.g. `test`; None for the program alone.
            An environment that has more than asked for is good enough.
        repo: The checkout; `.venv` is made in it.

    Returns:
        The Python of the environment.

    Raises:
        SystemExit: With a sentence that says what is missing.
    """
    refusal = python_refusal(sys.version_info[:2])
    if refusal:
        _stop(refusal)
    # The checkout itself is the lock: two scripts may start at once.
    with (repo / "pyproject.toml").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _ensured(extra, repo)


def python_refusal(version: tuple[int, ...]) -> str:
    """Say what to do about a Python that is too old; empty for a good one."""
    if version >= PYTHON_VERSION_MIN:
        return ""
    have, need = (".".join(map(str, numbers)) for numbers in (version, PYTHON_VERSION_MIN))
    return f"Python {have} is too old: run this script with Python {need} or later"


def environment_digest(repo: Path) -> str:
    """Return what an environment depends on, as one hash: a change means installing again."""
    digest = hashlib.sha256()
    for part in (
        (repo / "pyproject.toml").read_bytes(),
        (repo / "requirements.lock").read_bytes(),
        # An editable install holds the path of the checkout.
        os.fsencode(repo),
        sys.version.encode(),
    ):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _ensured(extra: str | None, repo: Path) -> Path:
    venv = repo / ".venv"
    python = venv / "bin" / "python"
    stamp = venv / _STAMP_NAME
    digest = environment_digest(repo)
    extras = _stamped_extras(stamp, digest) if python.exists() else None
    if extras is not None and (extra is None or extra in extras):
        return python
    wanted = sorted({*(extras or ()), *([extra] if extra else ())})
    stamp.unlink(missing_ok=True)
    if not _is_usable(python):
        _make_venv(venv)
    requirement = f"{repo}[{','.join(wanted)}]" if wanted else str(repo)
    print(f"installing into {venv}, some minutes the first time", flush=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--constraint", str(repo / "requirements.lock"), "--editable", requirement]
    _run(command, "the packages could not be installed; is the package index reachable?")
    stamp.write_text(json.dumps({"digest": digest, "extras": wanted}))
    return python


def _stamped_extras(stamp: Path, digest: str) -> list[str] | None:
    """Return the extras that are installed; None when anything must be done."""
    try:
        document = json.loads(stamp.read_bytes())
        return list(document["extras"]) if document["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_usable(python: Path) -> bool:
    """Say whether the environment has pip and the version of this Python."""
    if not python.exists():
        return False
    code = "import pip, sys; print(*sys.version_info[:2])"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return found.stdout.split() == list(map(str, sys.version_info[:2]))


def _make_venv(venv: Path) -> None:
    # Debian splits both off, and then `venv` fails half-way.
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        _stop(
            "this Python can not make virtual environments: install its venv package "
            "(Debian, Ubuntu: `apt install python3-venv`) and run this script again"
        )
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    _run(command, f"{venv} could not be made; is the disk full or the folder read-only?")


def _run(command: list[str], sentence: str) -> None:
    # A user-wide pip setting must not send the packages elsewhere.
    environment = {**os.environ, "PIP_USER": "0"}
    environment.pop("PYTHONHOME", None)
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        for line in done.stdout.splitlines()[-_LOG_LINES_MAX:]:
            print(f"  {line}", file=sys.stderr)
        _stop(sentence)


def _stop(sentence: str) -> NoReturn:
    raise SystemExit(f"{Path(sys.argv[0]).name}: {sentence}")
