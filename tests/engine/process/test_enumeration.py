"""Which files of a workspace become steps."""

from pathlib import Path

from nanobot_engine.process import Ledger
from nanobot_engine.process.enumeration import enumerate_workspace
from nanobot_engine.recipe.document import DocumentRecipe, Scope, goal_of
from support import small_process


def test_a_process_has_steps_in_every_language(tmp_path: Path) -> None:
    root = tmp_path / "ws"
    root.mkdir()
    (root / "box.js").write_bytes(b"export function area(w, h) { return w * h; }\n")
    (root / "box.py").write_text("def area(w, h):\n    return w * h\n")
    (root / "box.go").write_text("package box\n\nfunc Area() int { return 1 }\n")
    (root / "notes.md").write_text("# Area\n")
    goal = goal_of("add doc comments to every public function")
    assert goal is not None
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        process_id = ledger.create_process(goal, small_process.OPTIONS)
        enumerate_workspace(
            ledger,
            process_id,
            DocumentRecipe(Scope.from_arguments(goal.arguments)),
            root,
            overlay={"open.rs": "pub fn area() {}\n", "open.md": "# Area\n"},
            cancelled=lambda: False,
        )
        keys = [step.item_key for step in ledger.steps(process_id)]

    assert keys == [
        "box.go::Area", "box.js::area", "box.py::area", "open.rs::area",
    ]  # fmt: skip
