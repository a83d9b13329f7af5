"""Making the environment, without a network: the real pip, on a project without needs."""

import importlib.util
import json
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SCRIPT = REPO / "scripts" / "bootstrap.py"


@pytest.fixture
def bootstrap() -> types.ModuleType:
    """Load the script as Python does when another script imports it."""
    specification = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def stamped(bootstrap: types.ModuleType, checkout: Path, extras: list[str]) -> Path:
    """Make what a finished installation leaves; running its Python would fail."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/false\n")
    digest = bootstrap.environment_digest(checkout)
    stamp = checkout / ".venv" / "nanobot-stamp.json"
    stamp.write_text(json.dumps({"digest": digest, "extras": extras}))
    return python


@pytest.mark.parametrize("extra", [None, "test"])
def test_a_stamped_environment_is_used_without_running_anything(
    bootstrap: types.ModuleType, checkout: Path, extra: str | None
) -> None:
    python = stamped(bootstrap, checkout, ["test"])

    assert bootstrap.ensure_venv(extra, checkout) == python


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_a_changed_file_makes_the_stamp_old(
    bootstrap: types.ModuleType, checkout: Path, name: str
) -> None:
    before = bootstrap.environment_digest(checkout)

    (checkout / name).write_text((checkout / name).read_text() + "# changed\n")

    assert bootstrap.environment_digest(checkout) != before


def test_an_old_python_is_told_apart(bootstrap: types.ModuleType) -> None:
    assert bootstrap.python_refusal((3, 11)) == ""
    assert bootstrap.python_refusal((3, 12)) == ""
    assert bootstrap.python_refusal((3, 9)) == (
        "Python 3.9 is too old: run this script with Python 3.11 or later"
    )


def test_what_python_lacks_is_said_in_a_sentence(
    bootstrap: types.ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Debian without python3-venv.
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(SystemExit, match="install its venv package"):
        bootstrap.ensure_venv(None, checkout)


def test_a_failed_installation_is_said_and_not_stamped(checkout: Path) -> None:
    # No package index can be reached: there is none at this address.
    (checkout / "pyproject.toml").write_text("[build-system]\nrequires = []\n[project]\nname = 1\n")
    shutil.copy(SCRIPT, checkout / "bootstrap.py")
    folder = str(checkout)
    code = f"import pathlib, bootstrap; bootstrap.ensure_venv(None, pathlib.Path({folder!r}))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={"PIP_NO_INDEX": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "-c: the packages could not be installed" in done.stderr
    assert not (checkout / ".venv" / "nanobot-stamp.json").exists()
