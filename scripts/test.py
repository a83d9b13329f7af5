"""Make the test environment and run every check: the one command after a clone.

Arguments go to `scripts/check.py`: `--fast`, `--fix`, and whatever pytest takes.
"""

import os
import sys
from pathlib import Path

from bootstrap import ensure_venv


def main() -> None:
    """Replace this program by the checks, run by the Python of `.venv`."""
    python = str(ensure_venv("test"))
    check = str(Path(__file__).resolve().parent / "check.py")
    # In its place and not below it: signals and the exit status need no relay.
    os.execv(python, [python, check, *sys.argv[1:]])


if __name__ == "__main__":
    main()
