"""What programs can do with a definition is offered at its header."""

from pathlib import Path

import pytest
from lsprotocol import types as t

from support.offered import Asked, offered, refactoring

REFACTOR = Asked(only=["refactor"])


def names(found: dict[str, t.CodeAction]) -> dict[str, dict[str, str]]:
    """Return the arguments of the refactorings, by their names."""
    return dict(refactoring(one) for one in found.values() if one.command and _parts(one))


def _parts(action: t.CodeAction) -> object:
    (argument,) = (action.command and action.command.arguments) or [{}]
    return isinstance(argument, dict) and argument.get("refactorings")


CODE = """\
class Shape:
    def area(self, width, height=1):
        return width * height

    def rest(self):
        return self.area(2)


def drawAll(shape: "Shape", left, top, scale, depth):
    return shape.area(left)
"""


def at(text: str) -> str:
    """Return the code with the cursor before some text."""
    assert CODE.count(text) == 1
    return CODE.replace(text, f"‸{text}")


def test_a_method_becomes_a_function_or_static(tmp_path: Path) -> None:
    found = names(offered(tmp_path, at("area(self")))

    assert found["method to function"] == {"method": "app/a.py::Shape.area"}
    assert found["method to static method"] == {"method": "app/a.py::Shape.area"}
    assert "method to static method" not in names(offered(tmp_path, at("rest(self")))


def test_a_function_becomes_a_method_of_the_class_of_its_first_parameter(tmp_path: Path) -> None:
    found = names(offered(tmp_path, at("drawAll")))

    assert found["function to method"] == {
        "function": "app/a.py::drawAll",
        "class": "app/a.py::Shape",
    }
    assert found["rename"] == {"symbol": "app/a.py::drawAll", "new_name": "draw_all"}
    assert found["move"] == {"symbols": "app/a.py::drawAll", "target": "app/draw_all.py"}
    assert found["introduce parameter object"] == {
        "function": "app/a.py::drawAll",
        "parameters": "shape, left, top, scale, depth",
        "class_name": "DrawAllOptions",
    }


def test_a_module_that_is_there_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "draw_all.py").touch()

    assert "move" not in names(offered(tmp_path, at("drawAll")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("width, h", ["remove parameter", "make keyword only"]),
        ("height=", ["remove parameter", "make keyword only"]),
        ("top, s", ["remove parameter", "make keyword only", "reorder parameters"]),
    ],
)
def test_a_parameter_is_taken_away_moved_and_named(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    assert list(names(offered(tmp_path, at(text)))) == expected


def test_a_parameter_moves_one_to_the_left(tmp_path: Path) -> None:
    found = names(offered(tmp_path, at("top, s")))

    order = "shape, top, left, scale, depth"
    assert found["reorder parameters"] == {"function": "app/a.py::drawAll", "order": order}


def test_the_object_of_a_method_stays(tmp_path: Path) -> None:
    assert names(offered(tmp_path, at("self, width"))) == {}


def test_a_body_has_it_only_for_an_editor_that_asks(tmp_path: Path) -> None:
    assert names(offered(tmp_path, at("return shape"))) == {}
    found = names(offered(tmp_path, at("return shape"), REFACTOR))
    assert {"function to method", "rename", "move", "deduplicate"} <= found.keys()
    moved = offered(tmp_path, at("return shape"), Asked(only=["refactor.move"]))
    assert {str(one.kind) for one in moved.values()} == {"refactor.move"}
    assert offered(tmp_path, at("drawAll"), Asked(is_automatic=True)).keys() == {
        "Document this function"
    }


@pytest.mark.parametrize("has_versions", [False, True])
def test_a_new_name_is_written_in_a_comment(tmp_path: Path, *, has_versions: bool) -> None:
    capabilities = {"workspace": {"workspaceEdit": {"documentChanges": has_versions}}}
    asked = Asked(capabilities=capabilities)
    action = offered(tmp_path, at("area(self"), asked)["Rename `area`: write the new name"]

    assert action.command is None
    assert action.edit is not None
    if has_versions:
        assert action.edit.document_changes is not None
        (change,) = action.edit.document_changes
        assert isinstance(change, t.TextDocumentEdit)
        assert change.text_document.version == 1
        (edit,) = change.edits
    else:
        assert action.edit.changes is not None
        ((edit,),) = action.edit.changes.values()
    assert isinstance(edit, t.TextEdit)
    assert edit.range == t.Range(t.Position(1, 0), t.Position(1, 0))
    assert edit.new_text == "    # nanobot: rename area to \n"


def test_a_flag_of_a_module_can_go(tmp_path: Path) -> None:
    found = names(offered(tmp_path, "import os\n\n‸USE_CACHE: Final = True  # Always.\n"))

    assert found["remove feature flag"] == {"flag": "app/a.py::USE_CACHE"}
    assert "remove feature flag" not in names(offered(tmp_path, "‸x = Truth\n"))
    assert "remove feature flag" not in names(offered(tmp_path, "def f():\n    ‸x = True\n"))


def test_magic_methods_and_good_names_keep_them(tmp_path: Path) -> None:
    code = "class Box:\n    def __len__‸(self):\n        return self.size\n"

    assert not any("Rename" in one for one in offered(tmp_path, code))
    assert "rename" not in names(offered(tmp_path, "class ‸Box:\n    size = 1\n"))
    assert names(offered(tmp_path, "class ‸big_box:\n    size = 1\n"))["rename"] == {
        "symbol": "app/a.py::big_box",
        "new_name": "BigBox",
    }
