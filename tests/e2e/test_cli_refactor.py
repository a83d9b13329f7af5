"""Refactorings of a small package through `nanobot`: accepted, tested, undone."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.terminal import Terminal

FILES = {
    "pyproject.toml": "[project]\nname = 'farm'\n",
    "src/farm/__init__.py": "from .animals import Cow, feed\n\n__all__ = ['Cow', 'feed']\n",
    "src/farm/animals.py": (
        '"""Animals."""\n\nfrom .units import KILOGRAM\n\n\nclass Cow:\n'
        '    """Eats."""\n\n    def __init__(self, weight):\n        self.weight = weight\n\n'
        "    def eat(self, amount):\n        self.weight += amount\n\n\n"
        "def feed(cow, amount=1):\n    cow.eat(amount * KILOGRAM)\n    return cow.weight\n"
    ),
    "src/farm/units.py": "KILOGRAM = 1000\n",
    "src/farm/day.py": (
        "from farm import animals\nfrom farm import feed\n\n\ndef morning():\n"
        "    cow = animals.Cow(5)\n    return feed(cow, amount=2)\n"
    ),
    "tests/test_farm.py": (
        "from farm.animals import Cow, feed\nfrom farm.day import morning\n\n\n"
        "def test_feeding():\n    assert feed(Cow(1)) == 1001\n    assert morning() == 2005\n"
    ),
}
REFACTORINGS = {
    "rename": {"symbol": "src/farm/animals.py::feed", "new_name": "give_food"},
    "move": {"symbols": "src/farm/animals.py::feed", "target": "src/farm/feeding.py"},
    "move module": {"module": "src/farm/animals.py", "target": "src/farm/stable/cattle.py"},
    "add parameter": {
        "function": "src/farm/animals.py::feed", "parameter": "unit", "default": "1000",
    },
}  # fmt: skip


@pytest.fixture
def farm() -> Iterator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    terminal = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    for path, text in FILES.items():
        terminal.write(path, text)
    (terminal.workspace / "src/farm/day.py").chmod(0o750)
    yield terminal
    terminal.close()


def tree(terminal: Terminal) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(terminal.workspace).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in terminal.workspace.rglob("*")
        if path.is_file() and not {".nanobot", "__pycache__"}.intersection(path.parts)
    }


def folders(terminal: Terminal) -> set[str]:
    return {
        path.relative_to(terminal.workspace).as_posix()
        for path in terminal.workspace.rglob("*")
        if path.is_dir() and not {".nanobot", "__pycache__"}.intersection(path.parts)
    }


@pytest.mark.parametrize("name", REFACTORINGS)
def test_the_tests_of_a_package_pass_after_it_and_undo_restores_every_byte(
    farm: Terminal, name: str
) -> None:
    before, folders_before = tree(farm), folders(farm)
    values = [f"{key}={value}" for key, value in REFACTORINGS[name].items()]
    arguments = [part for value in values for part in ("--set", value)]

    done = farm.run("process", "--refactor", name, *arguments, "--accept", "--json")

    assert done.code == 0, done
    assert done.json["accepted"]["refused"] == []
    assert tree(farm) != before
    # With bytecode, which undo must not trip over.
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=farm.workspace,
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    undone = farm.run("undo", "p1", "--json")
    assert (undone.code, undone.json["refused"]) == (0, [])
    assert (tree(farm), folders(farm)) == (before, folders_before)
