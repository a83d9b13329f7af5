"""`textDocument/codeAction`: extract what is selected, inline what the cursor is on; in Python.

Answers from the buffer alone. New names are derived from what is extracted; the rename of the
editor follows. Whether it can really be done is decided by the host, over all files.
"""

import ast
import re
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.action_request import ActionRequest
from nanobot_server.lsp.action.derived_name import constant_name, function_name, variable_name
from nanobot_server.lsp.action.python_selection import PythonSelection, own_nodes, why_not_extracted

FUNCTION_KIND: Final = "refactor.extract.function"
VARIABLE_KIND: Final = "refactor.extract.variable"
CONSTANT_KIND: Final = "refactor.extract.constant"
INLINE_KIND: Final = "refactor.inline"
_INTO_FUNCTION: Final = "Extract into a function"
_KINDS: Final = (FUNCTION_KIND, VARIABLE_KIND, CONSTANT_KIND, INLINE_KIND)
_INLINED_STATEMENTS_MAX: Final = 5
"""Longer functions are not offered at their heads: nobody wants them at each call."""
# Too plain to need a name.
_PLAIN: Final = ("", 0, 1)


def extract_action(request: ActionRequest) -> list[types.CodeAction]:
    """Return what can be extracted or inlined."""
    if not any(request.wants(kind) for kind in _KINDS):
        return []
    if request.is_automatic and not request.has_selection:
        return []
    selection = request.selection
    if selection is None:
        return []
    found = []
    if request.has_selection:
        found += [*_function(request, selection), *_variable(request, selection)]
    found += [*_constant(request, selection), *_inline(request, selection)]
    return [action for action in found if action.kind and request.wants(str(action.kind))]


def _function(request: ActionRequest, selection: PythonSelection) -> list[types.CodeAction]:
    statements = [] if selection.is_in_header else selection.statements()
    if not statements:
        is_part = selection.expression() is not None or selection.is_in_header
        reason = "select whole statements of one block"
        return [] if is_part else request.disabled(_INTO_FUNCTION, FUNCTION_KIND, reason)
    reason = why_not_extracted(statements)
    if reason:
        return request.disabled(_INTO_FUNCTION, FUNCTION_KIND, reason)
    name = function_name(statements, selection.lines, selection.function.name)
    lines = f"{statements[0].lineno}-{statements[-1].end_lineno}"
    arguments = {"module": request.path, "lines": lines, "new_name": name}
    title = f"{_INTO_FUNCTION} `{name}`"
    return [request.refactoring(title, FUNCTION_KIND, "extract function", arguments)]


def _variable(request: ActionRequest, selection: PythonSelection) -> list[types.CodeAction]:
    expression = selection.expression()
    if expression is None or isinstance(expression, ast.Name | ast.Starred):
        return []
    name = variable_name(expression, selection.lines)
    text = selection.text
    arguments = {
        "function": f"{request.path}::{selection.name}",
        "expression": f"({text})" if "\n" in text or "\r" in text else text,
        "new_name": name,
    }
    title = f"Extract into a variable `{name}`"
    return [request.refactoring(title, VARIABLE_KIND, "extract variable", arguments)]


def _constant(request: ActionRequest, selection: PythonSelection) -> list[types.CodeAction]:
    literal = selection.literal()
    if literal is None or literal.value in _PLAIN:
        return []
    name = constant_name(literal, selection.function.body, selection.lines)
    arguments = {"module": request.path, "literal": repr(literal.value), "new_name": name}
    title = f"Extract into a constant `{name}`"
    return [request.refactoring(title, CONSTANT_KIND, "extract constant", arguments)]


def _inline(request: ActionRequest, selection: PythonSelection) -> list[types.CodeAction]:
    local = None if selection.is_in_header else selection.local()
    if local is not None:
        arguments = {"symbol": f"{request.path}::{local.function}.{local.name}"}
        title = f"Inline the variable `{local.name}`"
        return [request.refactoring(title, INLINE_KIND, "inline variable", arguments)]
    name = _inlined_function(selection)
    if name is None:
        return []
    arguments = {"function": f"{request.path}::{name}"}
    title = f"Inline the function `{name.rpartition('.')[2]}`"
    return [request.refactoring(title, INLINE_KIND, "inline function", arguments)]


def _inlined_function(selection: PythonSelection) -> str | None:
    """Return the function whose name or call the cursor is on, if it may be inlined."""
    if not selection.is_in_header:
        called = selection.called()
        header = re.compile(rf"def {re.escape(called)}\(") if called else None
        is_ours = header is not None and any(header.match(line) for line in selection.lines)
        return called if is_ours else None
    node = selection.function
    is_plain = (
        isinstance(node, ast.FunctionDef)
        and not node.decorator_list
        and not node.name.startswith("__")
        and selection.parameter() is None
        and len(node.body) <= _INLINED_STATEMENTS_MAX
        and not any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own_nodes(node))
    )
    return selection.name if is_plain else None
