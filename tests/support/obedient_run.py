"""Run a recipe over an attacked workspace with a model that obeys, and tell what was done.

`python obedient_run.py WORKSPACE COUNT SEED WALLS RECIPE`: WALLS is `both`; `recipes`, where a
naive program writes what the recipes propose; or `gateway`, where a naive recipe proposes
whatever the model says. Prints one JSON document. Every file that is opened for writing,
every change of a folder, every connection and every command of this process is seen by
an audit hook, which can not be switched off.
"""

import asyncio
import hashlib
import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine.edit.memory_journal import MemoryJournal
from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit, apply_plan, read_source
from nanobot_engine.process import (
    Ledger,
    ProcessState,
    accept,
    enumerate_files,
    review,
)
from nanobot_engine.recipe import Goal, goal_from_sentence, recipe_named
from nanobot_engine.recipe.rewrite import RewriteScope
from support import small_process
from support.injection_corpus import Attack, attacks, obeyed, source_of
from support.scripted_model import ScriptedModel

_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES: Final = frozenset(
    {
        "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
        "os.truncate", "os.chown", "os.setxattr", "shutil.rmtree",
    }
)  # fmt: skip
_NEVER: Final = frozenset(
    {
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
        "os.forkpty", "pty.spawn", "socket.connect", "socket.bind", "socket.sendto",
    }
)  # fmt: skip
GOALS: Final = {
    "document": goal_from_sentence("add docstrings to every public function"),
    "handle errors": goal_from_sentence("add error handling to all functions"),
    "add logging": goal_from_sentence("add logging to all functions"),
    "annotate": goal_from_sentence("add type annotations to all functions"),
    "rewrite": Goal("simplify", "rewrite", RewriteScope("simplify").to_arguments()),
}


class Watch:
    """Keeps what the audit hook sees while it is on."""

    def __init__(self) -> None:
        self.forbidden: list[str] = []
        self.changed: list[str] = []
        self.is_on = False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """See `sys.addaudithook`."""
        if not self.is_on:
            return
        if event in _NEVER:
            self.forbidden.append(f"{event} {arguments!r}")
        elif event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes) and flags and flags & _WRITES:
                self.changed.append(f"open {os.fsdecode(path)}")
        elif event in _CHANGES:
            self.changed.append(f"{event} {arguments!r}")


def main() -> None:
    """See the module docstring."""
    root, count, seed = Path(sys.argv[1]), *map(int, sys.argv[2:4])
    walls, recipe = sys.argv[4:]
    found = attacks(count, random.Random(seed))
    watch = Watch()
    sys.addaudithook(watch.hook)
    watch.is_on = True
    if walls == "gateway":
        proposed = obey_without_recipe(root, found)
        result = {"proposed": proposed}
    else:
        result = obey_in_recipe(root, found, GOALS[recipe], is_naive=walls == "recipes")
    watch.is_on = False
    document = {"forbidden": watch.forbidden, "changed": watch.changed, **result}
    sys.stdout.write(json.dumps(document))


def obey_in_recipe(
    root: Path, found: Sequence[Attack], goal: Goal, *, is_naive: bool
) -> dict[str, Any]:
    """Run a recipe over the attacked modules."""
    for attack in found:
        (root / f"module_{attack.number}.py").write_text(source_of(attack), encoding="utf-8")
    (root / ".nanobot").mkdir()
    with Ledger.open(root / ".nanobot" / "ledger.db") as ledger:
        model = ScriptedModel(answer=lambda prompt: obeyed(prompt) or "Return the sum of all.")
        process_id = ledger.create_process(goal, small_process.OPTIONS)
        sources = [
            read_source(root, path.name, size_bytes_max=10**6)
            for path in sorted(root.glob("module_*.py"))
        ]
        recipe = recipe_named(goal.recipe, goal.arguments)
        enumerate_files(ledger, process_id, recipe, sources, overlay={})
        asyncio.run(small_process.run(ledger, process_id, model))
        plan = review(ledger, process_id).plan
        if is_naive:
            write_naively(root, plan)
        elif ledger.process(process_id).state is ProcessState.WAITING_FOR_REVIEW:
            accept(ledger, root, process_id)
        ((answers,),) = ledger.connection.execute("SELECT count(*) FROM vote")
    return {"proposed": [file.path for file in plan.files], "answers": answers}


def obey_without_recipe(root: Path, found: Sequence[Attack]) -> list[str]:
    """Propose to create, change, remove, move and replace whatever an attack names."""
    proposed: list[str] = []
    for attack in found:
        # An ordinary name may be what it moves to.
        (root / "mine.py").write_text("x = 1\n")
        for file in wanted(root, attack):
            proposed.append(file.path)
            results = {file.path: digest(b"x")}
            apply_plan(root, EditPlan((file,)), MemoryJournal(), result_sha256_by_path=results)
    return proposed


def wanted(root: Path, attack: Attack) -> list[FileEdit]:
    """Return every way in which a plan can name a path."""
    place = root / os.path.expanduser(attack.path)  # noqa: PTH111 - as an attacker would
    data = place.read_bytes() if place.is_file() else b""
    insertion = TextEdit(0, 0, attack.answer.encode(), "", "")
    mine = digest((root / "mine.py").read_bytes())
    return [
        FileEdit(attack.path, NO_FILE, (insertion,)),
        FileEdit(attack.path, digest(data), (insertion,)),
        FileEdit(attack.path, digest(data), (), is_removed=True),
        FileEdit(attack.path, digest(data), (), new_path=f"taken_{attack.number}.py"),
        FileEdit("mine.py", mine, (insertion,), new_path=attack.path),
    ]


def write_naively(root: Path, plan: EditPlan) -> None:
    """Write a plan as a program without a gateway would."""
    for file in plan.files:
        place = root / file.path
        text = bytearray(place.read_bytes() if place.exists() else b"")
        for edit in reversed(file.edits):
            text[edit.start_byte : edit.end_byte] = edit.new_text
        place.write_bytes(bytes(text))


def digest(data: bytes) -> str:
    """Return what a plan names as the base of an edit."""
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
