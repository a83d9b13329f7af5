"""The one command that runs every check."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check.py"

# Stands for every tool: says how it was called, and fails when it is the chosen one.
TOOL = "import sys; print('called', sys.argv[0].split('/')[-1], *sys.argv[1:]); sys.exit({status})"
TOOLS = ("ruff", "mypy", "pytest")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout in which every tool is a module of one line."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "check.py").write_text(SCRIPT.read_text())
    for name in TOOLS:
        (tmp_path / f"{name}.py").write_text(TOOL.format(status=0))
    return tmp_path


def check_run(checkout: Path, *arguments: str) -> tuple[int, list[str], str]:
    """Return the exit status, the calls in order, and the whole output."""
    done = subprocess.run(
        [sys.executable, checkout / "scripts" / "check.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    calls = [line.removeprefix("called ") for line in done.stdout.split("\n") if "called" in line]
    return done.returncode, calls, done.stdout


def test_every_check_runs_in_order_and_says_how_long(checkout: Path) -> None:
    status, calls, output = check_run(checkout)

    assert status == 0
    assert [call.split(" scripts")[0] for call in calls] == [
        "ruff.py format --check indexer engine server",
        "ruff.py check indexer engine server",
        "mypy.py",
        "pytest.py",
    ]
    assert output.count(": ok in ") == 4


def test_the_first_failure_stops(checkout: Path) -> None:
    (checkout / "mypy.py").write_text(TOOL.format(status=3))

    status, calls, output = check_run(checkout)

    assert status == 3
    assert calls[-1] == "mypy.py"
    assert "mypy: FAILED in " in output


def test_options_choose_what_runs(checkout: Path) -> None:
    _, fixed, _ = check_run(checkout, "--fix")
    _, fast, _ = check_run(checkout, "--fast", "-k", "name", "tests/engine")

    assert fixed[0].startswith("ruff.py format indexer")
    assert fixed[1].startswith("ruff.py check --fix indexer")
    assert fast[-1] == "pytest.py -m not model and not editor and not slow -k name tests/engine"
