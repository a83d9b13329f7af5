"""A protocol and the classes that are used as it."""

import pytest

from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check


def _readers(name: str) -> dict[str, str]:
    """Return a protocol with classes used as it, whose member has a name."""
    return {
        "m.py": f"""
            from typing import Protocol

            class Reader(Protocol):
                def {name}(self, key: str) -> str: ...
                def close(self) -> None: ...

            class Box:
                def {name}(self, key: str) -> str:
                    return key
                def close(self) -> None: ...

            class Shelf:
                def fetch(self, key: str) -> str:
                    return key
                def close(self) -> None: ...

            class Dog:
                def fetch(self): ...

            class Chest(Box):
                def {name}(self, key: str) -> str:
                    return super().{name}(key)

            def use(reader: Reader) -> str:
                return reader.{name}("a")
        """,
        "main.py": f"""
            from m import Box, Dog, Shelf, use
            use(Box())
            Dog().fetch()
            Shelf().fetch("x")
            Box().{name}(key="x")
        """,
    }


@pytest.mark.parametrize("of", ["Reader", "Box", "Chest"])
def test_a_protocol_and_the_classes_used_as_it_keep_one_name(of: str) -> None:
    change = check(
        Rename(), _readers("fetch"), _readers("load"), symbol=f"m.py::{of}.fetch", new_name="load"
    )

    assert any("Shelf looks like the protocol Reader" in note.text for note in change.notes)


@pytest.mark.parametrize(
    "use",
    [
        "reader: Reader = Box()",
        "def make() -> Reader:\n    return Box()",
        "readers: list[Reader] = [Box()]",
        "def use(*, reader: 'Reader | None' = None): ...\nuse(reader=Box())",
        "class User:\n    def __init__(self, reader: Reader): ...\nUser(Box())",
        "def use(readers: list[Reader]): ...\nuse([Box()])",
    ],
)
def test_every_use_as_a_protocol_counts(use: str) -> None:
    text = (
        "from typing import Protocol\n"
        "class Reader(Protocol):\n    def fetch(self): ...\n"
        f"class Box:\n    def fetch(self): ...\n{use}\n"
    )

    check(
        Rename(),
        {"m.py": text},
        {"m.py": text.replace("fetch", "load")},
        symbol="m.py::Reader.fetch",
        new_name="load",
    )
