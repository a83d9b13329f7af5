"""Names that several places share: stubs, protocols, keys, declarations, printed text."""

import re

import pytest

from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.rename import Rename
from support.refactored import check, planned

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


def test_the_name_that_a_declaration_repeats_is_renamed() -> None:
    check(
        Rename(),
        {"m.py": 'from typing import TypeVar\nT = TypeVar("T", bound="T2")\nx: list[T] = ["T"]\n'},
        {
            "m.py": 'from typing import TypeVar\nItem = TypeVar("Item", bound="T2")\n'
            'x: list[Item] = ["T"]\n'
        },
        symbol="m.py::T",
        new_name="Item",
    )


def test_a_name_that_a_program_prints_is_told() -> None:
    change = check(
        Rename(),
        {
            "m.py": """
                def f(count, other):
                    print(f"{count}", f"{other=}", f"{count==other}")
                    return f"a {count = !r} b"
            """
        },
        {
            "m.py": """
                def f(total, other):
                    print(f"{total}", f"{other=}", f"{total==other}")
                    return f"a {total = !r} b"
            """
        },
        symbol="m.py::f.<locals>.count",
        new_name="total",
    )

    assert [(note.line, note.text) for note in change.notes] == [
        (3, "prints 'count' as text: the output changes")
    ]


_READERS = {
    "m.py": """
        from typing import Protocol

        class Reader(Protocol):
            def fetch(self, key: str) -> str: ...
            def close(self) -> None: ...

        class Box:
            def fetch(self, key: str) -> str:
                return key
            def close(self) -> None: ...

        class Shelf:
            def fetch(self, key: str) -> str:
                return key
            def close(self) -> None: ...

        class Dog:
            def fetch(self): ...

        class Chest(Box):
            def fetch(self, key: str) -> str:
                return super().fetch(key)

        def use(reader: Reader) -> str:
            return reader.fetch("a")
    """,
    "main.py": """
        from m import Box, Dog, Shelf, use
        use(Box())
        Dog().fetch()
        Shelf().fetch("x")
        Box().fetch(key="x")
    """,
}


@pytest.mark.parametrize("of", ["Reader", "Box", "Chest"])
def test_a_protocol_and_the_classes_used_as_it_keep_one_name(of: str) -> None:
    change = check(
        Rename(),
        _READERS,
        {
            "m.py": """
                from typing import Protocol

                class Reader(Protocol):
                    def load(self, key: str) -> str: ...
                    def close(self) -> None: ...

                class Box:
                    def load(self, key: str) -> str:
                        return key
                    def close(self) -> None: ...

                class Shelf:
                    def fetch(self, key: str) -> str:
                        return key
                    def close(self) -> None: ...

                class Dog:
                    def fetch(self): ...

                class Chest(Box):
                    def load(self, key: str) -> str:
                        return super().load(key)

                def use(reader: Reader) -> str:
                    return reader.load("a")
            """,
            "main.py": """
                from m import Box, Dog, Shelf, use
                use(Box())
                Dog().fetch()
                Shelf().fetch("x")
                Box().load(key="x")
            """,
        },
        symbol=f"m.py::{of}.fetch",
        new_name="load",
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


def test_a_key_of_a_typed_dictionary_is_renamed_where_it_is_one() -> None:
    text = """
        from typing import TypedDict

        class Options(TypedDict, total=False):
            limit: int
            other: str

        class More(Options):
            limits: int

        def build(options: Options, plain: dict[str, int], *, more: More | None = None) -> int:
            if "limit" in options and "limit" in plain:
                options.get("limit", plain.get("limit"))
            for one in every:
                one["limit"] += plain["limit"]
            return options["limit"]

        every: list[Options] = [{"limit": 1}, {"other": "limit"}]
        named: dict[str, Options] = {"limit": {"limit": 2}}
        build({"limit": 1}, {"limit": 2}, more={"limit": 3, "limits": 4})
        build(Options(limit=1), dict(limit=1))

        def make() -> Options:
            return {"limit": 1} if every else {"limit": 2}
    """
    expected = """
        from typing import TypedDict

        class Options(TypedDict, total=False):
            maximum: int
            other: str

        class More(Options):
            limits: int

        def build(options: Options, plain: dict[str, int], *, more: More | None = None) -> int:
            if "maximum" in options and "limit" in plain:
                options.get("maximum", plain.get("limit"))
            for one in every:
                one["maximum"] += plain["limit"]
            return options["maximum"]

        every: list[Options] = [{"maximum": 1}, {"other": "limit"}]
        named: dict[str, Options] = {"limit": {"maximum": 2}}
        build({"maximum": 1}, {"limit": 2}, more={"maximum": 3, "limits": 4})
        build(Options(maximum=1), dict(limit=1))

        def make() -> Options:
            return {"maximum": 1} if every else {"maximum": 2}
    """

    check(
        Rename(),
        {"m.py": text},
        {"m.py": expected},
        symbol="m.py::Options.limit",
        new_name="maximum",
    )


def test_a_name_that_a_package_offers_is_not_given_to_something_else() -> None:
    files = {
        "p/__init__.py": "from p.a import f\nfrom p.b import g\n__all__ = ['f', 'g']\n",
        "p/a.py": "def f(): ...\n",
        "p/b.py": "def g(): ...\n",
    }

    with pytest.raises(UnsafeError, match=r"p/__init__\.py: g would stand for two things"):
        planned(Rename(), files, symbol="p/a.py::f", new_name="g")
