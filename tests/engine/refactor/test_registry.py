import importlib
from pathlib import Path

from nanobot_engine import refactor
from nanobot_engine.refactor.registry import REFACTORINGS


def _module(folder: Path, path: Path) -> str:
    return ".".join((refactor.__name__, *path.relative_to(folder).with_suffix("").parts))


def test_every_refactoring_that_is_written_is_offered() -> None:
    folder = Path(refactor.__file__).parent
    written = {
        str(vars(kind)["name"])
        for path in folder.rglob("*.py")
        for kind in vars(importlib.import_module(_module(folder, path))).values()
        if isinstance(kind, type) and {"name", "plan", "parameters"} <= vars(kind).keys()
    }
    # The protocol has properties in their place, no values.
    written = {name for name in written if not name.startswith("<property")}

    assert written == set(REFACTORINGS)
