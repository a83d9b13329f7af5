"""Issue-like sentences and the functions that they are about.

The sentences are in `tests/data/retrieval`. They were written by reading the function
and saying what a user would report; few words of a sentence are in the name.
"""

import ast
import json
from pathlib import Path
from typing import Final

from benchmarks.docstring_queries import Gold, Question

ISSUES_PATH: Final = Path(__file__).resolve().parents[1] / "data" / "retrieval" / "issues.json"


def issue_questions(root: Path) -> dict[str, list[Question]]:
    """Return the questions by package.

    Args:
        root: The corpus `issues`.

    Raises:
        LookupError: A function is not where the sentence says.
    """
    questions: dict[str, list[Question]] = {}
    for row in json.loads(ISSUES_PATH.read_text("utf-8")):
        line = _line_of(root / row["path"], row["name"])
        question = Question(
            row["sentence"], (Gold(row["path"], line),), row["name"].rpartition(".")[2]
        )
        questions.setdefault(row["package"], []).append(question)
    return questions


def _line_of(path: Path, qualified_name: str) -> int:
    node: ast.AST = ast.parse(path.read_bytes())
    for name in qualified_name.split("."):
        found = [
            child
            for child in ast.walk(node)
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and child.name == name
        ]
        if not found:
            msg = f"{path}: no {qualified_name}"
            raise LookupError(msg)
        node = found[0]
    assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    return node.lineno
