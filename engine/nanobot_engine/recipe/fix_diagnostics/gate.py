"""The gate "statement kept": each statement written anew keeps what it must; see `kept`.

Edits of other steps, which programs made, pass.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit, Verdict
from nanobot_engine.edit.gates import ACCEPTED
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.source import split_lines
from nanobot_engine.recipe.fix_diagnostics.kept import (
    NotKeptError,
    check_kept,
    parsed,
    words_of_file,
)
from nanobot_engine.recipe.fix_diagnostics.question import (
    dedented,
    indentation,
    statement_text,
)
from nanobot_engine.refactor.open_finding import OpenFinding, statement_sha256

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class AskedStatement:
    """A statement, and what is wrong with it."""

    finding: OpenFinding
    edit: TextEdit
    """Where it is; its text is the one before."""


class StatementKeptGate:
    """See the module docstring."""

    name = "statement kept"

    def __init__(self, asked_by_key: Mapping[str, AskedStatement]) -> None:
        self._asked_by_key = asked_by_key

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:  # noqa: ARG002 - the protocol's signature
        """Compare each statement with its new text."""
        for edit in edits:
            asked = self._asked_by_key.get(edit.step_key)
            if asked is None:
                continue
            if (edit.start_byte, edit.end_byte) != (asked.edit.start_byte, asked.edit.end_byte):
                return Verdict(ok=False, reason="another place is written anew")
            text = edit.new_text.decode(before.encoding)
            text = dedented(text, indentation(before, edit.start_byte))
            problem = statement_problem(before, asked, text)
            if problem:
                return Verdict(ok=False, reason=problem)
        return ACCEPTED


def statement_problem(source: SourceFile, asked: AskedStatement, new_text: str) -> str:
    """Return why a new text of a statement can not take its place; "" where it can.

    Args:
        source: The file before.
        asked: The statement.
        new_text: Without indentation around it, its lines ended by newlines.
    """
    start, end = asked.edit.start_byte, asked.edit.end_byte
    if statement_sha256(source.data[start:end]) != asked.finding.statement_sha256:
        return "it was asked about another text"
    try:
        is_header = asked.finding.is_header
        old = parsed(statement_text(source, start, end), is_header=is_header)
        new = parsed(new_text, is_header=is_header)
        text = source.data.decode(source.encoding, errors="replace")
        check_kept(
            old, new, asked.finding, file_words=words_of_file(text), is_top=_is_top(source, start)
        )
    except NotKeptError as error:
        return str(error)
    return ""


def _is_top(source: SourceFile, start: int) -> bool:
    """Tell whether a place is in no function: what is bound there, others can import."""
    line = len(split_lines(source.data[: start + 1]))
    return not any(
        isinstance(node, _FUNCTIONS) and node.lineno <= line <= (node.end_lineno or line)
        for node in ast.walk(python_tree(source))
    )
