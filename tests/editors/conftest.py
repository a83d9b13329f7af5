"""Editors that are fetched once, and where they work."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from support.terminal import Terminal

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def neovim() -> Path:
    """Neovim, fetched once into the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    script = HERE / "install_neovim.sh"
    done = subprocess.run(
        ["bash", script, cache / "nanobot" / "neovim"], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def place() -> Generator[Path]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="nb-"))
    (folder / "ws").mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def terminal() -> Generator[Terminal]:
    """A user with the real host and no model, in an empty workspace."""
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    yield opened
    opened.close()
