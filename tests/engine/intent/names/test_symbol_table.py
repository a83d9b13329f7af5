from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.refactor.codebase import Codebase
from support.refactored import encoded

FILES = encoded(
    {
        "a.py": """
            import os
            from b import helper

            LIMIT = 3
            table = {}

            class Shape:
                sides = 0

                def __init__(self, size):
                    self.size = size

                def area(self):
                    total = self.size
                    return total
            """,
        "b.py": "def helper(): ...\n",
    }
)


def table() -> SymbolTable:
    return SymbolTable(Codebase(FILES))


def keys(of: SymbolTable, name: str) -> list[tuple[str, str]]:
    return [(entry.kind, entry.key) for entry in of.named(name)]


def test_every_kind_is_known() -> None:
    of = table()

    assert keys(of, "LIMIT") == [("constant", "a.py::LIMIT")]
    assert keys(of, "table") == [("variable", "a.py::table")]
    assert keys(of, "Shape") == [("class", "a.py::Shape")]
    assert keys(of, "sides") == [("attribute", "a.py::Shape.sides")]
    assert keys(of, "size") == [
        ("parameter", "a.py::Shape.__init__.<locals>.size"),
        ("attribute", "a.py::Shape.size"),
    ]
    assert keys(of, "area") == [("method", "a.py::Shape.area")]
    assert keys(of, "total") == [("local variable", "a.py::Shape.area.<locals>.total")]


def test_an_import_is_no_definition() -> None:
    assert keys(table(), "os") == []
    assert keys(table(), "helper") == [("function", "b.py::helper")]


def test_renames_and_moves_lie_over_the_table() -> None:
    renamed = table().with_symbol("a.py::Shape", "c.py", "Figure")
    moved = renamed.with_module("c.py", "d/c.py")

    assert keys(moved, "Figure") == [("class", "d/c.py::Figure")]
    assert keys(moved, "Shape") == []
    assert keys(moved, "area") == [("method", "d/c.py::Figure.area")]
    assert keys(table(), "Shape") == [("class", "a.py::Shape")]
    assert "Figure" in set(moved.names())


def test_parameters_come_without_the_object() -> None:
    of = table()
    (shape,) = of.named("Shape")

    assert of.parameters(shape) == ["size"]
