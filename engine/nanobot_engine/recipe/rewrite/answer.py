"""From a model's answer to the new text of a Python function.

Everything above the body is taken from the file: decorators, name, parameters, docstring.
Of the answer only the body counts, and the decorators that were asked for.
"""

import ast
import textwrap
from typing import Final

from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of
from nanobot_engine.edit.rewrite_gates import comments

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class AnswerError(Exception):
    """An answer is no function that could take the old one's place; the text says why."""


def function_of(code: str) -> DefinitionNode:
    """Parse the text of one function.

    Raises:
        AnswerError: It is something else.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise AnswerError(f"it does not parse: {error}") from error
    match body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as node]:
            return node
    raise AnswerError(f"it has {len(body)} statements, not one function")


def joined_text(old: str, answer: str, *, decorators: frozenset[str]) -> str:
    """Return the old function with the body of another.

    Args:
        old: The function as the model was shown it, without indentation around it.
        answer: What the model made of it.
        decorators: Dotted names of decorators that may be added.

    Raises:
        AnswerError: It is no function of that name and form.
    """
    was, now = function_of(old), function_of(answer)
    if (type(was), was.name) != (type(now), now.name):
        raise AnswerError(f"it defines {now.name}, not {was.name}")
    assert isinstance(was, _FUNCTIONS), "`function_of` gives functions"
    assert isinstance(now, _FUNCTIONS), "as above"
    names = [
        [arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)] for node in (was, now)
    ]
    if names[0] != names[1]:
        raise AnswerError("it has other parameters")
    head = old.split("\n")[: _body_start(was, old) - 1]
    body = answer.split("\n")[_body_start(now, answer) - 1 :]
    first = now.body[0]
    if answer.split("\n")[first.lineno - 1][: first.col_offset].strip():
        raise AnswerError("its body is on the line of its header")
    # Next to the function: what wraps a `staticmethod` is no method any more.
    place = was.lineno - 1
    added = _added_decorators(was, now, decorators)
    lines = [
        *head[:place],
        *added,
        *head[place:],
        *_reindented(body, _indent(old, was), _indent(answer, now)),
    ]
    return restored_comments(old, "\n".join(lines).rstrip())


def restored_comments(old: str, new: str) -> str:
    """Put comments back that got lost although the code they are about is still there."""
    for comment, code in comments(old):
        if not code or comment in {one for one, _ in comments(new)}:
            continue
        lines = new.split("\n")
        places = [index for index, line in enumerate(lines) if line.strip() == code]
        if len(places) != 1:
            continue
        line = lines[places[0]]
        if f"{code}  {comment}" in old or f"{code} {comment}" in old:
            lines[places[0]] = f"{line}  {comment}"
        else:
            indent = line[: len(line) - len(line.lstrip())]
            lines.insert(places[0], indent + comment)
        new = "\n".join(lines)
    return new


def _body_start(node: DefinitionNode, text: str) -> int:
    """Return the 1-based line where what follows header and docstring starts."""
    first = node.body[0]
    if docstring_of(node) is not None:
        return (first.end_lineno or first.lineno) + 1
    # Comments between the header and the first statement belong to the body.
    line = first.lineno
    if isinstance(first, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        line = min([line, *(one.lineno for one in first.decorator_list)])
    lines = text.split("\n")
    while line > 1 and (not lines[line - 2].strip() or lines[line - 2].strip().startswith("#")):
        line -= 1
    return line


def _parameters(node: DefinitionNode) -> list[str]:
    assert isinstance(node, _FUNCTIONS), "see above"
    return [one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)]


def _indent(text: str, node: DefinitionNode) -> str:
    """Return what the first statement of a body is indented by."""
    line = text.split("\n")[node.body[0].lineno - 1]
    return line[: len(line) - len(line.lstrip())]


def _reindented(lines: list[str], old: str, new: str) -> list[str]:
    """Give the lines of a body the indentation of the old one.

    Raises:
        AnswerError: That can not be done without looking into its strings.
    """
    if old == new:
        return lines
    if any(quotes in line for line in lines for quotes in ('"""', "'''")):
        raise AnswerError("its indentation is another")
    text = textwrap.dedent("\n".join(lines))
    return [old + line if line.strip() else "" for line in text.split("\n")]


def _added_decorators(
    was: DefinitionNode, now: DefinitionNode, decorators: frozenset[str]
) -> list[str]:
    kept = {ast.dump(one) for one in was.decorator_list}
    added = [one for one in now.decorator_list if ast.dump(one) not in kept]
    texts = [ast.unparse(one) for one in added]
    return [f"@{text}" for text in texts if text.partition("(")[0] in decorators]
