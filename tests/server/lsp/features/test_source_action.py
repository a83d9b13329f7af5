"""What can be done with a file, a folder and a workspace."""

from pathlib import Path

import pytest
from lsprotocol import types as t

from nanobot_engine.refactor.registry import check_arguments, refactoring_named
from nanobot_server.host.params import Params
from nanobot_server.host.recipe_goals import started_goal
from support.offered import Asked, offered, started

CODE = """\
import os.path
‸
from unittest import TestCase


class Case(TestCase):
    def run(self, a) -> "int":
        try:
            print("%s" % a)
        except:
            return 1
        return 0
"""
SOURCE = Asked(only=["source"])
ALL = "Document every public function in this workspace"


def kinds(found: dict[str, t.CodeAction]) -> set[str]:
    return {str(one.kind) for one in found.values()}


def test_what_the_text_shows_is_offered_outside_of_definitions(tmp_path: Path) -> None:
    found = offered(tmp_path, CODE)

    assert list(found) == [
        "Document everything public in this file",
        "Annotate all functions in this file",
        "Remove unused code in this file",
        "Convert to f-strings in this file",
        "Convert os.path to pathlib in this file",
        "Convert print to logging in this file",
        "Name what a bare except catches in this file",
        "Convert unittest to pytest in this file",
        ALL,
    ]


def test_inside_of_a_definition_only_the_workspace_is_offered(tmp_path: Path) -> None:
    code = CODE.replace("‸", "").replace("return 1", "‸return 1")

    assert [one for one in offered(tmp_path, code) if "this " in one] == [
        "Document this function",
        ALL,
    ]


def test_an_editor_that_asks_for_source_actions_gets_them_all(tmp_path: Path) -> None:
    found = offered(tmp_path, CODE, SOURCE)

    scopes = ("file", "folder", "workspace")
    assert kinds(found) == {f"source.nanobot.{one}" for one in scopes}
    for title in ("Handle errors", "Log calls", "Remove unused parameters", "Replace duplicates"):
        assert sum(one.startswith(title) for one in found) >= 2
    folders = offered(tmp_path, CODE, Asked(only=["source.nanobot.folder"]))
    assert kinds(folders) == {"source.nanobot.folder"}


@pytest.mark.parametrize("path", ["app/io/a.py", "a.py", "app/Ünï cödé [1]/a.py", "a,b.py"])
def test_the_host_takes_what_they_start(tmp_path: Path, path: str) -> None:
    found = offered(tmp_path, CODE, Asked(path=path, only=["source"]))

    assert len(found) > 5
    for action in found.values():
        argument = started(action)
        for part in argument.get("refactorings", ()):
            check_arguments(refactoring_named(part["name"]), part["arguments"])
            assert part["arguments"].get("where", path) in (path, path.rpartition("/")[0])
        if "goal" in argument and "recipe" in argument:
            goal = started_goal(Params(argument))
            assert goal.recipe == argument["recipe"]
            assert goal.arguments["paths"] in (f"/{path}", f"/{path.rpartition('/')[0]}")


def test_a_comma_in_a_path_can_not_be_said_to_a_refactoring(tmp_path: Path) -> None:
    found = offered(tmp_path, CODE, Asked(path="a,b.py", only=["source"]))

    assert "Remove unused code in this file" not in found
    assert "Document everything public in this file" in found


def test_a_file_that_defines_nothing_is_offered_little(tmp_path: Path) -> None:
    assert list(offered(tmp_path, "‸x = 1\n")) == [ALL]


def test_nothing_is_offered_to_a_light_bulb(tmp_path: Path) -> None:
    assert not offered(tmp_path, CODE, Asked(is_automatic=True))


def test_other_languages_have_their_own(tmp_path: Path) -> None:
    script = Asked(path="lib/a.js", language="javascript")
    found = offered(tmp_path, "‸var a = 1;\n", script)

    assert list(found) == [
        "Document everything public in this file",
        "Use early returns in this file",
        "Convert var to let and const in this file",
    ]
    for action, recipe in zip(found.values(), ("document", "rewrite", "rewrite"), strict=True):
        assert started_goal(Params(started(action))).recipe == recipe
    assert not offered(tmp_path, "‸x\n", Asked(path="a.txt", language="plaintext"))
