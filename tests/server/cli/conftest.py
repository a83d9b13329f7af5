"""A terminal in a workspace, with nothing of the machine's user in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.terminal import Terminal

SHAPES = '''\
"""Shapes with an area."""

from math import pi


class Circle:
    """Round."""

    def area(self, scale=1):
        return pi * self.radius ** 2 * scale  # The area.


def area_of(shape):
    return shape.area()
'''
# Two of these are near-duplicates: forty words and more.
LONG = "\n".join(
    f"    values_{i} = first_{i} + second_{i} * third_{i} - weight_{i}" for i in range(30)
)


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


@pytest.fixture(scope="module")
def shapes() -> Iterator[Terminal]:
    """A workspace with some of everything that an index can be asked for."""
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    opened.write("src/shapes.py", SHAPES)
    opened.write("notes.txt", "An Area\nof text\n")
    opened.write("mail@home.txt", "first\nsecond\n")
    opened.write("guide.md", "# Guide\n\nText.\n\n## Areas\n\nMore.\n")
    opened.write("copies/one.py", f"def one():\n{LONG}\n")
    opened.write("copies/two.py", f"def two():\n{LONG}\n    return 2\n")
    (opened.workspace / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert opened.nanobot("ingest").code == 0
    yield opened
    opened.close()
