"""The stub of a module (`m.pyi` beside `m.py`): the same names, said twice."""

from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope


def counterparts(
    project: PythonProject, file: PythonFile, scope: Scope
) -> list[tuple[PythonFile, Scope]]:
    """Return the same scope in the stub of a module, or in the module of a stub.

    Args:
        project: All files.
        file: The module or the stub.
        scope: Of the file.

    Returns:
        Empty without a second file. Several for a function that is overloaded there.
    """
    path = project.modules.beside(file.path)
    other = project.file(path) if path is not None else None
    if other is None:
        return []
    found = [other.names.module]
    for outer in reversed(list(scope.outwards())[:-1]):
        found = [child for one in found for child in one.children if _is_like(child, outer)]
    return [(other, one) for one in found]


def _is_like(one: Scope, other: Scope) -> bool:
    return (one.kind, one.name) == (other.kind, other.name) and bool(one.name)
