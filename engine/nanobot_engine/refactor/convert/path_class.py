"""How a file writes `pathlib.Path`."""

from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.imports.import_edit import NewImport


def path_class(file: PythonFile) -> tuple[NewImport, str]:
    """Return the import that a file needs, and how it writes `Path`; empty if it can not."""
    meanings: dict[str, set[str]] = {"Path": set(), "pathlib": set()}
    for scope in [file.names.module, *file.names.scope_by_node.values()]:
        for name, found in meanings.items():
            for site in scope.sites.get(name, ()):
                one = site.imported
                is_top = one is not None and one.statement in file.tree.body
                dotted = f"{one.module}.{one.name}" if one and one.name else one and one.module
                found.add(str(dotted) if is_top else "")
    whole, part = NewImport("pathlib"), NewImport("pathlib", "Path")
    if meanings["Path"] == {"pathlib.Path"}:
        return part, "Path"
    if meanings["pathlib"] == {"pathlib"}:
        return whole, "pathlib.Path"
    if not meanings["Path"]:
        return part, "Path"
    return (whole, "pathlib.Path") if not meanings["pathlib"] else (whole, "")
