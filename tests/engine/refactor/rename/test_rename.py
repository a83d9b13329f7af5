import pytest

from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, planned


def test_a_function_is_renamed_in_all_files() -> None:
    check(
        Rename(),
        {
            "app/__init__.py": 'from .settings import load\n__all__ = ["load"]\n',
            "app/settings.py": """
                def load(path):  # load it
                    "Load with load()."
                    return load(path)
            """,
            "tests/test_settings.py": """
                from unittest import mock
                from app import settings
                from app.settings import load as get

                @mock.patch("app.settings.load")
                def test_load(load):
                    assert settings.load is get, "load"
            """,
            "README.md": "Call `load()` to load.\n",
            "plugins.ini": '[project.scripts]\nload = "app.settings:load"\n',
        },
        {
            "app/__init__.py": 'from .settings import read\n__all__ = ["read"]\n',
            "app/settings.py": """
                def read(path):  # load it
                    "Load with load()."
                    return read(path)
            """,
            "tests/test_settings.py": """
                from unittest import mock
                from app import settings
                from app.settings import read as get

                @mock.patch("app.settings.read")
                def test_load(load):
                    assert settings.read is get, "load"
            """,
            "plugins.ini": '[project.scripts]\nload = "app.settings:read"\n',
        },
        symbol="app/settings.py::load",
        new_name="read",
    )


def test_a_name_that_a_package_passes_on_by_a_star_is_renamed_for_its_users() -> None:
    check(
        Rename(),
        {
            "pkg/__init__.py": "from .tools import *\n",
            "pkg/tools.py": "class Tool: ...\n",
            "pkg/other.py": "from . import Tool\n\nTOOL = Tool()\n",
            "tests/test_tools.py": """
                from unittest import mock
                import pkg
                from pkg import Tool

                @mock.patch("pkg.Tool")
                @mock.patch("pkg.other.Tool")
                @mock.patch("other.Tool")
                def test_tool(a, b):
                    assert pkg.Tool is Tool
            """,
            "plugins.ini": "[options.entry_points]\ntool = pkg:Tool\n",
        },
        {
            "pkg/tools.py": "class Wrench: ...\n",
            "pkg/other.py": "from . import Wrench\n\nTOOL = Wrench()\n",
            "tests/test_tools.py": """
                from unittest import mock
                import pkg
                from pkg import Wrench

                @mock.patch("pkg.Wrench")
                @mock.patch("pkg.other.Wrench")
                @mock.patch("other.Tool")
                def test_tool(a, b):
                    assert pkg.Wrench is Wrench
            """,
            "plugins.ini": "[options.entry_points]\ntool = pkg:Wrench\n",
        },
        symbol="pkg/tools.py::Tool",
        new_name="Wrench",
    )


def test_a_module_that_keeps_the_old_name_is_named_in_strings_as_before() -> None:
    check(
        Rename(),
        {
            "a.py": "def load(): ...\n",
            "b.py": "from a import load\n\ndef use(read): return read, load()\nread = 1\n",
            "test_b.py": 'import mock\nmock.patch("b.load")\nmock.patch("a.load")\n',
        },
        {
            "a.py": "def read(): ...\n",
            "b.py": "from a import read as load\n\ndef use(read): return read, load()\nread = 1\n",
            "test_b.py": 'import mock\nmock.patch("b.load")\nmock.patch("a.read")\n',
        },
        symbol="a.py::load",
        new_name="read",
    )


def test_mentions_are_renamed_where_asked() -> None:
    check(
        Rename(),
        {
            "m.py": """
                def load(path):  # load(): see `load`
                    "Load with load()."
                    return "load"
            """,
            "README.md": "Call `load()` or m.load to load. Über load().\n",
        },
        {
            "m.py": """
                def read(path):  # read(): see `read`
                    "Load with read()."
                    return "load"
            """,
            "README.md": "Call `read()` or m.read to load. Über read().\n",
        },
        symbol="m.py::load",
        new_name="read",
        also="comments,documents",
    )


def test_where_the_new_name_is_taken_by_another_import_the_old_one_stays_as_an_alias() -> None:
    check(
        Rename(),
        {
            "m.py": "def load(): ...\n",
            "n.py": "from m import load\nimport m\n\ndef read(): return load(), m.load()\n",
        },
        {
            "m.py": "def read(): ...\n",
            "n.py": "from m import read as load\nimport m\n\ndef read(): return load(), m.read()\n",
        },
        symbol="m.py::load",
        new_name="read",
    )


def test_an_import_of_something_else_under_the_name_gets_an_alias() -> None:
    check(
        Rename(),
        {
            "m.py": """
                try:
                    from json import loads
                except ImportError:
                    def loads(text): ...
                loads("1")
            """,
            "n.py": "from m import loads\nloads(2)\n",
        },
        {
            "m.py": """
                try:
                    from json import loads as parse
                except ImportError:
                    def parse(text): ...
                parse("1")
            """,
            "n.py": "from m import parse\nparse(2)\n",
        },
        symbol="m.py::loads",
        new_name="parse",
    )


def test_a_method_an_attribute_and_a_field() -> None:
    files = {
        "m.py": """
            from dataclasses import dataclass
            @dataclass
            class Shape:
                width: int
                def area(self): return self.width
            class Square(Shape):
                def area(self): return super().area() * self.width
            def f(shape: Shape, other):
                return shape.area() + other.area() + Square(width=1).width
        """
    }
    change = check(
        Rename(),
        files,
        {
            "m.py": """
                from dataclasses import dataclass
                @dataclass
                class Shape:
                    width: int
                    def size(self): return self.width
                class Square(Shape):
                    def size(self): return super().size() * self.width
                def f(shape: Shape, other):
                    return shape.size() + other.size() + Square(width=1).width
            """
        },
        symbol="m.py::Shape.area",
        new_name="size",
    )
    assert change.doubts == ()
    labels = [edit.label for edit in change.plan.files[0].edits]
    assert labels.count("attribute of the renamed name: no other class here defines the name") == 1
    check(
        Rename(),
        files,
        {"m.py": files["m.py"].replace("width", "side")},
        symbol="m.py::Shape.width",
        new_name="side",
    )


def test_what_only_the_name_speaks_for_is_a_doubt() -> None:
    change = planned(
        Rename(),
        {
            "m.py": """
                class A:
                    def go(self): ...
                class B:
                    def go(self): ...
                def f(x): x.go()
            """
        },
        symbol="m.py::A.go",
        new_name="run",
    )

    assert [(doubt.line, doubt.question) for doubt in change.doubts] == [
        (5, "line 5: does .go mean A.go?")
    ]
    assert len(change.plan.files[0].edits) == 1


def test_parameters_and_local_variables() -> None:
    check(
        Rename(),
        {
            "m.py": """
                def send(data, size=1):
                    total = size
                    def inner(): return size + total
                    return f"{size:>{total}}", inner
                send(b"", size=2)
            """
        },
        {
            "m.py": """
                def send(data, length=1):
                    total = length
                    def inner(): return length + total
                    return f"{length:>{total}}", inner
                send(b"", length=2)
            """
        },
        symbol="m.py::send.<locals>.size",
        new_name="length",
    )


@pytest.mark.parametrize(
    ("text", "symbol", "new_name", "error", "reason"),
    [
        ("f = 1\n", "g", "h", ArgumentError, "there is no such name"),
        ("f = 1\n", "f", "class", ArgumentError, "is no name"),
        ("f = 1\n", "f", "f", ArgumentError, "is its name already"),
        ("f = 1\ng = 2\nf\n", "f", "g", UnsafeError, "would mean something else"),
        ("f = 1\nprint(f)\n", "f", "print", UnsafeError, "would mean something else"),
        ("f = 1\ndef a(x):\n    g = 1\n    return f\n", "f", "g", UnsafeError, "something else"),
        ("def a(x): return x, g\ng = 1\n", "a.<locals>.x", "g", UnsafeError, "something else"),
        ("class A:\n  def f(self): ...\n  g = 1\n", "A.f", "g", UnsafeError, "member of that name"),
        ("import a.b\na.b\n", "a", "c", UnsafeError, "can not be renamed"),
    ],
)
def test_what_would_change_the_program_is_refused(
    text: str, symbol: str, new_name: str, error: type[RefactorError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        planned(Rename(), {"m.py": text}, symbol=f"m.py::{symbol}", new_name=new_name)


def test_a_parameter_that_asks_for_a_fixture_is_not_renamed_alone() -> None:
    files = {
        "conftest.py": "import pytest\n@pytest.fixture\ndef box(): return 1\n",
        "test_m.py": "def test_m(box, tmp_path): return box\n",
    }
    with pytest.raises(UnsafeError, match=r"box: pytest passes the fixture conftest.py::box"):
        planned(Rename(), files, symbol="test_m.py::test_m.<locals>.box", new_name="crate")
    with pytest.raises(UnsafeError, match=r"passes the fixture tmp_path by this name"):
        planned(Rename(), files, symbol="test_m.py::test_m.<locals>.tmp_path", new_name="p")


def test_a_member_of_a_protocol_is_told() -> None:
    text = "from typing import Protocol\nclass Reads(Protocol):\n    def read(self): ...\n"
    change = planned(Rename(), {"m.py": text}, symbol="m.py::Reads.read", new_name="load")
    assert [(note.line, "Reads is a protocol" in note.text) for note in change.notes] == [(2, True)]


def test_a_member_that_another_package_has_keeps_its_name() -> None:
    text = """
        import json
        from typing import Protocol
        class Reads(Protocol):
            def loads(self): ...
        class Loader:
            reader: Reads = json
    """
    with pytest.raises(UnsafeError, match=r"m\.py:6: uses something of another package as a Reads"):
        planned(Rename(), {"m.py": text}, symbol="m.py::Reads.loads", new_name="read")


def test_members_that_are_reached_by_computed_names_are_told() -> None:
    text = "class V:\n    def on_a(self): ...\n    def go(self, x): getattr(self, 'on_' + x)()\n"
    change = planned(Rename(), {"m.py": text}, symbol="m.py::V.on_a", new_name="on_b")
    told = [(note.line, "V may reach 'on_a' here" in note.text) for note in change.notes]
    assert told == [(3, True)]


def test_a_protected_document_stays_and_is_told() -> None:
    change = check(
        Rename(),
        {"m.py": "def load_all(): ...\n", "CLAUDE.md": "See\n`load_all`.\n", "a.md": "load_all\n"},
        {"m.py": "def read_all(): ...\n", "a.md": "read_all\n"},
        symbol="m.py::load_all",
        new_name="read_all",
        also="documents",
    )

    assert [(note.path, note.line) for note in change.notes] == [("CLAUDE.md", 2)]
    assert "'read_all' belongs here" in change.notes[0].text


def test_a_name_that_a_package_offers_is_not_given_to_something_else() -> None:
    files = {
        "p/__init__.py": "from p.a import f\nfrom p.b import g\n__all__ = ['f', 'g']\n",
        "p/a.py": "def f(): ...\n",
        "p/b.py": "def g(): ...\n",
    }

    with pytest.raises(UnsafeError, match=r"p/__init__\.py: g would stand for two things"):
        planned(Rename(), files, symbol="p/a.py::f", new_name="g")


def test_a_name_that_is_imported_as_itself_follows_with_everybody_who_takes_it_from_there() -> None:
    check(
        Rename(),
        {
            "app/__init__.py": "from .signer import Signer as Signer\n",
            "app/signer.py": "class Signer: ...\n",
            "tests/test_app.py": """
                import app
                from app import Signer

                def test():
                    assert app.Signer is Signer
            """,
        },
        {
            "app/__init__.py": "from .signer import Sealer as Sealer\n",
            "app/signer.py": "class Sealer: ...\n",
            "tests/test_app.py": """
                import app
                from app import Sealer

                def test():
                    assert app.Sealer is Sealer
            """,
        },
        # Asked for where it is passed on.
        symbol="app/__init__.py::Signer",
        new_name="Sealer",
    )


def test_a_name_imported_as_itself_keeps_it_where_the_new_one_is_taken() -> None:
    check(
        Rename(),
        {
            "signer.py": "class Signer: ...\n",
            "use.py": "from signer import Signer as Signer\nSealer = 1\nprint(Signer, Sealer)\n",
        },
        {
            "signer.py": "class Sealer: ...\n",
            "use.py": "from signer import Sealer as Signer\nSealer = 1\nprint(Signer, Sealer)\n",
        },
        symbol="signer.py::Signer",
        new_name="Sealer",
    )


@pytest.mark.parametrize("taken", ["from use import Signer\n", "import use\nuse.Signer()\n"])
def test_a_module_that_keeps_the_old_name_passes_it_on_to_nobody(taken: str) -> None:
    files = {
        "signer.py": "class Signer: ...\n",
        "use.py": "from signer import Signer\nSealer = 1\nprint(Signer, Sealer)\n",
        "other.py": taken,
    }

    with pytest.raises(UnsafeError, match=r"use.py: Sealer is taken here, and other.py:\d takes"):
        planned(Rename(), files, symbol="signer.py::Signer", new_name="Sealer")


def test_a_use_that_only_evidence_speaks_for_is_marked() -> None:
    change = planned(
        Rename(),
        {
            "m.py": """
                class A:
                    def go(self): ...
                def f(a: A, x):
                    a.go()
                    x.go()
            """
        },
        symbol="m.py::A.go",
        new_name="run",
    )

    assert [edit.is_likely for edit in change.plan.files[0].edits] == [False, False, True]


def test_a_type_that_is_named_in_quotes_follows_outside_of_annotations_too() -> None:
    before = """
        import typing
        from typing import TYPE_CHECKING, Callable, Optional, Union

        if TYPE_CHECKING:
            from m import Box

        Boxes = Union["Box", typing.List["Box"], str]
        Maker = Callable[["Box"], Optional["Box"]]
        text = {"Box": "Box"}["Box"]
        literal = typing.Literal["Box"]
    """

    check(
        Rename(),
        {"m.py": "class Box: ...\n", "types_.py": before},
        {
            "m.py": "class Crate: ...\n",
            "types_.py": before.replace("import Box", "import Crate")
            .replace('Union["Box", typing.List["Box"]', 'Union["Crate", typing.List["Crate"]')
            .replace('[["Box"], Optional["Box"]]', '[["Crate"], Optional["Crate"]]'),
        },
        symbol="m.py::Box",
        new_name="Crate",
    )
