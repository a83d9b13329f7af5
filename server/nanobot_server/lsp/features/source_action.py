"""`textDocument/codeAction`: recipes and refactorings for the file, its folder, the workspace.

An editor that asks for source actions gets all that apply; one that asks for everything gets
those of the file where the cursor is outside of definitions, each only where its text shows
that there is something to do. Answers from the buffer alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.action_request import ActionRequest
from nanobot_server.lsp.action.code_header import language_of

KIND: Final = "source.nanobot"
_FILE: Final = f"{KIND}.file"
_FOLDER: Final = f"{KIND}.folder"
_WORKSPACE: Final = f"{KIND}.workspace"
_SAYABLE: Final = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class _Recipe:
    title: str
    name: str
    goal: str
    is_usual: bool
    """Offered to an editor that asks for everything, too."""
    asks_model: bool = True


@dataclass(frozen=True, slots=True)
class _Refactoring:
    title: str
    name: str
    sign: re.Pattern[str]
    """What the text of a file has that it is for."""
    is_wide: bool = False
    """Offered for a folder and the workspace, too."""
    is_usual: bool = True


_RECIPES: Final = (
    _Recipe("Document everything public", "document", "add docstrings", is_usual=True),
    _Recipe("Annotate all functions", "annotate", "add type annotations", is_usual=True),
    _Recipe("Handle errors", "handle errors", "add error handling", is_usual=False),
    _Recipe("Log calls", "add logging", "add logging", is_usual=False, asks_model=False),
    _Recipe("Write tests", "write tests", "write tests", is_usual=False),
)
_DEFINES: Final = re.compile(r"^\s*(?:async\s+def|def|class)\s", re.MULTILINE)
_REFACTORINGS: Final = (
    _Refactoring(
        "Remove unused code", "remove dead code",
        re.compile(r"^(?:import|from|def|class|_\w+\s*=)|^\s+(?:return|raise)\b", re.MULTILINE),
        is_wide=True,
    ),
    _Refactoring(
        "Remove unused parameters", "remove unused parameters",
        re.compile(r"^\s*def \w+\([^)]", re.MULTILINE), is_wide=True, is_usual=False,
    ),
    _Refactoring(
        "Replace duplicates by calls", "deduplicate", _DEFINES, is_wide=True, is_usual=False
    ),
    _Refactoring(
        "Convert to f-strings", "convert format strings",
        re.compile(r"[\"']\.format\(|[\"']\s*%\s*[\w(\[]"),
    ),
    _Refactoring(
        "Convert os.path to pathlib", "convert os.path to pathlib",
        re.compile(r"\bos\.path\b|\bfrom os import\b"),
    ),
    _Refactoring(
        "Convert print to logging", "convert print to logging",
        re.compile(r"^\s*print\(", re.MULTILINE),
    ),
    _Refactoring(
        "Name what a bare except catches", "convert bare except",
        re.compile(r"^\s*except\s*:", re.MULTILINE),
    ),
    _Refactoring(
        "Convert unittest to pytest", "convert unittest to pytest", re.compile(r"\bTestCase\b")
    ),
    _Refactoring("Add __all__", "add all", _DEFINES, is_usual=False),
    _Refactoring(
        "Postpone annotations", "add postponed annotations",
        re.compile(r"^\s*def .*(?:->|:\s*[\"'])", re.MULTILINE), is_usual=False,
    ),
)  # fmt: skip


def source_action(request: ActionRequest) -> list[types.CodeAction]:
    """Return what can be done with the file, its folder and the workspace."""
    if request.is_automatic:
        return []
    is_asked = request.asks_for(KIND)
    found: list[types.CodeAction] = []
    if is_asked or (request.only is None and not request.around and not request.has_selection):
        found += _python(request, is_asked=is_asked) if request.is_python else _other(request)
    if request.is_python:
        title = "Document every public function in this workspace"
        found.append(request.recipe(title, _WORKSPACE, {"recipe": "document"}))
    return [one for one in found if request.wants(str(one.kind))]


def _python(request: ActionRequest, *, is_asked: bool) -> Iterator[types.CodeAction]:
    text = request.snapshot.text
    for recipe in _recipes(request):
        if (is_asked or recipe.is_usual) and _DEFINES.search(text):
            yield _recipe(request, recipe, _FILE, "in this file", request.path)
    for one in _REFACTORINGS:
        if "," not in request.path and (is_asked or one.is_usual) and one.sign.search(text):
            yield _refactoring(request, one, _FILE, "in this file", request.path)
    if is_asked:
        yield from _wide(request, request.path.rpartition("/")[0])


def _wide(request: ActionRequest, folder: str) -> Iterator[types.CodeAction]:
    """Offer what is about a folder, if the file is in one, and the workspace."""
    if folder:
        for recipe in _recipes(request):
            yield _recipe(request, recipe, _FOLDER, f"in {folder}", folder)
    wide = [one for one in _REFACTORINGS if one.is_wide]
    if folder and "," not in folder:
        for one in wide:
            yield _refactoring(request, one, _FOLDER, f"in {folder}", folder)
    for one in wide:
        yield _refactoring(request, one, _WORKSPACE, "in this workspace", "")


def _recipes(request: ActionRequest) -> list[_Recipe]:
    """Return those that the settings allow."""
    may_run = request.session.may_run_code
    return [one for one in _RECIPES if may_run or one.name != "write tests"]


def _recipe(
    request: ActionRequest, recipe: _Recipe, kind: str, where: str, place: str
) -> types.CodeAction:
    arguments: dict[str, object] = {"recipe": recipe.name, "goal": recipe.goal, "place": place}
    action = request.recipe(f"{recipe.title} {where}", kind, arguments)
    if not recipe.asks_model:
        action.tags = None
    return action


def _refactoring(
    request: ActionRequest, one: _Refactoring, kind: str, where: str, path: str
) -> types.CodeAction:
    arguments = {"where": path} if path else {}
    return request.refactoring(f"{one.title} {where}", kind, one.name, arguments)


def _other(request: ActionRequest) -> Iterator[types.CodeAction]:
    """Offer what can be done with a file of another language."""
    language = language_of(request.snapshot.language, request.path)
    if not language:
        return
    arguments: dict[str, object] = {"recipe": "document", "goal": "add doc comments"}
    title = "Document everything public in this file"
    yield request.recipe(title, _FILE, {**arguments, "place": request.path})
    if not _SAYABLE.fullmatch(request.path):
        return
    title, goal = "Use early returns in this file", f"use early returns in {request.path}"
    yield request.recipe(title, _FILE, {"recipe": "rewrite", "goal": goal})
    is_script = language.startswith(("javascript", "typescript"))
    if is_script and re.search(r"^\s*var\s", request.snapshot.text, re.MULTILINE):
        goal = f"convert var to let and const in {request.path}"
        title = "Convert var to let and const in this file"
        yield request.recipe(title, _FILE, {"recipe": "rewrite", "goal": goal})
