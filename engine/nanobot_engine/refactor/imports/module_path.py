"""How one file names another in its imports."""

from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import Import


def import_name(tree: ModuleTree, importer: str, target: str, *, like: Import | None = None) -> str:
    """Return the module of an import, with leading dots where it is relative.

    Args:
        tree: Knows both files.
        importer: The file that imports.
        target: The file that is imported.
        like: An import in `importer` whose style is kept: relative or absolute, with or
            without the folder above the root.
    """
    absolute = tree.name_of(target)
    is_relative = like is not None and like.level > 0
    return relative_name(tree, importer, absolute) if is_relative else absolute


def relative_name(tree: ModuleTree, importer: str, absolute: str) -> str:
    """Return an absolute module as a relative one where both are in one top package."""
    own = tree.name_of(importer).split(".")
    package = own if tree.is_package(importer) else own[:-1]
    parts = absolute.split(".")
    shared = 0
    while shared < min(len(package), len(parts)) and package[shared] == parts[shared]:
        shared += 1
    if shared == 0:
        return absolute
    return "." * (len(package) - shared + 1) + ".".join(parts[shared:])
