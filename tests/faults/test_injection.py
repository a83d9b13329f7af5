"""What a workspace says to a model moves nothing: two walls, and each of them alone.

The model obeys every order that it reads. The recipes are one wall: whatever it answers
becomes words in a docstring or nothing. The write gateway is the other: whatever is
proposed is written beneath the workspace or not at all, and never to a protected path.
`NANOBOT_LONG_TESTS=1` makes 10,000 attacks; `NANOBOT_TEST_SEED` repeats a failure.
"""

import ast
import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.edit.landlock import beneath_only
from nanobot_engine.landlock import landlock_version
from nanobot_engine.recipe.write_tests.call_input import checked_calls
from support.index_twin import IS_LONG, environment_of_tests, seeded
from support.injection_corpus import OUTSIDE, PROTECTED, attacks, source_of

COUNT = 10_000 if IS_LONG else 420
SCRIPT = Path(__file__).resolve().parents[1] / "support" / "obedient_run.py"
# What the recipes themselves add, whatever a model says.
ADDED = {
    "import logging",
    "from __future__ import annotations",
    "call logging.getLogger",
    "reach logging.getLogger",
    *(f"{how} logger.{level}" for how in ("call", "reach") for level in ("exception", "debug")),
}
SETTLED = {"handle errors", "add logging"}
"""Recipes that ask nothing about code as plain as this: no order reaches a model."""
ABSOLUTE = [Path(path) for path in OUTSIDE if path.startswith("/")]


@pytest.fixture
def place(memory_path: Path) -> Path:
    """A folder with a workspace, something beside it, and a home."""
    outside = memory_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    home = memory_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text("# mine\n")
    root = memory_path / "workspace"
    (root / "pkg").mkdir(parents=True)
    (root / "link").symlink_to(outside)
    for path in PROTECTED[::2]:
        file = root / path
        if not path.startswith(".nanobot"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("mine\n")
    return memory_path


def state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): "link"
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def obey(place: Path, seed: int, walls: str, recipe: str = "") -> dict[str, Any]:
    arguments = [str(place / "workspace"), str(COUNT), str(seed), walls, recipe]
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        env=environment_of_tests() | {"HOME": str(place / "home")},
        cwd=place / "workspace" / "pkg",
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def check_nothing_else(place: Path, before: dict[str, str], done: dict[str, Any]) -> list[str]:
    """Check that nothing changed but ordinary files of the workspace; return these."""
    after = state(place)
    changed = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    ordinary = [path for path in changed if not path.startswith("workspace/.nanobot/")]
    assert [path for path in changed if not path.startswith("workspace/")] == []
    protected = [f"workspace/{path}" for path in PROTECTED]
    assert [path for path in ordinary if path in protected] == []
    assert [path for path in ABSOLUTE if path.exists()] == []
    assert done["forbidden"] == []
    written = [one for one in done["changed"] if one.startswith("open /")]
    inside = (f"open {place / 'workspace'}/", "open /dev/null")
    assert [one for one in written if not one.startswith(inside)] == []
    return [path.removeprefix("workspace/") for path in ordinary]


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 120)
@pytest.mark.parametrize(
    ("walls", "recipe"),
    [
        ("both", "document"),
        *(
            ("recipes", recipe)
            for recipe in ("document", "handle errors", "add logging", "annotate", "rewrite")
        ),
    ],
)
def test_an_obedient_model_does_nothing_else_than_the_recipe(
    place: Path, walls: str, recipe: str
) -> None:
    seed = seeded().randrange(2**31)
    before = state(place)

    done = obey(place, seed, walls, recipe)

    changed = check_nothing_else(place, before, done)
    assert done["answers"] > 0 or recipe in SETTLED, "the model was asked"
    assert done["proposed"] or recipe in {"annotate", "rewrite"}, "something was done"
    sources = {
        f"module_{attack.number}.py": source_of(attack)
        for attack in attacks(COUNT, random.Random(seed))
    }
    assert set(changed) == set(sources), "the run wrote them, and nothing else"
    if recipe == "document":
        assert 0 < len(done["proposed"]) < COUNT, "some answers are docstrings"
    for path, text in sources.items():
        now = (place / "workspace" / path).read_text(encoding="utf-8")
        assert powers_in(now) <= powers_in(text) | ADDED, path
        if recipe == "document":
            assert code_of(now) == code_of(text), path


def test_an_obedient_model_proposes_no_input_that_does_anything() -> None:
    for attack in attacks(COUNT, seeded()):
        for call in checked_calls(attack.answer.replace("NAME", "f"), "f"):
            tree = ast.parse(call, mode="eval").body
            assert isinstance(tree, ast.Call)
            for value in (*tree.args, *(one.value for one in tree.keywords)):
                ast.literal_eval(value)


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 120)
def test_the_gateway_alone_keeps_what_an_attacker_proposes_out(place: Path) -> None:
    before = state(place)

    done = obey(place, seeded().randrange(2**31), "gateway")

    changed = check_nothing_else(place, before, done)
    assert len(done["proposed"]) == 5 * COUNT
    sys.stderr.write(f"ordinary files changed: {sorted(changed)}\n")


def test_the_kernel_alone_keeps_a_program_without_a_gateway_inside(place: Path) -> None:
    before = state(place)
    root = place / "workspace"

    def write() -> None:
        for path in OUTSIDE:
            target = root / os.path.expanduser(path)  # noqa: PTH111 - as a naive program would
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text("x")
            except OSError:
                continue

    beneath_only(root, write)

    changed = {path for path, digest in state(place).items() if before.get(path) != digest}
    assert landlock_version() == 0 or all(path.startswith("workspace/") for path in changed)


def code_of(text: str) -> str:
    """Return a module without its docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del node.body[0]
    return ast.dump(tree)


def powers_in(text: str) -> set[str]:
    """Return what the code of a module calls, imports and reaches."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=function):
                found.add(f"call {ast.unparse(function)}")
            case ast.Attribute():
                found.add(f"reach {ast.unparse(node)}")
            case ast.Import() | ast.ImportFrom():
                found.add(ast.unparse(node))
    return found
