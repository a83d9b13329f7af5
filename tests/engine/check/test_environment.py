"""Which interpreter knows the dependencies of a workspace."""

import base64
import hashlib
import os
import sys
from pathlib import Path

import pytest

from nanobot_engine.check import workspace_python


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the user an empty home, and no environment that is active."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "POETRY_VIRTUALENVS_PATH", "WORKON_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home/cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home/data"))
    monkeypatch.setenv("PATH", str(tmp_path / "home/bin"))
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/pyproject.toml").touch()
    return tmp_path / "code"


def environment(folder: Path) -> Path:
    """Make what looks like an environment; return its interpreter."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    python = folder / "bin/python"
    python.touch(mode=0o755)
    return python


def name_of(root: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(bytes(root.resolve())).digest()).decode()[:8]


def test_the_surest_environment_is_chosen(
    root: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace_python(root, None) is None
    installed = home / "bin/python3"
    installed.parent.mkdir(parents=True)
    installed.touch(mode=0o755)
    assert workspace_python(root, None) == installed

    tox = environment(root / ".tox/py311")
    assert workspace_python(root, None) == tox
    conda = environment(tmp_path / "conda")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    assert workspace_python(root, None) == conda
    active = environment(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert workspace_python(root, None) == active
    pipenv = environment(home / "data/virtualenvs/shop-abc")
    (home / "data/virtualenvs/shop-abc/.project").write_text(f"{root}\n")
    assert workspace_python(root, None) == pipenv
    hatch = environment(home / f"data/hatch/env/virtual/shop/{name_of(root)}/shop")
    assert workspace_python(root, None) == hatch
    poetry = environment(home / f"cache/pypoetry/virtualenvs/shop-{name_of(root)}-py3.11")
    assert workspace_python(root, None) == poetry
    own = environment(root / ".venv")
    assert workspace_python(root, None) == own
    assert workspace_python(root, installed) == installed


def test_an_environment_of_another_folder_is_not_taken(root: Path, home: Path) -> None:
    other = name_of(root.parent)
    environment(home / f"data/hatch/env/virtual/shop/{other}/shop")
    environment(home / f"cache/pypoetry/virtualenvs/shop-{other}-py3.11")
    environment(home / "data/virtualenvs/shop-abc")
    (home / "data/virtualenvs/shop-abc/.project").write_text(str(root.parent))

    assert workspace_python(root, None) is None


def test_the_environment_of_nanobot_is_not_that_of_a_workspace(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)

    assert workspace_python(root, None) is None


def test_the_newest_environment_of_tox_is_taken(root: Path) -> None:
    for seconds, name in ((3, "py310"), (5, "py311"), (1, "py312")):
        environment(root / f".tox/{name}")
        os.utime(root / f".tox/{name}", (seconds, seconds))

    assert workspace_python(root, None) == root / ".tox/py311/bin/python"


def test_what_does_not_run_is_passed_over(root: Path) -> None:
    environment(root / ".venv").unlink()
    (root / ".venv/bin/python").symlink_to("/nowhere/python")
    good = environment(root / "venv")

    assert workspace_python(root, None) == good
