"""What refers to a symbol: marked in the text of the files, see `support.marked`."""

import pytest

from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.references import ReferenceFinder
from support.marked import check


def test_a_function_of_a_module_with_imports_aliases_and_attributes() -> None:
    check(
        "app/settings.py",
        "load",
        {
            "app/__init__.py": "from .settings import «load»\n__all__ = ['«load»', \"other\"]\n",
            "app/settings.py": """
                def «load»(load=None):
                    return load

                again = «load»()
                class C:
                    load = 1
                    x = load
                    def m(self): return «load»(load=self.load)
            """,
            "app/cli.py": """
                from app.settings import «load» as get
                from app import «load», settings
                import app.settings, app.settings as s
                get()
                «load»()
                settings.«load»()
                app.settings.«load»()
                s.«load»; app.«load»
                def f(load): load()
            """,
            "other.py": "from elsewhere import load\nload()\n",
        },
    )


def test_a_name_that_comes_by_stars() -> None:
    check(
        "a.py",
        "tool",
        {
            "a.py": "def «tool»(): ...\n_tool = 1\n",
            "b.py": "from a import *\n«tool»()\n",
            "c.py": "from b import *\n«tool»()\ndef f():\n    tool = 1\n    return tool\n",
            "d.py": "from c import «tool»\n«tool»()\n",
        },
    )


def test_a_name_that_passes_through_files_in_which_it_does_not_stand() -> None:
    check(
        "pkg/inner/a.py",
        "tool",
        {
            "pkg/__init__.py": "from .inner import *\n",
            "pkg/inner/__init__.py": "from .a import \\\n    *\nfrom .other import *\n",
            "pkg/inner/a.py": "__all__ = ['«tool»']\ndef «tool»(): ...\ndef hidden(): ...\n",
            "pkg/inner/other.py": "from os import path\n",
            "pkg/uses.py": "from . import «tool»\nfrom .inner import «tool» as t\n«tool»()\n",
            "tests/test_a.py": "import pkg\nimport pkg.inner as i\npkg.«tool»()\ni.«tool»\n",
            "shadowed/__init__.py": "from pkg import *\nfrom .own import *\n",
            "shadowed/own.py": "def tool(): ...\n",
            "later/__init__.py": "from pkg import *\ndef tool(): ...\n",
            "tests/test_b.py": "from shadowed import tool\nfrom later import tool as t\n",
        },
    )


def test_an_import_through_several_stars_leads_to_the_definition() -> None:
    data = {
        "pkg/__init__.py": b"from .inner import *\n",
        "pkg/inner/__init__.py": b"from .a import *\n",
        "pkg/inner/a.py": b"def tool(): ...\n",
        "uses.py": b"from pkg import tool\n",
    }
    finder = ReferenceFinder(PythonProject(data))
    symbol = finder.symbol("uses.py", "tool")
    assert symbol is not None
    assert finder.origin(symbol).file.path == "pkg/inner/a.py"
    offering = [file.path for file in finder.find(symbol).modules]
    assert offering == ["pkg/__init__.py", "pkg/inner/__init__.py", "pkg/inner/a.py", "uses.py"]


def test_a_star_gives_what_a_list_made_from_other_lists_may_have() -> None:
    check(
        "pkg/a.py",
        "tool",
        {
            "pkg/__init__.py": "from . import a\nfrom .a import *\n__all__ = ['x'] + a.__all__\n",
            "pkg/a.py": "__all__ = ['«tool»']\ndef «tool»(): ...\n",
            "pkg/b.py": "from .a import *\n__all__ = ['y']\n__all__ += [n for n in dir()]\n",
            "uses.py": "from pkg import *\n«tool»()\n",
            "more.py": "from pkg.b import *\n«tool»()\n",
        },
    )


def test_one_of_several_stars_of_which_a_condition_chooses_gives_the_names_of_all() -> None:
    check(
        "pkg/slow.py",
        "tool",
        {
            "pkg/__init__.py": "try:\n    from .fast import *\nexcept ImportError:\n"
            "    from .slow import *\n",
            "pkg/fast.py": "def «tool»(): ...\n",
            "pkg/slow.py": "def «tool»(): ...\n",
            "pkg/old.py": "def tool(): ...\n",
            "uses.py": "from pkg import «tool»\nfrom pkg.fast import «tool» as f\n",
        },
    )


def test_relative_imports_in_packages() -> None:
    check(
        "src/pkg/sub/x.py",
        "Thing",
        {
            "src/pkg/__init__.py": "",
            "src/pkg/sub/__init__.py": "from .x import «Thing»\nfrom . import x\n",
            "src/pkg/sub/x.py": "class «Thing»: ...\n",
            "src/pkg/y.py": (
                "from .sub import «Thing», x\nfrom .sub.x import «Thing» as T\nx.«Thing»()\n"
            ),
            "src/pkg/sub/z.py": "from ..sub.x import «Thing»\nfrom ... import ⟪Thing⟫\n",
            "tests/test_x.py": "import pkg.sub\npkg.sub.«Thing»(); pkg.sub.x.«Thing»()\n",
        },
    )


def test_quoted_annotations_and_strings_in_several_lines_hold_names() -> None:
    check(
        "m.py",
        "Node",
        {
            "m.py": '''
                from typing import Literal, cast
                class «Node»:
                    up: "«Node» | None"
                    kind: Literal["Node"]
                def f(x: list["«Node»"]) -> "dict[str, «Node»]":
                    y = cast("«Node»", x)
                    return f"""Node {«Node»} and
                        {x!r:>{«Node».width}} { «Node» = } {{Node}}
                        {f'{«Node»}'}"""
            '''
        },
    )


def test_scopes_hide_names() -> None:
    check(
        "m.py",
        "value",
        {
            "m.py": """
                «value» = 1
                def a():
                    global value
                    «value» = 2
                def b():
                    value = 3
                    def c():
                        nonlocal value
                        value = 4
                    return [value for value in (value, 1)]
                def d():
                    return [«value» for x in «value»], (lambda value: value), {«value»: 1}
                class E:
                    value = «value»
                    def f(self): return «value», self.value
                match «value»:
                    case {"value": «value», **rest}: ...
                del «value»
            """.replace("global value", "global «value»")
        },
    )


def test_a_method_with_its_overrides_and_receivers() -> None:
    check(
        "shape.py",
        "Shape.area",
        {
            "shape.py": """
                class Shape:
                    def «area»(self): raise NotImplementedError
                    def twice(self): return 2 * self.«area»()
                class Square(Shape):
                    def «area»(self): return super().«area»()
                    also = «area»
                class House:
                    def area(self): return 1
                def make() -> Square: ...
                def build(): return Square()
            """,
            "use.py": """
                from shape import House, Shape, Square, build, make
                import shape as s
                def f(shape: Shape, shapes: set[Shape], names: dict[str, Square], x, *rest: Shape):
                    shape.«area»(); make().«area»(); build().«area»(); s.Square().«area»
                    House().area()
                    for one in shapes: one.«area»()
                    for name, one in names.items(): one.«area»(); name.area
                    [one.«area»() for one in rest]
                    with open("x") as g: g.area
                    x.⸨area⸩()
                class Holder:
                    def __init__(self, shape: "Shape | None" = None):
                        self.shape = shape or Square()
                        self.house = House()
                    def both(self):
                        return self.shape.«area»(), self.house.area()
                    @property
                    def inner(self): return self.shape
                Holder().inner.«area»()
            """,
        },
    )


def test_a_member_that_only_one_class_has_is_likely_meant_where_nothing_is_known() -> None:
    check(
        "m.py",
        "Job.run_all",
        {
            "m.py": "class Job:\n    def «run_all»(self): ...\n",
            "n.py": "def f(job): job.⟨run_all⟩()\n",
        },
    )


def test_names_of_builtins_are_never_only_ours() -> None:
    check(
        "m.py",
        "Bag.append",
        {
            "m.py": "class Bag:\n    def «append»(self, x): ...\n",
            "n.py": "def f(x):\n    x.⸨append⸩(1)\n    [].append(1)\n    ''.append\n",
        },
    )


def test_fields_of_a_dataclass() -> None:
    check(
        "m.py",
        "Point.left",
        {
            "m.py": """
                from dataclasses import dataclass, replace
                @dataclass
                class Point:
                    «left»: int
                    top: int = 0
                    def shifted(self): return replace(self, «left»=self.«left» + 1)
                p = Point(«left»=1)
                q = Point(1, 2).shifted()
                def f(left):
                    match p:
                        case Point(«left»=left): return left
                    setattr(p, "«left»", getattr(q, "«left»", left))
                dict(left=1)
            """,
        },
    )


def test_attributes_that_methods_assign() -> None:
    check(
        "m.py",
        "Client.timeout",
        {
            "m.py": """
                class Client:
                    __slots__ = ("«timeout»", "name")
                    def __init__(self, timeout):
                        self.«timeout» = timeout
                    def get(self, timeout=None):
                        return timeout or self.«timeout»
                class Server:
                    def __init__(self):
                        self.client = Client(1)
                        self.timeout = self.client.«timeout»
            """,
        },
    )


def test_private_names_belong_to_their_class() -> None:
    check(
        "m.py",
        "A.__key",
        {
            "m.py": """
                class A:
                    def __init__(self, other): self.«__key» = other.«__key»
                class B(A):
                    def f(self): return self.__key
            """,
        },
    )


def test_a_parameter_and_the_keywords_of_calls() -> None:
    check(
        "m.py",
        "send.<locals>.size",
        {
            "m.py": """
                from functools import partial
                def send(data, *, «size»=1):
                    def inner(): return «size»
                    return [«size» for _ in range(«size»)]
                def size(): ...
                send(b"", «size»=2)
                later = partial(send, «size»=3)
                def receive(size): return size
                receive(size=4)
            """,
            "n.py": "import m\nfrom m import send as s\nm.send(«size»=1); s(«size»=m.size)\n",
        },
    )


def test_keys_of_dictionaries_that_are_unpacked_and_overloads() -> None:
    check(
        "m.py",
        "ask.<locals>.hint",
        {
            "m.py": """
                from typing import overload
                @overload
                def ask(text: str, «hint»: str) -> str: ...
                @overload
                def ask(text: str, «hint»: None) -> None: ...
                def ask(text, «hint»=None): return «hint»
                def f(other):
                    options = {"⟨hint⟩": 1}
                    options["⟨hint⟩"] = other["hint"]
                    return ask("", **options)
            """
        },
    )


def test_type_variables_with_a_bound() -> None:
    check(
        "m.py",
        "Base.name",
        {
            "m.py": """
                from typing import TypeVar
                class Base:
                    «name» = ""
                T = TypeVar("T", bound="type[Base]")
                S = TypeVar("S", bound=Base)
                U = TypeVar("U")
                def f(cls: T, s: S, u: U, c: type[S]):
                    return cls.«name», s.«name», u.⟨name⟩, c.«name»
            """
        },
    )


def test_a_parameter_of_a_method_and_of_a_constructor() -> None:
    check(
        "m.py",
        "Base.go.<locals>.fast",
        {
            "m.py": """
                class Base:
                    def go(self, «fast»): return «fast»
                class Below(Base):
                    def go(self, «fast»=True): return super().go(«fast»=«fast»)
                Below().go(«fast»=False)
                def f(x): x.go(⸨fast⸩=1); x.other(fast=1)
            """,
        },
    )
    check(
        "m.py",
        "Car.__init__.<locals>.doors",
        {
            "m.py": """
                class Car:
                    def __init__(self, «doors»): self.doors = «doors»
                class Van(Car): ...
                Car(«doors»=4); Van(«doors»=5).doors
            """,
        },
    )


def test_context_managers_generators_enumerations_and_tuples() -> None:
    check(
        "m.py",
        "Row.cells",
        {
            "m.py": """
                from contextlib import contextmanager
                from enum import Enum
                from typing import Iterator, NamedTuple
                class Row:
                    «cells» = ()
                class Kind(Enum):
                    A = 1
                    @property
                    def row(self) -> Row: ...
                class Pair(NamedTuple):
                    row: Row
                    kind: Kind
                @contextmanager
                def opened(): yield Row()
                def rows() -> Iterator[Row]: ...
                def numbered():
                    for row in rows(): yield row
                def pair(): return 1, Row()
                with opened() as row: row.«cells»
                for i, row in enumerate(numbered()): row.«cells»; i.cells
                number, row = pair(); row.«cells»
                Kind.A.row.«cells»
                for kind in Kind: kind.row.«cells»
                for row, kind in [Pair(Row(), Kind.A)]: row.«cells»
                sorted(rows())[0].«cells»
                next(rows()).«cells»
                try: ...
                except ValueError as error: error.cells
            """,
        },
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_places_are_bytes_of_the_file(newline: str, encoding: str) -> None:
    cookie = "# coding: latin-1\n" if encoding == "latin-1" else ""
    text = (
        f"{cookie}é = 'ü'; näme = 1; x = f'ä{{näme}}' \n\ndef ö(näme): return (näme,\n 'ß', näme)\n"
    )
    data = text.replace("\n", newline).encode(encoding)
    finder = ReferenceFinder(PythonProject({"m.py": data}))
    symbol = finder.symbol("m.py", "näme")
    assert symbol is not None

    spans = [reference.span for reference in finder.find(symbol).found]

    name = "näme".encode(encoding.removesuffix("-sig"))
    assert [data[span.start_byte : span.end_byte] for span in spans] == [name] * 2
    assert spans[0].start_byte < spans[1].start_byte


def test_a_file_that_does_not_parse_is_told() -> None:
    project = PythonProject({"a.py": b"def f(:\n", "b.py": b"f = 1\n"})

    assert [file.path for file in project.files()] == ["b.py"]
    assert list(project.unreadable) == ["a.py"]


def test_a_keyword_that_partial_gives_to_a_constructor() -> None:
    check(
        "m.py",
        "Box.__init__.<locals>.size",
        {
            "m.py": """
                from functools import partial
                class Box:
                    def __init__(self, «size»): self.size = «size»
                partial(Box, «size»=1)
                partial(partial(Box, «size»=1), «size»=2)(«size»=3).size
            """
        },
    )


def test_a_name_of_one_of_several_definitions() -> None:
    check(
        "m.py",
        "f.<locals>.a",
        {
            "m.py": """
                if windows:
                    def f():
                        «a» = 1
                        return «a»
                else:
                    def f():
                        b = 1
                        return b
            """
        },
    )
