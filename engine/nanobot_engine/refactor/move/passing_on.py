"""Stars when code moves: what they gave to others, and what they gave to the code itself."""

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile, Span, Symbol
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import Import
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport
from nanobot_engine.refactor.imports.module_path import import_name
from nanobot_engine.refactor.move.top_level import is_in


@dataclass(frozen=True, slots=True)
class Starring:
    """A star import that gives names of the old module to another one."""

    file: PythonFile
    imported: Import
    names: tuple[str, ...]


def starring(codebase: Codebase, file: PythonFile, names: Sequence[str]) -> Iterator[Starring]:
    """Yield the star imports that give names of a module to others.

    Args:
        codebase: All files.
        file: The module that they are of.
        names: Which names of it.
    """
    inference, modules = codebase.references.inference, codebase.project.modules
    for other in codebase.project.files_with_stars():
        for imported, scope in other.names.imports:
            if imported.name != "*" or scope.parent is not None:
                continue
            path = modules.resolve(other.path, level=imported.level, module=imported.module)
            given = tuple(
                name
                for name in names
                if path == file.path
                and name not in other.names.module.sites
                and file in inference.star_sources(other, name)
            )
            if given:
                yield Starring(other, imported, given)


def starred_needs(
    codebase: Codebase, file: PythonFile, spans: Sequence[Span]
) -> Iterator[tuple[Import, str]]:
    """Yield the names that code has by star imports of its module, each with the import.

    A star of a module that is not here may give any name that nothing else gives: then the
    name is "*".

    Args:
        codebase: All files.
        file: Of the code.
        spans: Where the code is.
    """
    stars = [one for one, scope in file.names.imports if one.name == "*" and not scope.parent]
    names = {
        one.name
        for one in file.names.names
        if stars and one.bound() is None and is_in(one.span, spans)
    }
    modules, inference = codebase.project.modules, codebase.references.inference
    by_path = {modules.resolve(file.path, level=one.level, module=one.module): one for one in stars}
    for name in sorted(names):
        source = inference.star_source(file, name)
        if source is not None:
            yield by_path[source.path], name
        elif not hasattr(builtins, name) and None in by_path:
            yield by_path[None], "*"


class PassedOn:
    """Lets those that got names by a star have them still."""

    def __init__(self, codebase: Codebase, *, target: str, tree: ModuleTree) -> None:
        """Take where the names go.

        Args:
            codebase: All files.
            target: The path of the new module.
            tree: The modules as they are afterwards.
        """
        self._codebase = codebase
        self._target = target
        self._tree = tree

    def add_to(
        self,
        builder: ChangeBuilder,
        editors: dict[PythonFile, ImportEdit],
        old: PythonFile,
        names: Sequence[str],
    ) -> None:
        """Import names from the new module where a star gave them.

        Args:
            builder: Gets a note where nothing uses a name that is not there any more.
            editors: Get the imports.
            old: The module that the names are of.
            names: Those that it has no more.
        """
        for star in starring(self._codebase, old, names):
            file = star.file
            if file.path == self._target:
                continue
            for name in star.names:
                if self._comes_by_another_star(file, name):
                    continue
                users = self._users(file, name)
                if users:
                    module = import_name(self._tree, file.path, self._target, like=star.imported)
                    # Said to be for others, where nothing here uses it.
                    alias = None if file in users else name
                    editor = editors.setdefault(file, ImportEdit(builder, file))
                    editor.add(NewImport(module, name, alias), like=star.imported)
                elif not name.startswith("_") and not is_test_module(file.path):
                    text = f"{name} is no more among what comes from {old.path}; nothing uses it"
                    builder.note(file.path, star.imported.statement.lineno, text)

    def _comes_by_another_star(self, file: PythonFile, name: str) -> bool:
        """Tell whether a file gets everything of the new module, too."""
        target = self._codebase.project.file(self._target)
        if target is None or name.startswith("_"):
            return False
        listed = {one.name for one in target.names.listed}
        modules = self._codebase.project.modules
        return (not listed or name in listed) and any(
            imported.name == "*"
            and imported.statement in file.tree.body
            and modules.resolve(file.path, level=imported.level, module=imported.module)
            == self._target
            for imported, _ in file.names.imports
        )

    def _users(self, file: PythonFile, name: str) -> set[PythonFile]:
        """Return who uses a name that a star gave to a file; a package is used by anybody."""
        here = Symbol(file, file.names.module, name)
        found = {one.file for one in self._codebase.references.find_bound(here).found}
        if self._codebase.project.modules.is_package(file.path):
            found.add(file)
        return found
