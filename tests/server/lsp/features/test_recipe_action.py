"""Recipes are offered where they have something to do, and the host reads what they start."""

from pathlib import Path

import pytest
from lsprotocol import types as t

from nanobot_server.host.params import Params
from nanobot_server.host.recipe_goals import started_goal
from support.offered import Asked, offered, started

REFACTOR = Asked(only=["refactor"])
CODE = """\
class Store:
    def load(self, path):
        data = open(path).read()
        if data:
            if path:
                print(data)
        return data
"""
HEADER = CODE.replace("load", "lo‸ad")
BODY = CODE.replace("print", "‸print")
TITLES = {
    "annotate": "Annotate this function",
    "handle errors": "Handle errors in this function",
    "add logging": "Log calls of this function",
}


def test_a_body_is_only_offered_documentation(tmp_path: Path) -> None:
    found = offered(tmp_path, BODY)

    assert [one for one in found if "workspace" not in one] == ["Document this function"]


@pytest.mark.parametrize("marked", [HEADER, BODY])
def test_recipes_work_on_the_definition_and_nothing_else(tmp_path: Path, marked: str) -> None:
    found = offered(tmp_path, marked, REFACTOR if marked is BODY else None)

    for recipe, title in TITLES.items():
        goal = started_goal(Params(started(found[title])))
        assert goal.recipe == recipe
        assert goal.arguments["paths"] == "/app/a.py"
        assert goal.arguments["names"] == ".Store.load"
        assert "`Store.load` in app/a.py" in goal.sentence
    for title in ("Simplify this function", "Use early returns in this function"):
        goal = started_goal(Params(started(found[title])))
        assert goal.recipe == "rewrite"
        assert goal.arguments["only"] == "app/a.py::Store.load"


@pytest.mark.parametrize("name", ["update", "remove", "parameter", "test", "and"])
def test_words_that_mean_something_to_a_recipe_can_be_names(tmp_path: Path, name: str) -> None:
    code = f"def {name}‸(path):\n    data = open(path)\n    return data.read()\n"
    found = offered(tmp_path, code.replace("and‸", "and_‸"), Asked(path=f"{name}/fix.py"))

    for recipe, title in TITLES.items():
        assert started_goal(Params(started(found[title]))).recipe == recipe


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("def f‸(a: int) -> int:\n    return a\n", "Annotate this function"),
        ("class C:\n    def f‸(self) -> int:\n        return 1\n", "Annotate this function"),
        ("def f‸(a):\n    return a\n", "Handle errors in this function"),
        ("def f‸(a):\n    return a\n", "Log calls of this function"),
        ("def f‸(a):\n    log.info(a)\n    return a\n", "Log calls of this function"),
        ("@property\ndef f‸(a):\n    a()\n    return a\n", "Log calls of this function"),
        ("def f‸(a):\n    return a\n", "Simplify this function"),
        ("def f‸(a):\n    if a:\n        a()\n", "Use early returns in this function"),
        ('def f‸(a):\n    """Text."""\n    return a\n', "Document this function"),
        ("def f‸(a):\n    return a\n", "Write tests for this function"),
    ],
)
def test_what_has_nothing_to_do_is_not_offered(tmp_path: Path, code: str, missing: str) -> None:
    assert missing not in offered(tmp_path, code)


def test_tests_are_offered_where_the_user_allows_to_run_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "nanobot").mkdir()
    (tmp_path / "nanobot" / "config.toml").write_text("[process]\nrun_code = true\n")
    title = "Write tests for this function"

    goal = started_goal(Params(started(offered(tmp_path, "def f‸(a):\n    return a\n")[title])))
    assert (goal.recipe, goal.arguments["names"]) == ("write tests", ".f")
    assert title not in offered(tmp_path, "def _f‸(a):\n    return a\n")
    assert title not in offered(tmp_path, "async def f‸(a):\n    return a\n")
    assert title not in offered(tmp_path, "class C:\n    def f‸(a):\n        return a\n")


def test_what_a_model_writes_is_marked_for_an_editor_that_shows_it(tmp_path: Path) -> None:
    shows = Asked(capabilities={"textDocument": {"codeAction": {"tagSupport": {"valueSet": [1]}}}})
    found = offered(tmp_path, HEADER, shows)

    assert found["Annotate this function"].tags == [t.CodeActionTag.LlmGenerated]
    assert found["Document this function"].tags == [t.CodeActionTag.LlmGenerated]
    assert found["Log calls of this function"].tags is None
    assert found["Make `load` a function of the module"].tags is None
    assert offered(tmp_path, HEADER)["Annotate this function"].tags is None


@pytest.mark.parametrize(
    ("path", "language", "code", "name"),
    [
        ("lib/help.js", "javascript", "export function ‸boxWrap(a) {\n}\n", "boxWrap"),
        ("lib/help.ts", "typescript", "const ‸wrap = (a: number): string => {\n", "wrap"),
        ("lib/help.ts", "typescriptreact", "  async ‸wrap(a: number) {\n", "wrap"),
        ("text/scan.go", "go", "func (s *Scanner) ‸Digits() int {\n", "Digits"),
        ("src/a.rs", "rust", "    pub fn ‸area(&self) -> f32 {\n", "area"),
        ("src/p/Shape.java", "java", "    public double ‸area() {\n", "area"),
        ("src/a.c", "c", "static int ‸count(const char *s)\n{\n", "count"),
        ("src/a.cpp", "", "double Box::‸area() const {\n", "area"),
    ],
)
def test_other_languages_have_what_is_possible_there(
    tmp_path: Path, path: str, language: str, code: str, name: str
) -> None:
    found = offered(tmp_path, code, Asked(path=path, language=language))

    goal = started_goal(Params(started(found[f"Document `{name}`"])))
    assert (goal.recipe, goal.arguments["paths"]) == ("document", f"/{path}")
    assert goal.arguments["names"] == name
    for title in (f"Simplify `{name}`", f"Use early returns in `{name}`"):
        goal = started_goal(Params(started(found[title])))
        assert goal.recipe == "rewrite"
        assert (goal.arguments["paths"], goal.arguments["names"]) == (path, name)


@pytest.mark.parametrize(
    ("path", "language", "code"),
    [
        ("a.js", "javascript", "  if (‸a) {\n"),
        ("a.js", "javascript", "  while‸(a) {\n"),
        ("a.go", "go", "\treturn ‸f(a)\n"),
        ("a.c", "c", "  return ‸f(a)\n"),
        ("a.c", "c", "  else if ‸(a)\n"),
        ("A.java", "java", "  return new ‸Box(a)\n"),
        ("a.txt", "plaintext", "function ‸f() {\n"),
        ("a.lua", "lua", "function ‸f()\n"),
    ],
)
def test_what_is_no_definition_is_offered_nothing(
    tmp_path: Path, path: str, language: str, code: str
) -> None:
    found = offered(tmp_path, code, Asked(path=path, language=language, only=["refactor"]))

    assert not found


def test_a_definition_with_a_comment_is_documented(tmp_path: Path) -> None:
    code = "// Wraps it.\nexport function ‸wrap(a) {\n}\n"
    found = offered(tmp_path, code, Asked(path="a.js", language="javascript"))

    assert "Document `wrap`" not in found
    assert "Simplify `wrap`" in found
