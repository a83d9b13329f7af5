"""`textDocument/codeAction`: what programs can do with the Python definition of a header.

Offered on the line of `def` or `class`, its decorators and parameters; elsewhere in it only
to an editor that asks for refactorings. Answers from the buffer alone. Where a name is needed
that nothing says, the request is begun as a comment, in which the user writes it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.action_request import REWRITE, ActionRequest
from nanobot_server.lsp.action.definition_scan import Definition
from nanobot_server.lsp.action.derived_name import class_name, conventional_name, snake
from nanobot_server.lsp.action.python_selection import FunctionNode, PythonSelection

MOVE_KIND: Final = "refactor.move"
_MANY_PARAMETERS: Final = 4
_FLAG: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*)(?:\s*:[^=]*)?\s*=\s*(?P<value>True|False)\s*(?:#|$)"
)


def definition_action(request: ActionRequest) -> list[types.CodeAction]:
    """Return what can be done with the definition whose header the cursor is in."""
    if request.is_automatic or not (request.wants(REWRITE) or request.wants(MOVE_KIND)):
        return []
    if not request.around:
        return [one for one in _flag(request) if request.wants(str(one.kind))]
    selection = request.selection
    innermost = request.around[-1]
    is_header = request.line <= innermost.line
    if not innermost.is_class and selection is not None:
        is_header = selection.is_in_header
    if not is_header and not request.asks_for("refactor"):
        return []
    found = [*_named(request, innermost)]
    if innermost.is_class:
        found += _moved(request, innermost)
    elif selection is not None:
        parameter = selection.parameter() if selection.is_in_header else None
        if parameter is not None:
            found = [*_parameter(request, selection.function, parameter)]
        else:
            found += [*_function(request, selection), *_moved(request, innermost)]
    return [one for one in found if request.wants(str(one.kind))]


def _named(request: ActionRequest, definition: Definition) -> Iterator[types.CodeAction]:
    """Offer another name: the one that the conventions ask for, or one to be written."""
    name = definition.name
    if name.startswith("__"):
        return
    wanted = conventional_name(name, is_class=definition.is_class)
    if wanted != name:
        arguments = {"symbol": request.symbol, "new_name": wanted}
        yield request.refactoring(f"Rename `{name}` to `{wanted}`", REWRITE, "rename", arguments)
    yield _begun(request, definition, f"Rename `{name}`: write the new name", f"rename {name} to ")


def _begun(
    request: ActionRequest, definition: Definition, words: str, sentence: str
) -> types.CodeAction:
    """Offer to begin a request as a comment above a definition."""
    line = request.snapshot.lines[definition.line]
    margin = line[: len(line) - len(line.lstrip())]
    end = line[len(line.rstrip("\r\n")) :] or "\n"
    start = types.Position(definition.line, 0)
    edit = types.TextEdit(types.Range(start, start), f"{margin}# nanobot: {sentence}{end}")
    uri = request.snapshot.uri
    if request.session.client.has_document_changes:
        document = types.OptionalVersionedTextDocumentIdentifier(uri, request.snapshot.version)
        whole = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [edit])])
    else:
        whole = types.WorkspaceEdit(changes={uri: [edit]})
    return types.CodeAction(f"nanobot: {words}", kind=REWRITE, edit=whole)


def _moved(request: ActionRequest, definition: Definition) -> Iterator[types.CodeAction]:
    """Offer a module of its own to what stands at the top of one."""
    if len(request.around) > 1:
        return
    here = PurePosixPath(request.path)
    target = here.with_name(f"{snake(definition.name).strip('_') or 'module'}.py")
    if target != here and here.suffix == ".py" and not (request.root / target).exists():
        arguments = {"symbols": request.symbol, "target": str(target)}
        title = f"Move `{definition.name}` to the new module {target.name}"
        yield request.refactoring(title, MOVE_KIND, "move", arguments)
    words = f"Move `{definition.name}`: write the module"
    action = _begun(request, definition, words, f"move {definition.name} to ")
    action.kind = MOVE_KIND
    yield action


def _function(request: ActionRequest, selection: PythonSelection) -> Iterator[types.CodeAction]:
    """Offer what changes the kind of a function, or how it is called."""
    node = selection.function
    symbol = f"{request.path}::{selection.name}"
    parameters = [*node.args.posonlyargs, *node.args.args]
    is_plain = not node.decorator_list and not node.name.startswith("__")
    is_method = len(request.around) == 2 and request.around[0].is_class
    if is_plain and is_method and parameters:
        if not any(_is_name(one, parameters[0].arg) for one in ast.walk(node)):
            arguments = {"method": symbol}
            title = f"Make `{node.name}` a static method"
            yield request.refactoring(title, REWRITE, "method to static method", arguments)
        title = f"Make `{node.name}` a function of the module"
        yield request.refactoring(title, REWRITE, "method to function", {"method": symbol})
    owner = _class_of_first(selection, parameters)
    if is_plain and len(request.around) == 1 and owner:
        arguments = {"function": symbol, "class": f"{request.path}::{owner}"}
        title = f"Make `{node.name}` a method of `{owner}`"
        yield request.refactoring(title, REWRITE, "function to method", arguments)
    passed = parameters[1:] if is_method else parameters
    if len(passed) >= _MANY_PARAMETERS and not node.args.posonlyargs:
        name = class_name(node.name, "Options", selection.lines)
        names = ", ".join(one.arg for one in passed)
        arguments = {"function": symbol, "parameters": names, "class_name": name}
        title = f"Bundle the parameters of `{node.name}` into a class `{name}`"
        yield request.refactoring(title, REWRITE, "introduce parameter object", arguments)
    if request.asks_for("refactor"):
        title = f"Replace duplicates of `{node.name}` by calls of it"
        yield request.refactoring(title, REWRITE, "deduplicate", {"function": symbol})


def _parameter(
    request: ActionRequest, node: FunctionNode, parameter: ast.arg
) -> Iterator[types.CodeAction]:
    """Offer what changes the signature at one parameter."""
    assert request.selection is not None, "a parameter is of a function"
    symbol, name = f"{request.path}::{request.selection.name}", parameter.arg
    positional = list(node.args.args)
    is_method = len(request.around) > 1 and request.around[-2].is_class
    if is_method and positional and positional[0] is parameter:
        return
    names = [one.arg for one in positional[1 if is_method else 0 :]]
    arguments = {"function": symbol, "parameter": name}
    yield request.refactoring(
        f"Remove the parameter `{name}`", REWRITE, "remove parameter", arguments
    )
    if name not in names or node.args.posonlyargs:
        return
    at = names.index(name)
    if node.args.vararg is None:
        title = f"Take `{name}` by keyword only"
        if at < len(names) - 1:
            title = f"Take `{name}` and what follows by keyword only"
        yield request.refactoring(title, REWRITE, "make keyword only", arguments)
    with_default = len(names) - len(node.args.defaults)
    if at > 0 and (at < with_default or at - 1 >= with_default):
        order = [*names[: at - 1], name, names[at - 1], *names[at + 1 :]]
        arguments = {"function": symbol, "order": ", ".join(order)}
        title = f"Move the parameter `{name}` before `{names[at - 1]}`"
        yield request.refactoring(title, REWRITE, "reorder parameters", arguments)


def _flag(request: ActionRequest) -> Iterator[types.CodeAction]:
    """Offer to remove a constant of a module that is always true, or always false."""
    lines = request.snapshot.lines
    found = (
        _FLAG.match(lines[request.line])
        if request.is_python and request.line < len(lines)
        else None
    )
    if found is not None:
        title = f"Remove the flag `{found['name']}`, which is always {found['value'].lower()}"
        arguments = {"flag": f"{request.path}::{found['name']}"}
        yield request.refactoring(title, REWRITE, "remove feature flag", arguments)


def _class_of_first(selection: PythonSelection, parameters: list[ast.arg]) -> str:
    """Return the class of this module that the first parameter is annotated with."""
    match parameters[0].annotation if parameters else None:
        case ast.Name(id=name) | ast.Constant(value=str(name)) if name.isidentifier():
            header = re.compile(rf"class {re.escape(name)}\b")
            return name if any(header.match(line) for line in selection.lines) else ""
    return ""


def _is_name(node: ast.AST, name: str) -> bool:
    is_super = isinstance(node, ast.Name) and node.id == "super"
    return is_super or (isinstance(node, ast.Name) and node.id == name)
