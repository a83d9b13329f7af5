"""Run every check of this checkout with the Python that runs this script.

The checks run in order of cost and stop at the first failure. `scripts/test.py`
makes an environment first; inside one, call this directly.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PYTHON_FOLDERS = ("indexer", "engine", "server", "scripts", "tests")

FAST_MARKERS = "not model and not editor and not slow"


def checks(*, fix: bool, fast: bool, pytest_arguments: list[str]) -> list[list[str]]:
    """Return the arguments of `python -m` for each check, in order."""
    fixes = [["ruff", "format"], ["ruff", "check", "--fix"]] if fix else []
    selection = ["-m", FAST_MARKERS] if fast else []
    return [
        *([*check, *PYTHON_FOLDERS] for check in fixes),
        ["ruff", "format", "--check", *PYTHON_FOLDERS],
        ["ruff", "check", *PYTHON_FOLDERS],
        ["mypy"],
        ["pytest", *selection, *pytest_arguments],
    ]


def main() -> int:
    """Run the checks; return the exit status of the first that fails, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Further arguments go to pytest.")
    parser.add_argument("--fix", action="store_true", help="format and fix first")
    parser.add_argument(
        "--fast", action="store_true", help="leave out model, editor and slow tests"
    )
    options, pytest_arguments = parser.parse_known_args()
    for check in checks(fix=options.fix, fast=options.fast, pytest_arguments=pytest_arguments):
        name = " ".join(check)
        print(f"── {name}", flush=True)
        started = time.monotonic()
        status = subprocess.run([sys.executable, "-m", *check], cwd=REPO, check=False).returncode
        seconds = time.monotonic() - started
        print(f"── {name}: {'ok' if status == 0 else 'FAILED'} in {seconds:.1f} s", flush=True)
        if status != 0:
            return status if status > 0 else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
