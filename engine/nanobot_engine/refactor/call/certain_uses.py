"""Functions whose every use is a call that certainly means them.

Only those can become something that is called otherwise.
"""

from typing import Final

from nanobot_engine.python import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.value import InstanceValue
from nanobot_engine.refactor.call.call_site import Function, Uses
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError

_HARMLESS: Final = frozenset({"staticmethod", "classmethod"})


def certain_function(codebase: Codebase, uses: Uses) -> Function:
    """Return the function if all its uses are calls that certainly mean it.

    Raises:
        UnsafeError: It has overrides, decorators, a name that Python knows, or other uses.
    """
    function = _plain_function(uses)
    name = function.node.name
    if uses.values:
        one = uses.values[0]
        raise UnsafeError(f"{one.file.path}:{one.line}: hands {name} on without calling it")
    for call in uses.calls:
        if call.certainty is Certainty.POSSIBLE:
            line = f"{call.file.path}:{call.node.lineno}"
            msg = f"{line}: may mean {name} or not; rename {name} first"
            raise UnsafeError(f"{msg}, to a name that nothing else has")
    scope = function.scope.parent
    assert scope is not None, "a function is in a module"
    found = codebase.references.find(Symbol(function.file, scope, name))
    if found.foreign_bases:
        raise UnsafeError(f"{name}: a base class outside of the workspace may define it, too")
    for reference in found.found:
        _check_reference(reference, name)
    return function


def called_function(codebase: Codebase, uses: Uses) -> Function:
    """Return a method if whoever reaches it through an object may go on doing so.

    What follows an object's dot need not be known to mean it: that works as before. Only what
    takes the function from its class passes the object itself.

    Raises:
        UnsafeError: It has overrides, decorators, a name that Python knows, or the class, or
            what may be the class, hands it on.
    """
    function = _plain_function(uses)
    for one in uses.values:
        if not _is_through_object(codebase, one):
            place = f"{one.file.path}:{one.line}"
            raise UnsafeError(f"{place}: hands {function.node.name} on without calling it")
    return function


def _plain_function(uses: Uses) -> Function:
    function = uses.functions[0]
    name, path = function.node.name, function.file.path
    if len(uses.functions) > 1:
        raise UnsafeError(f"{name}: has overrides or overloads; they would not follow")
    if name.startswith("__") and name.endswith("__"):
        raise UnsafeError(f"{name}: Python calls it by this name")
    if decorator_names(function.node) - _HARMLESS:
        raise UnsafeError(
            f"{path}:{function.node.lineno}: {name} has decorators; remove them first"
        )
    return function


def _is_through_object(codebase: Codebase, reference: Reference) -> bool:
    """Tell whether what stands before the dot certainly is an object, no class."""
    file = reference.file
    for one in file.names.attributes:
        if one.span == reference.span:
            values = codebase.references.inference.values(file, one.scope, one.value)
            return bool(values) and all(isinstance(value, InstanceValue) for value in values)
    return False


def _check_reference(reference: Reference, name: str) -> None:
    """Refuse strings that name a function, and imports that give it another name."""
    line = f"{reference.file.path}:{reference.line}"
    if reference.kind in {ReferenceKind.LISTED, ReferenceKind.STRING}:
        raise UnsafeError(f"{line}: names {name} in a string; take it out first")
    for imported, _ in reference.file.names.imports:
        if imported.name_span == reference.span and imported.as_span is not None:
            raise UnsafeError(
                f"{line}: imports {name} as {imported.bound}; take the `as` out first"
            )
