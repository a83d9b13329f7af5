"""The import contracts of `pyproject.toml` hold."""

import subprocess
import sys
from pathlib import Path

from importlinter import api

REPO = Path(__file__).resolve().parents[2]
CONFIGURATION = str(REPO / "pyproject.toml")


def test_import_contracts() -> None:
    # Not in this process: the linter configures logging anew, which silences every
    # logger that exists, and changes `sys.path`.
    program = "from importlinter.cli import lint_imports_command as lint; lint()"
    options = ["--config", CONFIGURATION, "--no-cache", "--no-logo"]
    done = subprocess.run(
        [sys.executable, "-c", program, *options],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_package_is_under_contract() -> None:
    configuration = api.read_configuration(CONFIGURATION)

    packages = {path.parent.name for path in REPO.glob("*/nanobot_*/__init__.py")}
    assert set(configuration["session_options"]["root_packages"]) == packages
    assert len(configuration["contracts_options"]) >= 5
