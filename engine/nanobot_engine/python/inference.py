"""What expressions are: a light abstract interpretation of Python.

It follows imports, assignments, annotations, constructors, `self`, returned values and the
elements of containers over all files of a project. It never runs code. Where it
can not follow, it says `Unknown`; it does not guess.

Sources: "Data model" and "Naming and binding" of the language reference.
"""

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from nanobot_engine.python.annotation import AnnotationReader
from nanobot_engine.python.call import CallReader
from nanobot_engine.python.class_tree import ClassTree, class_node
from nanobot_engine.python.fixture import FixtureReader
from nanobot_engine.python.narrowing import Narrowing, narrowings
from nanobot_engine.python.parameter import ParameterReader
from nanobot_engine.python.part import PartReader
from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.protocol_use import ProtocolUses
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.question import Questions
from nanobot_engine.python.returns import ReturnReader
from nanobot_engine.python.scope import Import, PathStep, Scope, ScopeKind, Site
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    PackageValue,
    RaisedValue,
    Unknown,
    Value,
    Values,
    builtin_instance,
)

# More possibilities than that say nothing.
_VALUES_MAX: Final = 24


class Inference:
    """Answers what expressions of one project are. Remembers its answers."""

    def __init__(self, project: PythonProject) -> None:
        self.project = project
        self.classes = ClassTree(self)
        self.annotations = AnnotationReader(self)
        self.calls = CallReader(self)
        self.returns = ReturnReader(self)
        self.parameters = ParameterReader(self)
        self.fixtures = FixtureReader(self)
        self.protocols = ProtocolUses(self)
        self.parts = PartReader(self)
        self.questions = Questions()
        self._starred_open: set[tuple[str, str]] = set()
        self._narrowings: dict[PythonFile, Mapping[ast.expr, Narrowing]] = {}

    def values(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        """Return what an expression can be, evaluated in `scope` of `file`."""
        return self.questions.answer((node, scope), lambda: self._expression(file, scope, node))

    def _expression(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        read = _READERS.get(type(node))
        found = UNKNOWN if read is None else read(self, file, scope, node)
        if isinstance(node, ast.Name | ast.Attribute):
            found = self._narrowed(file, scope, node, found)
        return found if len(found) <= _VALUES_MAX else UNKNOWN

    def _narrowed(self, file: PythonFile, scope: Scope, node: ast.expr, found: Values) -> Values:
        """Return what is left of possibilities where an `isinstance` was asked."""
        if file not in self._narrowings:
            self._narrowings[file] = narrowings(file.tree)
        narrowing = self._narrowings[file].get(node)
        if narrowing is None:
            return found
        if narrowing.assigned is not None:
            last = self.values(file, scope, narrowing.assigned)
            if Unknown() not in last and last != builtin_instance("NoneType"):
                found = last
        without = self.union(self.parts.instances(file, scope, one) for one in narrowing.never)
        found = (found - (without - UNKNOWN)) or found
        if narrowing.always is None:
            return found
        is_of = self.parts.instances(file, scope, narrowing.always)
        return found if Unknown() in is_of or not is_of else is_of

    def attribute_expression(self, file: PythonFile, scope: Scope, node: ast.Attribute) -> Values:
        """Return what `value.name` is."""
        if node.attr == "param" and isinstance(node.value, ast.Name):
            given = self.fixtures.request_param(file, scope, node.value.id)
            if given is not None:
                return given
        found = self.values(file, scope, node.value)
        return self.each(found, lambda one: self.attribute(one, node.attr))

    def constant(self, _file: PythonFile, _scope: Scope, node: ast.Constant) -> Values:
        """Return the class of a literal."""
        return builtin_instance(type(node.value).__name__)

    def alternatives(self, file: PythonFile, scope: Scope, node: ast.IfExp | ast.BoolOp) -> Values:
        """Return what `a if b else c` or `a or b` can be."""
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return self.union(self.values(file, scope, part) for part in parts)

    def display(
        self, file: PythonFile, scope: Scope, node: ast.Tuple | ast.List | ast.Set
    ) -> Values:
        """Return a container that is written out."""
        items = tuple(self.values(file, scope, element) for element in node.elts)
        is_fixed = isinstance(node, ast.Tuple) and not any(
            isinstance(element, ast.Starred) for element in node.elts
        )
        return frozenset((ContainerValue(self.union(items), items if is_fixed else None),))

    def mapping(self, file: PythonFile, scope: Scope, node: ast.Dict) -> Values:
        """Return a dictionary that is written out."""
        inside = self.union(self.values(file, scope, value) for value in node.values)
        keys = self.union(self.values(file, scope, key) for key in node.keys if key)
        return frozenset((ContainerValue(inside, keys=keys),))

    def comprehension(
        self,
        file: PythonFile,
        _scope: Scope,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    ) -> Values:
        """Return a container that is computed."""
        inner = file.names.scope_by_node[node]
        if isinstance(node, ast.DictComp):
            keys = self.values(file, inner, node.key)
            return frozenset((ContainerValue(self.values(file, inner, node.value), keys=keys),))
        return frozenset((ContainerValue(self.values(file, inner, node.elt)),))

    # Names

    def name_values(self, file: PythonFile, scope: Scope, name: str) -> Values:
        """Return what a name is, looked up in `scope`."""
        bound = scope.lookup(name)
        if bound is None:
            starred = self._starred(file, name)
            if starred:
                return starred
            if hasattr(builtins, name):
                return frozenset((ForeignValue(f"builtins.{name}"),))
            if name == "__class__" and (inside := scope.enclosing_class()) is not None:
                return frozenset((ClassValue(file, class_node(inside)),))
            return UNKNOWN
        return self.symbol_values(file, bound, name)

    def symbol_values(self, file: PythonFile, scope: Scope, name: str) -> Values:
        """Return what is bound to a name of a scope, over all places that bind it."""
        return self.questions.answer((scope, name), lambda: self._bound(file, scope, name))

    def _bound(self, file: PythonFile, scope: Scope, name: str) -> Values:
        found = self.union(self._site(file, scope, site) for site in scope.sites.get(name, ()))
        if len(found) > 1:
            # `x = None` before the real value.
            found -= builtin_instance("NoneType")
        return found or UNKNOWN

    def _site(self, file: PythonFile, scope: Scope, site: Site) -> Values:
        match site.node:
            case ast.alias():
                assert site.imported is not None, "an alias is imported"
                return self.imported_values(file, site.imported)
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                return frozenset((FunctionValue(file, node),))
            case ast.ClassDef() as node:
                return frozenset((ClassValue(file, node),))
            case ast.arg() as node:
                return self.parameters.values(file, scope, site, node)
        return self._assigned(file, site)

    def _assigned(self, file: PythonFile, site: Site) -> Values:
        if site.annotation is not None:
            declared = self.annotations.instances(file, site.scope, site.annotation)
            if declared != UNKNOWN:
                return declared
        if site.value is None:
            return NOTHING
        return self.unpacked(self.values(file, site.scope, site.value), site.path)

    def receiver(self, file: PythonFile, function: Scope) -> Values | None:
        """Return what the first parameter of a method is; None for other functions."""
        return self.parameters.receiver(file, function)

    # Imports

    def imported_values(self, file: PythonFile, imported: Import) -> Values:
        """Return what an import binds."""
        modules = self.project.modules
        if imported.name is None:
            name = imported.module
            if imported.alias.asname is None:
                name = name.partition(".")[0]
            return self.module_values(name, file.path)
        path = modules.resolve(file.path, level=imported.level, module=imported.module)
        absolute = modules.absolute(file.path, level=imported.level, module=imported.module)
        if path is None:
            if absolute is None:
                return UNKNOWN
            return self._member_of_package(PackageValue(absolute, file.path), imported.name)
        module = self.project.file(path)
        if module is None:
            return UNKNOWN
        return self.module_member(module, imported.name)

    def module_values(self, name: str, importer: str) -> Values:
        """Return the module with an absolute name, as seen from `importer`."""
        path = self.project.modules.path_of(name, importer=importer)
        if path is None:
            return frozenset((PackageValue(name, importer),))
        file = self.project.file(path)
        return frozenset((ModuleValue(file),)) if file is not None else UNKNOWN

    def module_member(self, module: PythonFile, name: str) -> Values:
        """Return what `module.name` is."""
        scope = module.names.module
        if name in scope.sites and name not in {i.bound for i in self._own_submodules(module)}:
            found = self.symbol_values(module, scope, name)
            if found != UNKNOWN:
                return found
        path = self.project.modules.submodule(module.path, name)
        if path is not None:
            file = self.project.file(path)
            return frozenset((ModuleValue(file),)) if file is not None else UNKNOWN
        return self._starred(module, name) or UNKNOWN

    def _own_submodules(self, module: PythonFile) -> Iterable[Import]:
        """Yield imports like `from . import x` in a package: `x` is its own submodule."""
        for imported, scope in module.names.imports:
            if (
                scope.kind is ScopeKind.MODULE
                and imported.level == 1
                and not imported.module
                and imported.name == imported.bound
                and self.project.modules.submodule(module.path, imported.bound) is not None
            ):
                yield imported

    def _starred(self, file: PythonFile, name: str) -> Values:
        """Return what a name is by a `from … import *` at the top of a file."""
        found = self.star_source(file, name)
        return self.module_member(found, name) if found is not None else NOTHING

    def star_source(self, file: PythonFile, name: str) -> PythonFile | None:
        """Return the module whose star import gives `name` to `file`, None without one."""
        # The last one wins at run time.
        return next(iter(self.star_sources(file, name)), None)

    def star_sources(self, file: PythonFile, name: str) -> list[PythonFile]:
        """Return the modules whose star imports may give `name` to `file`, the last one first.

        They are several where a condition or a `try` chooses.
        """
        key = (file.path, name)
        if key in self._starred_open:
            return []
        self._starred_open.add(key)
        found: list[PythonFile] = []
        try:
            for imported, _ in reversed(file.names.imports):
                if imported.name != "*":
                    continue
                path = self.project.modules.resolve(
                    file.path, level=imported.level, module=imported.module
                )
                module = self.project.file(path) if path is not None else None
                if module is not None and self.exports(module, name):
                    found.append(module)
                    if imported.statement in file.tree.body:
                        break
        finally:
            self._starred_open.discard(key)
        return found

    def exports(self, module: PythonFile, name: str) -> bool:
        """Tell whether `from module import *` gives `name`."""
        names = module.names
        if any(listed.name == name for listed in names.listed):
            return True
        if (names.listed and not names.is_list_open) or name.startswith("_"):
            return False
        return name in names.module.sites or self.star_source(module, name) is not None

    # Attributes

    def attribute(self, value: Value, name: str) -> Values:
        """Return what `value.name` is."""
        match value:
            case ModuleValue(file=file):
                return self.module_member(file, name)
            case PackageValue():
                return self._member_of_package(value, name)
            case ClassValue() | InstanceValue():
                return self.classes.attribute(value, name)
            case RaisedValue(exceptions=exceptions):
                return exceptions if name == "value" else UNKNOWN
            case ForeignValue(name=outer, is_instance=is_instance):
                is_closed = outer.endswith("()")
                if not is_instance or is_closed or outer in {"builtins.str", "builtins.bytes"}:
                    return frozenset((ForeignValue(f"{outer}.{name}"),))
        return UNKNOWN

    def _member_of_package(self, package: PackageValue, name: str) -> Values:
        dotted = f"{package.name}.{name}"
        path = self.project.modules.path_of(dotted, importer=package.importer)
        if path is not None:
            file = self.project.file(path)
            return frozenset((ModuleValue(file),)) if file is not None else UNKNOWN
        return frozenset((ForeignValue(dotted),))

    # Parts

    def sent(self, file: PythonFile, scope: Scope, _node: ast.Yield) -> Values:
        """Return what `yield` gives back: what `Generator[yielded, sent, returned]` promises."""
        function = next((one for one in scope.outwards() if one.kind is ScopeKind.FUNCTION), None)
        match function.node if function is not None else None:
            case (
                ast.FunctionDef(returns=ast.Subscript(slice=ast.Tuple(elts=[_, sent, *_])))
                | ast.AsyncFunctionDef(returns=ast.Subscript(slice=ast.Tuple(elts=[_, sent])))
            ):
                assert function is not None, "its node was looked at"
                return self.annotations.instances(file, function.parent or scope, sent)
        return UNKNOWN

    def subscript(self, file: PythonFile, scope: Scope, node: ast.Subscript) -> Values:
        """Return what `value[index]` is."""
        found = self.values(file, scope, node.value)
        return self.each(found, lambda value: self.parts.item(value, node.slice))

    def operation(self, file: PythonFile, scope: Scope, node: ast.BinOp) -> Values:
        """Return what an operator gives, for containers and builtins only."""
        left = self.values(file, scope, node.left)
        if all(isinstance(value, ContainerValue) for value in left):
            return left | self.values(file, scope, node.right)
        if all(isinstance(value, ForeignValue) and value.is_instance for value in left):
            return left
        return UNKNOWN

    def method_result(self, value: InstanceValue, name: str) -> Values:
        """Return what a call of a method gives."""
        return self.each(
            self.classes.attribute(value, name),
            lambda method: (
                self.returns.result(method) if isinstance(method, FunctionValue) else UNKNOWN
            ),
        )

    def unpacked(self, found: Values, path: tuple[PathStep, ...]) -> Values:
        """Follow how a bound value comes out of an expression."""
        return self.parts.unpacked(found, path)

    def each(self, found: Values, change: Callable[[Value], Values]) -> Values:
        """Return what `change` makes of all possibilities together."""
        return self.union(change(value) for value in found)

    def union(self, parts: Iterable[Values]) -> Values:
        """Return all possibilities of all parts."""
        return frozenset().union(*parts)


# Any: each reader takes the nodes of its own type.
_Reader = Callable[[Inference, PythonFile, Scope, Any], Values]

_READERS: Final[dict[type[ast.AST], _Reader]] = {
    ast.Name: lambda inference, file, scope, node: inference.name_values(file, scope, node.id),
    ast.Attribute: Inference.attribute_expression,
    ast.Call: lambda inference, file, scope, node: inference.calls.result(file, scope, node),
    ast.Subscript: Inference.subscript,
    ast.Lambda: lambda _inference, file, _scope, node: frozenset((FunctionValue(file, node),)),
    ast.BinOp: Inference.operation,
    ast.Yield: Inference.sent,
    ast.IfExp: Inference.alternatives,
    ast.BoolOp: Inference.alternatives,
    ast.Constant: Inference.constant,
    ast.JoinedStr: lambda _inference, _file, _scope, _node: builtin_instance("str"),
    ast.Compare: lambda _inference, _file, _scope, _node: builtin_instance("bool"),
    **dict.fromkeys((ast.Tuple, ast.List, ast.Set), Inference.display),
    ast.Dict: Inference.mapping,
    **dict.fromkeys(
        (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), Inference.comprehension
    ),
    **dict.fromkeys(
        (ast.Await, ast.Starred, ast.NamedExpr),
        lambda inference, file, scope, node: inference.values(file, scope, node.value),
    ),
}
