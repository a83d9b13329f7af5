"""References to a name of a module or a function, over all files.

A name travels: by `from m import name`, by a star, by `m.name`, and on through
modules that import it to give it to others. So the search keeps a group of
(file, scope) pairs in which the name means the same thing, until it grows no more.
"""

from nanobot_engine.python.inference import Inference
from nanobot_engine.python.named_access import named_accesses, names_in_namespaces
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.said_name import declared_name
from nanobot_engine.python.scope import Role, Scope, ScopeKind
from nanobot_engine.python.stub import counterparts
from nanobot_engine.python.value import ModuleValue

_KINDS = {
    Role.DEFINITION: ReferenceKind.DEFINITION,
    Role.PARAMETER: ReferenceKind.DEFINITION,
    Role.IMPORT: ReferenceKind.ALIAS,
}


class NameReferences:
    """Finds what refers to one name that is no member of a class."""

    def __init__(self, inference: Inference, symbol: Symbol) -> None:
        self._inference = inference
        self._project = inference.project
        self._name = symbol.name
        self._group: dict[Scope, PythonFile] = {}
        self._waiting = [(symbol.file, symbol.scope)]
        self._files: list[PythonFile] | None = None
        self._found: list[Reference] = []

    def find(self) -> list[Reference]:
        """Return all references, in no particular order and maybe some twice."""
        while self._waiting:
            file, scope = self._waiting.pop()
            if scope in self._group:
                continue
            self._group[scope] = file
            self._inside(file, scope)
            if scope.kind is ScopeKind.MODULE:
                self._waiting += [
                    place
                    for place in counterparts(self._project, file, scope)
                    if self._name in place[1].sites
                ]
                for other in self._all_files():
                    self._importers(other, file)
                for other in self._project.files_with_stars():
                    self._starred(other, file)
        modules = {file.path for file in self.modules()}
        if modules:
            for other in self._all_files():
                self._attributes(other, modules)
        return self._found

    def modules(self) -> list[PythonFile]:
        """Return the modules that have the name at their top after `find`, by path."""
        found = [file for scope, file in self._group.items() if scope.parent is None]
        return sorted(found, key=lambda file: file.path)

    def _all_files(self) -> list[PythonFile]:
        if self._files is None:
            self._files = list(self._project.files_with(self._name))
        return self._files

    def _inside(self, file: PythonFile, scope: Scope) -> None:
        """Add what a file itself says about the name of one of its scopes."""
        for occurrence in file.names.names:
            if occurrence.name != self._name:
                continue
            bound = occurrence.bound()
            is_starred = bound is None and scope.parent is None and self._is_starred(file, scope)
            if bound is scope or is_starred:
                # An import that the search follows is found again, as one.
                kind = _KINDS.get(occurrence.role, ReferenceKind.NAME)
                self._found.append(Reference(file, occurrence.span, kind, Certainty.SURE))
        self._found += [
            Reference(file, span, ReferenceKind.STRING, Certainty.SURE)
            for span in (
                *names_in_namespaces(file, scope, self._name),
                *declared_name(file, scope, self._name),
            )
        ]
        if scope.kind is ScopeKind.MODULE:
            self._found += [
                Reference(file, listed.span, ReferenceKind.LISTED, Certainty.SURE)
                for listed in file.names.listed
                if listed.name == self._name
            ]

    def _is_starred(self, file: PythonFile, scope: Scope) -> bool:
        return self._name not in scope.sites and (
            self._inference.star_source(file, self._name) is not None
        )

    def _importers(self, other: PythonFile, file: PythonFile) -> None:
        """Follow `from file import name` in another file."""
        for imported, scope in other.names.imports:
            if imported.name != self._name or imported.name_span is None:
                continue
            path = self._project.modules.resolve(
                other.path, level=imported.level, module=imported.module
            )
            if path != file.path:
                continue
            self._found.append(
                Reference(other, imported.name_span, ReferenceKind.IMPORT, Certainty.SURE)
            )
            # `name as name` passes it on under its own name, too.
            if imported.bound == self._name:
                bound = scope.lookup(self._name)
                assert bound is not None, "an import binds its name"
                self._waiting.append((other, bound))

    def _starred(self, other: PythonFile, file: PythonFile) -> None:
        scope = other.names.module
        if other is not file and self._name not in scope.sites:
            sources = self._inference.star_sources(other, self._name)
            if file in sources:
                self._waiting.append((other, scope))
                # Whichever of them is chosen, the name is the same.
                for source in sources:
                    self._waiting.append((source, source.names.module))

    def _attributes(self, other: PythonFile, modules: set[str]) -> None:
        """Add `module.name` and `getattr(module, "name")`, also where not sure."""
        places = [
            (one.span, one.scope, one.value, ReferenceKind.ATTRIBUTE)
            for one in other.names.attributes
            if one.name == self._name
        ]
        places += [
            (one.span, one.scope, one.value, ReferenceKind.STRING)
            for one in named_accesses(other, self._name)
        ]
        for span, scope, value, kind in places:
            values = self._inference.values(other, scope, value)
            hits = [v for v in values if isinstance(v, ModuleValue) and v.file.path in modules]
            if hits:
                certainty, reason = Certainty.SURE, ""
                if len(values) > len(hits):
                    certainty = Certainty.LIKELY
                    reason = "what stands before the dot can be something else, too"
                self._found.append(Reference(other, span, kind, certainty, reason))
