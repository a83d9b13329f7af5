"""Methods that are there twice: in one class, or again below the class that has them."""

import ast
import re
from typing import Final

from nanobot_engine.edit.python_names import is_dunder
from nanobot_engine.python.value import ClassValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.deduplicate.function_shape import FunctionShape
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.source.statement import own_span, removal

TITLE: Final = "deduplicate functions"


def merged_in_class(codebase: Codebase, group: list[FunctionShape]) -> Change:
    """Let methods of one class be the first of them."""
    first, *others = sorted(group, key=lambda one: one.node.lineno)
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    if is_dunder(first.node.name):
        raise UnsafeError(f"Python calls {first.node.name} by its name")
    for other in others:
        text = f"{other.node.name} = {first.node.name}"
        reason = f"{other.node.name} does what {first.node.name} does"
        builder.replace(other.file, own_span(other.file, other.node), text, reason)
    return builder.build(TITLE)


def inherited(codebase: Codebase, one: FunctionShape, other: FunctionShape) -> Change:
    """Take a method away that says what the one it overrides says."""
    lower, upper = (one, other) if _overrides(codebase, one, other) else (other, one)
    if not _overrides(codebase, lower, upper):
        raise UnsafeError("the classes do not inherit from each other")
    if any(
        isinstance(node, ast.Attribute | ast.Name)
        and re.match(r"__\w*[^_]_?\Z", node.attr if isinstance(node, ast.Attribute) else node.id)
        for node in ast.walk(lower.node)
    ):
        raise UnsafeError("it uses names that belong to one class only")
    owner = lower.owner
    assert owner is not None, "it is a method"
    block = getattr(owner.node, "body", [])
    span = removal(lower.file, lower.node)
    if span is None or len(block) == 1:
        raise UnsafeError("nothing else stands in the class")
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    outer = upper.owner
    reason = f"inherited from {outer.name if outer is not None else ''}"
    builder.replace(lower.file, span, "", reason)
    imports = Imports(codebase, builder)
    imports.finish([lower.file])
    return builder.build(TITLE)


def _overrides(codebase: Codebase, lower: FunctionShape, upper: FunctionShape) -> bool:
    """Tell whether a method hides another one, with nothing in between."""
    classes = codebase.references.inference.classes
    owner, wanted = lower.owner, upper.owner
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return False
    start = of = ClassValue(lower.file, owner.node)
    while len(of.node.bases) == 1:
        bases = list(classes.base_values(of, of.node.bases[0]))
        if len(bases) != 1 or not isinstance(bases[0], ClassValue):
            return False
        of = bases[0]
        if of.scope is wanted:
            return not _is_mixed(codebase, start)
        if lower.node.name in of.scope.sites:
            return False
    return False


def _is_mixed(codebase: Codebase, of: ClassValue) -> bool:
    """Tell whether a class with several bases inherits from one, so that others may come first."""
    classes = codebase.references.inference.classes
    return any(
        isinstance(node, ast.ClassDef)
        and len(node.bases) > 1
        and of in classes.line(ClassValue(file, node))
        for file in codebase.project.files()
        for node in file.names.scope_by_node
    )
