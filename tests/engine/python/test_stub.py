"""A stub says the names of its module again."""

import re

import pytest

from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check

_STUBBED = {
    "app/__init__.py": "",
    "app/core.py": """
        LIMIT = 3

        class Box:
            def __init__(self, item):
                self.item = item
            def get(self, key):
                return key

        def build(size):
            return Box(size).get(key=LIMIT)
    """,
    "app/core.pyi": """
        LIMIT: int

        class Box:
            item: int
            def __init__(self, item: int) -> None: ...
            def get(self, key: str) -> str: ...

        def build(size: int) -> Box: ...
    """,
    "app/main.py": "from app.core import Box, build\nBox(1).get(key=build(2))\n",
}


@pytest.mark.parametrize("path", ["app/core.py", "app/core.pyi"])
@pytest.mark.parametrize(
    ("symbol", "old", "new"),
    [
        ("LIMIT", "LIMIT", "MAXIMUM"),
        ("Box", "Box", "Crate"),
        ("build", "build", "construct"),
        ("Box.get", "get", "fetch"),
        ("Box.item", "item", "content"),
        ("Box.get.<locals>.key", "key", "name"),
        ("build.<locals>.size", "size", "width"),
    ],
)
def test_a_stub_follows_its_module(path: str, symbol: str, old: str, new: str) -> None:
    if symbol == "Box.item":
        # The parameter of the constructor is another name.
        before = {p: text.replace("(self, item", "(self, it") for p, text in _STUBBED.items()}
        before["app/core.py"] = before["app/core.py"].replace("= item", "= it")
    else:
        before = _STUBBED

    check(
        Rename(),
        before,
        {p: re.sub(rf"\b{old}\b", new, text) for p, text in before.items()},
        symbol=f"{path}::{symbol}",
        new_name=new,
    )
