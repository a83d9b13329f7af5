"""Imports that a Python file needs for what a recipe writes into it."""

from collections.abc import Sequence
from dataclasses import replace

from nanobot_engine.edit import SourceFile, TextEdit
from nanobot_engine.python import PythonProject
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport


def import_edits(source: SourceFile, new: Sequence[NewImport]) -> list[TextEdit]:
    """Return edits of a Python file that import what it does not import yet.

    Args:
        source: It parses.
        new: What it needs.
    """
    project = PythonProject({source.path: source.data})
    file = project.file(source.path)
    if file is None or not new:
        return []
    builder = ChangeBuilder(project, {source.path: source.data})
    imports = ImportEdit(builder, file)
    for one in new:
        imports.add(one)
    imports.finish()
    plan = builder.build("imports").plan
    return [replace(edit, step_key="") for one in plan.files for edit in one.edits]
