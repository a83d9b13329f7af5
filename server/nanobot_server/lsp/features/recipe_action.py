"""`textDocument/codeAction`: recipes for the function or class at the cursor.

Documenting is offered anywhere in a Python definition, the others at its header or to an
editor that asks for refactorings. Answers from the buffer alone: by a look at the text, each
only where there is something for it to do.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.action_request import REWRITE, ActionRequest
from nanobot_server.lsp.action.code_header import header_at
from nanobot_server.lsp.action.python_selection import FunctionNode, PythonSelection, own_nodes

_RISKY: Final = re.compile(
    r"\b(?:open|connect|urlopen|loads?|read_text|read_bytes|write_text|write_bytes|unlink|mkdir"
    r"|rename|rmtree|run|check_output|check_call|Popen|import_module)\s*\("
    r"|\b(?:requests|httpx|subprocess|socket|shutil|sqlite3|os)\.\w+\s*\(|\b(?:int|float)\("
)
_LOGS: Final = re.compile(r"\blog(?:ger|ging)?\.\w+\(", re.IGNORECASE)
_STATEMENTS_MIN: Final = 2
_BRANCHES: Final = (ast.If, ast.For, ast.While, ast.IfExp, ast.Try, ast.BoolOp)


def recipe_action(request: ActionRequest) -> list[types.CodeAction]:
    """Return what recipes can do with the definition at the cursor."""
    if not request.wants(REWRITE):
        return []
    if not request.is_python:
        return [] if request.is_automatic else list(_other_language(request))
    if not request.around:
        return []
    found = [*_documented(request)]
    selection = request.selection
    is_asked = request.asks_for("refactor")
    if not request.is_automatic and selection is not None and not request.around[-1].is_class:
        is_at_name = selection.is_in_header and selection.parameter() is None
        if is_asked or is_at_name:
            found += _function(request, selection)
    return found


def _documented(request: ActionRequest) -> Iterator[types.CodeAction]:
    definition = request.around[-1]
    if not definition.has_docstring:
        noun = "class" if definition.is_class else "function"
        arguments: dict[str, object] = {"recipe": "document", "line": definition.line}
        yield request.recipe(f"Document this {noun}", REWRITE, arguments)


def _function(request: ActionRequest, selection: PythonSelection) -> Iterator[types.CodeAction]:
    node = selection.function
    source = "".join(request.snapshot.lines[node.lineno - 1 : node.end_lineno])
    if _lacks_types(node, is_method=len(request.around) > 1 and request.around[-2].is_class):
        yield _placed(request, "Annotate this function", "annotate", "add type annotations")
    if len(request.around) == 1 and request.session.may_run_code and _is_testable(node):
        yield _placed(request, "Write tests for this function", "write tests", "write tests")
    if _RISKY.search(source):
        yield _placed(
            request, "Handle errors in this function", "handle errors", "add error handling"
        )
    if _is_loggable(node, source):
        action = _placed(request, "Log calls of this function", "add logging", "add logging")
        action.tags = None  # No model is asked.
        yield action
    nodes = list(own_nodes(node))
    if any(isinstance(one, _BRANCHES) for one in nodes):
        yield _rewritten(request, "Simplify this function", "simplify this function")
    if _is_nested(node.body):
        yield _rewritten(request, "Use early returns in this function", "use early returns")


def _placed(request: ActionRequest, title: str, recipe: str, goal: str) -> types.CodeAction:
    return request.recipe(title, REWRITE, {"recipe": recipe, "goal": goal, "place": request.place})


def _rewritten(request: ActionRequest, title: str, goal: str) -> types.CodeAction:
    arguments: dict[str, object] = {"recipe": "rewrite", "goal": goal, "only": [request.place]}
    return request.recipe(title, REWRITE, arguments)


def _other_language(request: ActionRequest) -> Iterator[types.CodeAction]:
    """Offer what can be done with a definition of another language on its first line."""
    lines = request.snapshot.lines
    header = header_at(lines, request.line, request.snapshot.language, request.path)
    if header is None:
        return
    place = f"{request.path}::{header.name}"
    if not header.has_comment:
        arguments: dict[str, object] = {"recipe": "document", "goal": "add doc comments"}
        title = f"Document `{header.name}`"
        yield request.recipe(title, REWRITE, {**arguments, "place": place})
    if header.is_function and header.can_be_said:
        where = f"`{header.name}` in {request.path}"
        for title, goal in (
            (f"Simplify `{header.name}`", f"simplify {where}"),
            (f"Use early returns in `{header.name}`", f"use early returns in {where}"),
        ):
            yield request.recipe(title, REWRITE, {"recipe": "rewrite", "goal": goal})


def _lacks_types(node: FunctionNode, *, is_method: bool) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    needed = arguments[1:] if is_method else arguments
    return node.returns is None or any(one.annotation is None for one in needed)


def _is_testable(node: FunctionNode) -> bool:
    is_generator = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own_nodes(node))
    is_plain = isinstance(node, ast.FunctionDef) and not node.decorator_list
    return is_plain and not is_generator and not node.name.startswith("_")


def _is_loggable(node: FunctionNode, source: str) -> bool:
    body = node.body[1:] if isinstance(node.body[0], ast.Expr) else node.body
    is_magic = node.name.startswith("__")
    is_long = len(body) >= _STATEMENTS_MIN
    return is_long and not is_magic and not node.decorator_list and not _LOGS.search(source)


def _is_nested(body: list[ast.stmt]) -> bool:
    """Tell whether a function ends in a branch with branches inside, which guards may replace."""
    last = body[-2] if len(body) > 1 and isinstance(body[-1], ast.Return) else body[-1]
    return isinstance(last, ast.If) and any(isinstance(one, ast.If) for one in last.body)
