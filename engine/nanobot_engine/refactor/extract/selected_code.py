"""The code that is extracted: its file, and what counts as a scope of its own."""

import ast
from typing import Final

from nanobot_engine.python import PythonFile
from nanobot_engine.python.scope import Role
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


BINDING: Final = frozenset({Role.STORE, Role.PARAMETER, Role.DEFINITION, Role.IMPORT, Role.DELETE})


def python_file(codebase: Codebase, path: str) -> PythonFile:
    """Return the file that something is extracted from.

    Raises:
        ArgumentError: There is none that can be read.
    """
    file = codebase.project.file(path) if path in codebase.project.modules.paths else None
    if file is None:
        raise ArgumentError(f"{path}: is no Python file that can be read")
    return file
