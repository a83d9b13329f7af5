"""A process that refactors a few small files, from its plan to its review."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from nanobot_engine.process import (
    Check,
    GateRun,
    Ledger,
    Part,
    Review,
    finish_refactoring,
    plan_refactoring,
    refactor_goal,
)
from nanobot_engine.process.state import ProcessState
from support.small_process import OPTIONS

FILES: dict[str, str] = {
    "shop/__init__.py": "",
    "shop/price.py": """
        def total(items):
            return sum(item.price for item in items)


        def rounded(value):
            return round(value, 2)
        """,
    "shop/report.py": """
        from shop.price import rounded, total


        def report(items):
            amount = rounded(total(items))
            return f"total {amount}"


        LAST = None
        """,
    "tests/test_price.py": """
        from shop import price


        def test_rounding():
            assert price.rounded(1.234) == 1.23
        """,
}

RENAME = Part("rename", {"symbol": "shop/price.py::total", "new_name": "sum_of_prices"})
MOVE_MODULE = Part("move module", {"module": "shop/price.py", "target": "shop/money/amount.py"})
MOVE = Part("move", {"symbols": "shop/price.py::rounded", "target": "shop/rounding.py"})


class Refactored:
    """A workspace and its ledger."""

    def __init__(self, folder: Path, files: Mapping[str, str] | None = None) -> None:
        self.root = folder / "code"
        for path, text in (FILES if files is None else files).items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(dedent(text).lstrip("\n").encode())
        self.ledger = Ledger.open(folder / "ledger.db")
        self.before = self.tree()

    def start(self, *parts: Part, checks: Sequence[Check] = ()) -> str:
        """Create a process and plan its change."""
        goal = refactor_goal(parts, checks=checks)
        process_id = self.ledger.create_process(goal, OPTIONS)
        self.ledger.set_state(process_id, ProcessState.RUNNING, verb="run")
        plan_refactoring(self.ledger, process_id, self.root, overlay={}, cancelled=lambda: False)
        return process_id

    def reviewed(self, *parts: Part, gates: Sequence[GateRun] = ()) -> str:
        """Bring a process to its review, or to where gates leave it."""
        process_id = self.start(*parts)

        def check(_found: Review) -> Sequence[GateRun]:
            return gates

        finish_refactoring(self.ledger, process_id, check)
        return process_id

    def tree(self) -> dict[str, bytes]:
        """Return all files but nanobot's."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".nanobot" not in path.parts
        }

    def folders(self) -> set[str]:
        """Return all folders but nanobot's."""
        return {
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_dir() and ".nanobot" not in path.parts
        }

    def state(self, process_id: str) -> ProcessState:
        """Return the state of a process."""
        return self.ledger.process(process_id).state
