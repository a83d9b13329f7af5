"""Imports that rewritten functions need: of what the user named, and of nothing else."""

import re
import sys
from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit import SourceFile, TextEdit, source_from_bytes
from nanobot_engine.edit.errors import SourceError
from nanobot_engine.python import Inference, PythonFile, PythonProject
from nanobot_engine.recipe.new_import import import_edits
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.name_check import undefined_names

_DOTTED: Final = re.compile(r"(?<![\w./])([A-Za-z_]\w*)\.([A-Za-z_]\w*)(?![\w/])")
_FILE_SUFFIXES: Final = frozenset({"py", "pyi", "md", "txt", "toml", "cfg", "json", "yaml", "yml"})


def dotted_names(instruction: str) -> list[tuple[str, str]]:
    """Return the (module, name) pairs of the standard library that an instruction says."""
    return [
        (module, name)
        for module, name in _DOTTED.findall(instruction)
        if module in sys.stdlib_module_names and name not in _FILE_SUFFIXES
    ]


def needed_imports(source: SourceFile, after: bytes, instruction: str) -> Sequence[TextEdit]:
    """Return edits of `source` that import what `after` uses and the instruction names.

    Args:
        source: The file.
        after: Its bytes with rewritten functions.
        instruction: What the user asked for.
    """
    project = PythonProject({source.path: source.data})
    file = project.file(source.path)
    now = _file(source, after)
    if file is None or now is None:
        return ()
    missing = undefined_names(now, Inference(PythonProject({source.path: after})))
    missing -= undefined_names(file, Inference(project))
    said = dotted_names(instruction)
    words = set(re.findall(r"\w+", instruction))
    new: list[NewImport] = []
    for name in sorted(missing):
        module = next((module for module, member in said if member == name), None)
        if module is not None:
            new.append(NewImport(module, name))
        elif name in sys.stdlib_module_names and name in words:
            new.append(NewImport(name))
    return import_edits(source, new)


def _file(source: SourceFile, data: bytes) -> PythonFile | None:
    try:
        return PythonProject({source.path: source_from_bytes(source.path, data).data}).file(
            source.path
        )
    except SourceError:
        return None
