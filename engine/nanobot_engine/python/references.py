"""Find everything that refers to a symbol of a workspace."""

import ast

from nanobot_engine.python.fixture import is_parametrized, takes_fixtures
from nanobot_engine.python.fixture_references import FixtureReferences, fixture_of
from nanobot_engine.python.inference import Inference
from nanobot_engine.python.member_references import MemberReferences
from nanobot_engine.python.name_references import NameReferences
from nanobot_engine.python.parameter_references import ParameterReferences
from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import (
    Certainty,
    Reference,
    ReferenceKind,
    References,
    Symbol,
)
from nanobot_engine.python.scope import Scope, ScopeKind, all_arguments

_ORDER = {Certainty.SURE: 0, Certainty.LIKELY: 1, Certainty.POSSIBLE: 2}


class ReferenceFinder:
    """Answers for one project. Not safe to share between threads."""

    def __init__(self, project: PythonProject) -> None:
        self.inference = Inference(project)
        self.project = project

    def symbol(self, path: str, qualified_name: str) -> Symbol | None:
        """Return the symbol with a qualified name: `f`, `Class.method`, `f.<locals>.x`.

        Parameters count as names of their function: `f.<locals>.parameter`.
        """
        # Files of other languages have symbols, too, that are not known here.
        file = self.project.file(path) if path in self.project.modules.paths else None
        if file is None:
            return None
        *outer, name = qualified_name.replace(".<locals>.", ".").split(".")
        scopes = [file.names.module]
        for part in outer:
            scopes = [child for scope in scopes for child in scope.children if child.name == part]
        # Of several definitions with one name (by condition, overloads) the last that has it.
        for scope in reversed(scopes):
            is_member = scope.kind is ScopeKind.CLASS and name in self._stored(file, name)
            if name in scope.sites or is_member:
                return Symbol(file, scope, name)
        return None

    def _stored(self, file: PythonFile, name: str) -> set[str]:
        return {name} if name in file.names.stored else set()

    def find(self, symbol: Symbol) -> References:
        """Return what refers to a symbol, in every file of the project.

        An imported name is followed to where it is defined, if that is in the project.
        """
        fixture = fixture_of(self.origin(symbol))
        asking = FixtureReferences(self.inference, fixture).find() if fixture is not None else []
        if symbol.scope.kind is ScopeKind.CLASS:
            members = MemberReferences(self.inference, symbol)
            found = members.find() + asking
            return References(_once(found), tuple(members.family), tuple(members.foreign_bases))
        sites = symbol.scope.sites.get(symbol.name, ())
        if any(isinstance(site.node, ast.arg) for site in sites):
            return References(_once(ParameterReferences(self.inference, symbol).find()))
        names = NameReferences(self.inference, self.origin(symbol))
        return References(_once(names.find() + asking), modules=tuple(names.modules()))

    def fixture_asked_by(self, symbol: Symbol) -> str:
        """Return the fixture that a parameter of a test asks for, as `path::name`.

        Returns:
            Only the name for one of pytest or of a plugin; empty for anything else.
        """
        file, scope, name = symbol.file, symbol.scope, symbol.name
        sites = list(scope.sites.get(name, ()))
        if not any(isinstance(site.node, ast.arg) for site in sites):
            return ""
        if not takes_fixtures(file, scope) or is_parametrized(scope, name):
            return ""
        receiver = self.inference.receiver(file, scope)
        if receiver is not None and all_arguments(_arguments(scope))[0] is sites[0].node:
            return ""
        fixture = self.inference.fixtures.asked(file, scope, name)
        return f"{fixture.file.path}::{name}" if fixture is not None else name

    def find_bound(self, symbol: Symbol) -> References:
        """Return what refers to the name of a module or function where it stands.

        Unlike `find`, a name that is imported there is not followed to its definition.
        """
        return References(_once(NameReferences(self.inference, symbol).find()))

    def origin(self, symbol: Symbol) -> Symbol:
        """Follow a name that is imported under its own name to where it is defined."""
        seen = set()
        while symbol.scope not in seen:
            seen.add(symbol.scope)
            sites = symbol.scope.sites.get(symbol.name, ())
            imports = [site.imported for site in sites if site.imported is not None]
            if not imports or len(imports) < len(sites):
                break
            imported = imports[0]
            path = self.project.modules.resolve(
                symbol.file.path, level=imported.level, module=imported.module
            )
            file = self.project.file(path) if path is not None else None
            if imported.name != symbol.name or file is None:
                break
            file = self._defining(file, imported.name)
            if file is None:
                break
            symbol = Symbol(file, file.names.module, imported.name)
        return symbol

    def _defining(self, file: PythonFile, name: str) -> PythonFile | None:
        """Follow stars to the module that has a name without them."""
        seen: set[PythonFile] = set()
        current: PythonFile | None = file
        while current is not None and name not in current.names.module.sites:
            if current in seen:
                return None
            seen.add(current)
            current = self.inference.star_source(current, name)
        return current


def _arguments(scope: Scope) -> ast.arguments:
    assert isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef), "pytest calls functions"
    return scope.node.args


def _once(found: list[Reference]) -> tuple[Reference, ...]:
    """Return each place once, with the best certainty, by path and place."""
    best: dict[tuple[str, int], Reference] = {}
    for reference in found:
        key = (reference.file.path, reference.span.start_byte)
        known = best.get(key)
        if known is None or _rank(reference) < _rank(known):
            best[key] = reference
    return tuple(best[key] for key in sorted(best))


def _rank(reference: Reference) -> tuple[int, bool]:
    return _ORDER[reference.certainty], reference.kind is ReferenceKind.ALIAS
