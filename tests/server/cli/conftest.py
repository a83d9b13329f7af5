"""A terminal in a workspace, with nothing of the machine's user in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    yield opened
    opened.close()


@pytest.fixture
def reviewed(terminal: Terminal) -> Terminal:
    """A terminal whose workspace has one process, p1, that waits for review."""
    terminal.write("a.py")
    terminal.start_host()
    said = terminal.nanobot("process", "add docstrings to every public function", "--seed", "1")
    assert said.code == 3, said
    return terminal


@pytest.fixture(scope="module")
def reviewed_once() -> Iterator[Terminal]:
    """Like `reviewed`, for tests that change nothing."""
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    opened.write("a.py")
    opened.start_host()
    assert opened.nanobot("process", "add docstrings to every public function").code == 3
    yield opened
    opened.close()
