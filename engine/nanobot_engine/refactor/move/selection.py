"""Which definitions move, and how the two modules need each other then.

Private helpers that only they use move along; public ones and constants where the modules
would import each other without them.
"""

import ast
from collections.abc import Iterable

from nanobot_engine.python import Span, Symbol
from nanobot_engine.python.scope import Import, NameOccurrence, Role
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.move.late_import import Way, names_by_function
from nanobot_engine.refactor.move.top_level import defines, is_in, one_module
from nanobot_engine.refactor.source.evaluation import (
    annotations_in,
    has_postponed_annotations,
    quoted_spans,
)
from nanobot_engine.refactor.source.statement import whole_lines


class Selection:
    """The definitions that move."""

    def __init__(self, codebase: Codebase, symbols: Iterable[str], *, is_new: bool) -> None:
        """Look the definitions up.

        Args:
            codebase: All files.
            symbols: What was asked for.
            is_new: Whether they go to a new module.

        Raises:
            ArgumentError: One is missing, or they are of several modules.
            UnsafeError: One can not be moved as it stands.
        """
        self._codebase = codebase
        self._is_new = is_new
        self.file, self.asked = one_module(codebase, symbols)
        hooks = self.asked & {"__getattr__", "__dir__"}
        if hooks:
            raise UnsafeError(f"{', '.join(sorted(hooks))}: Python asks each module for its own")
        self.module = self.file.names.module
        self.names = self._with_helpers(self.asked)
        """What was asked for, and what moves along."""
        self._offered: set[str] = set()
        self.no_more_offered: list[str] = []
        """What others could take from a package, and can not any more."""
        self._take_along()
        self._take_constants()
        self._keep_offered()

    def _with_helpers(self, names: set[str]) -> list[str]:
        """Return the names and the private ones that nothing but them uses."""
        found = sorted(names, key=lambda name: self.module.sites[name][0].span.start_byte)
        for name in found:
            for helper in self._used_by(self._definitions(name)):
                if helper not in found and self._is_helper_of(helper, found):
                    found.append(helper)
        return found

    def _take_along(self) -> None:
        """Let public names move as well that only the moved code uses, where they must."""
        # Without them the modules would import each other.
        while True:
            self._place()
            needs = self.own_needs
            along = [n for n in needs if self._is_helper_of(n, [*self.names], may_be_public=True)]
            if not along or not self.still_used():
                return
            if len(self._only_typed(needs)) == len(needs):
                return
            self.names += along

    def _take_constants(self) -> None:
        """Let constants move as well that are needed when the modules are imported."""
        while self._way() is None:
            along = [name for name in self._needed_at_once() if self._is_constant(name)]
            if not along:
                return
            self.names += along
            self._place()

    def _keep_offered(self) -> None:
        """Let a package still have what it had, where that makes no circle."""
        is_package = self._codebase.project.modules.is_package(self.file.path)
        if not is_package or {"test", "tests"} & {*self.file.path.split("/")}:
            return
        had_way = self._way() is not None
        used = {*self.still_used()}
        self._offered = {name for name in self.asked - used if not name.startswith("_")}
        if had_way and self._way() is None:
            self.no_more_offered = sorted(self._offered)
            self._offered = set()

    def _is_constant(self, name: str) -> bool:
        return all(isinstance(one, ast.Assign | ast.AnnAssign) for one in self._definitions(name))

    def _place(self) -> None:
        nodes = [node for name in self.names for node in self._definitions(name)]
        self.nodes = sorted(nodes, key=lambda node: node.lineno)
        self.spans = [self._lines(node) for node in self.nodes]

    def _definitions(self, name: str) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for site in self.module.sites[name]:
            statement = next((one for one in self.file.tree.body if defines(one, site.node)), None)
            if statement is None:
                msg = f"{self.file.path}: {name!r} is bound in more than plain definitions"
                raise UnsafeError(f"{msg}; it can not be moved by program")
            if statement not in found:
                found.append(statement)
        return found

    def _lines(self, node: ast.stmt) -> Span:
        span = whole_lines(self.file, node)
        if span is None:
            line = f"{self.file.path}:{node.lineno}"
            raise UnsafeError(f"{line}: shares its line with another statement; split it first")
        return span

    def _used_by(self, nodes: list[ast.stmt]) -> list[str]:
        spans = [self._lines(node) for node in nodes]
        return sorted({o.name for o in self.bound_here() if is_in(o.span, spans)})

    def _is_helper_of(self, name: str, moved: list[str], *, may_be_public: bool = False) -> bool:
        sites = self.module.sites[name]
        is_own = all(
            isinstance(one.node, ast.FunctionDef | ast.ClassDef | ast.Name) for one in sites
        )
        if not (name.startswith("_") or may_be_public) or not is_own:
            return False
        symbol = Symbol(self.file, self.module, name)
        spans = [self._lines(node) for one in [*moved, name] for node in self._definitions(one)]
        return all(
            reference.file is self.file and is_in(reference.span, spans)
            for reference in self._codebase.references.find(symbol).found
        )

    def bound_here(self) -> list[NameOccurrence]:
        """Return the occurrences of names of the module."""
        return [o for o in self.file.names.names if o.bound() is self.module]

    def still_used(self) -> list[str]:
        """Return the names that what stays uses or lists, or that others take from a package."""
        listed = {one.name for one in self.file.names.listed}
        used = {
            o.name
            for o in self.bound_here()
            if o.name in self.names and not is_in(o.span, self.spans)
        }
        return sorted(used | (listed & set(self.names)) | self._offered)

    def needed(self) -> list[str]:
        """Return the names of the old module that the moved code uses."""
        found = set()
        for occurrence in self.bound_here():
            if not is_in(occurrence.span, self.spans):
                continue
            if occurrence.role is Role.DECLARED and occurrence.name not in self.names:
                line = self.file.line(occurrence.span.start_byte)
                raise UnsafeError(
                    f"{self.file.path}:{line}: assigns the global {occurrence.name!r} of its "
                    "module; move that too"
                )
            if occurrence.name not in self.names:
                found.add(occurrence.name)
        return sorted(found)

    def imports_of(self, name: str) -> list[Import]:
        """Return the imports that bind a name of the module."""
        sites = self.module.sites.get(name, [])
        return [site.imported for site in sites if site.imported is not None]

    def _only_typed(self, names: list[str]) -> list[str]:
        """Return the names that nothing evaluates: in quotes, or in postponed annotations."""
        if not self._is_new:
            return []
        typed = quoted_spans(self.file)
        if has_postponed_annotations(self.file.tree):
            typed += [self.file.span(one) for node in self.nodes for one in annotations_in(node)]
        evaluated = {
            o.name
            for o in self.bound_here()
            if is_in(o.span, self.spans) and not is_in(o.span, typed)
        }
        return [name for name in names if name not in evaluated]

    @property
    def own_needs(self) -> list[str]:
        """The names that what moves needs and the old module defines."""
        return [name for name in self.needed() if not self.imports_of(name)]

    def way(self) -> Way:
        """Return how the old module and the new one get what they need of each other.

        Raises:
            UnsafeError: Both need it when they are imported.
        """
        way = self._way()
        if way is None:
            at_once, used_here = ", ".join(self._needed_at_once()), ", ".join(self.still_used())
            raise UnsafeError(
                f"{self.file.path}: what moves needs {at_once}, and what stays needs {used_here}: "
                f"the modules would import each other; move {at_once} too"
            )
        return way

    def _way(self) -> Way | None:
        needs = self.own_needs
        if not needs or not self.still_used():
            return Way()
        typed = self._only_typed(needs)
        late = names_by_function(self.file, self._evaluated(needs, typed))
        if late is not None:
            return Way(typed, late)
        outer = [
            o for o in self.bound_here() if o.name in self.names and not is_in(o.span, self.spans)
        ]
        is_listed = any(one.name in self.names for one in self.file.names.listed)
        # What a package has at its top, others take from it.
        if is_listed or self._codebase.project.modules.is_package(self.file.path):
            return None
        late_here = names_by_function(self.file, outer)
        return Way(late_here=late_here) if late_here is not None else None

    def _evaluated(self, needs: list[str], typed: list[str]) -> list[NameOccurrence]:
        return [
            o
            for o in self.bound_here()
            if o.name in needs and o.name not in typed and is_in(o.span, self.spans)
        ]

    def _needed_at_once(self) -> list[str]:
        """Return the names that what moves needs when it is imported."""
        needs = self.own_needs
        evaluated = self._evaluated(needs, self._only_typed(needs))
        return sorted({o.name for o in evaluated if names_by_function(self.file, [o]) is None})
