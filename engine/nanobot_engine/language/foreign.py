"""Whether the name of a type means something outside of the workspace where it stands.

A type is known by its bare name. That is wrong where a file takes another type of that
name from somewhere else; its imports say so.
"""

import re
from typing import Final

from nanobot_engine.language.binding import CodeFile
from nanobot_engine.language.code_files import CodeFiles

_RELATIVE: Final = (".", "/", "@/", "~/", "#", "src/")
_GO_IMPORT: Final = re.compile(r'(?:(\w+)[ \t]+)?"([^"\n]+)"')
_GO_MODULE: Final = re.compile(rb"^module\s+\"?([^\s\"]+)", re.MULTILINE)


def is_foreign_type(files: CodeFiles, file: CodeFile, name: str) -> bool:
    """Tell whether a type comes from outside of the workspace.

    Args:
        files: Of the language.
        file: Where the name stands.
        name: As a variable declares it: bare, or behind the name of its package.
    """
    package, _, bare = name.rpartition(".")
    if package:
        return _is_foreign_package(files, file, package)
    return _is_imported(file, bare) or _is_class_of_others(files, file, bare)


def _is_foreign_package(files: CodeFiles, file: CodeFile, package: str) -> bool:
    """Tell whether a package of Go is of a module that is not here."""
    modules = [
        match[1].decode(errors="replace")
        for path, data in files.data_by_path.items()
        if path.rpartition("/")[2] == "go.mod" and (match := _GO_MODULE.search(data))
    ]
    for node in file.nodes_of("import_declaration"):
        for alias, path in _GO_IMPORT.findall(file.text(node)):
            if package in {alias, path.rpartition("/")[2]}:
                return not any(path == one or path.startswith(f"{one}/") for one in modules)
    return False


def _is_imported(file: CodeFile, name: str) -> bool:
    """Tell whether a module of JavaScript imports a name from a package."""
    for node in file.nodes_of("import_statement"):
        source = node.child("source")
        if source is None or file.text(source).strip("'\"").startswith(_RELATIVE):
            continue
        if re.search(rf"\b{re.escape(name)}\b", file.text(node).partition(" from ")[0]):
            return True
    return False


def _is_class_of_others(files: CodeFiles, file: CodeFile, name: str) -> bool:
    """Tell whether Java imports a class that no file of the workspace is named after."""
    for node in file.nodes_of("import_declaration"):
        full = file.text(node).removeprefix("import").strip(" \t;")
        if full.endswith(f".{name}"):
            wanted = full.replace(".", "/") + ".java"
            return not any(f"/{path}".endswith(f"/{wanted}") for path in files.paths)
    return False
