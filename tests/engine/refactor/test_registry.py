import importlib
from pathlib import Path

from nanobot_engine import refactor
from nanobot_engine.refactor.registry import REFACTORINGS


def test_every_refactoring_that_is_written_is_offered() -> None:
    folder = Path(refactor.__file__).parent
    written = {
        str(vars(kind)["name"])
        for path in folder.glob("*.py")
        for kind in vars(importlib.import_module(f"{refactor.__name__}.{path.stem}")).values()
        if isinstance(kind, type) and {"name", "plan", "parameters"} <= vars(kind).keys()
    }
    # The protocol has properties in their place, no values.
    written = {name for name in written if not name.startswith("<property")}

    assert written == set(REFACTORINGS)
