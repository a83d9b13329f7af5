"""A terminal in a workspace, with nothing of the machine's user in it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.host_processes import end_model_hosts
from support.terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    yield opened
    opened.close()


@pytest.fixture
def own_runtime_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for sockets, so that no model host of another test or of the user is met."""
    folder = Path(tempfile.mkdtemp(prefix="nb-"))
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder))
    yield folder
    end_model_hosts(folder)
    shutil.rmtree(folder)
