"""What expressions are: a light abstract interpretation of Python.

It follows imports, assignments, annotations, constructors, `self`, returned values and the
elements of containers over all files of a project. It never runs code. Where it
can not follow, it says `Unknown`; it does not guess.

Sources: "Data model" and "Naming and binding" of the language reference.
"""

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Any, Final

from nanobot_engine.python.annotation import AnnotationReader
from nanobot_engine.python.call import CallReader
from nanobot_engine.python.class_tree import ClassTree, class_node, decorator_names
from nanobot_engine.python.project import PythonProject
from nanobot_engine.python.python_file import PythonFile
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
    Unknown,
    Value,
    Values,
    builtin_instance,
)

# How many expressions may wait for each other. Deeper chains are rare and long ones
# would end in Python's own limit.
_DEPTH_MAX: Final = 40
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
        self._known: dict[tuple[ast.AST, Scope], Values] = {}
        self._open: set[object] = set()
        self._symbols: dict[tuple[Scope, str], Values] = {}

    def values(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        """Return what an expression can be, evaluated in `scope` of `file`."""
        key = (node, scope)
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._open or len(self._open) > _DEPTH_MAX:
            return UNKNOWN
        self._open.add(key)
        try:
            found = self._expression(file, scope, node)
        finally:
            self._open.discard(key)
        if len(found) > _VALUES_MAX:
            found = UNKNOWN
        # An answer that a cycle or the depth cut short must not be remembered: asked
        # from elsewhere it may be known.
        if not self._open or Unknown() not in found:
            self._known[key] = found
        return found

    def _expression(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        read = _READERS.get(type(node))
        return UNKNOWN if read is None else read(self, file, scope, node)

    def attribute_expression(self, file: PythonFile, scope: Scope, node: ast.Attribute) -> Values:
        """Return what `value.name` is."""
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
        key = (scope, name)
        if key in self._symbols:
            return self._symbols[key]
        if key in self._open or len(self._open) > _DEPTH_MAX:
            return UNKNOWN
        self._open.add(key)
        try:
            sites = scope.sites.get(name, ())
            found = self.union(self._site(file, scope, site) for site in sites)
        finally:
            self._open.discard(key)
        if len(found) > 1:
            # `x = None` before the real value.
            found -= builtin_instance("NoneType")
        found = found or UNKNOWN
        if not self._open or Unknown() not in found:
            self._symbols[key] = found
        return found

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
                return self._parameter(file, scope, site, node)
        return self._assigned(file, site)

    def _assigned(self, file: PythonFile, site: Site) -> Values:
        if site.annotation is not None:
            declared = self.annotations.instances(file, site.scope, site.annotation)
            if declared != UNKNOWN:
                return declared
        if site.value is None:
            return NOTHING
        return self.unpacked(self.values(file, site.scope, site.value), site.path)

    def _parameter(self, file: PythonFile, function: Scope, site: Site, node: ast.arg) -> Values:
        owner = function.node
        if not isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return UNKNOWN
        arguments = owner.args
        annotated: Values = UNKNOWN
        if node.annotation is not None:
            annotated = self.annotations.instances(file, site.scope, node.annotation)
        if node is arguments.vararg:
            return frozenset((ContainerValue(annotated),))
        if node is arguments.kwarg:
            return frozenset((ContainerValue(annotated, keys=builtin_instance("str")),))
        receiver = self.receiver(file, function)
        positional = [*arguments.posonlyargs, *arguments.args]
        if annotated == UNKNOWN and receiver is not None and positional[0] is node:
            return receiver
        return annotated

    def receiver(self, file: PythonFile, function: Scope) -> Values | None:
        """Return what the first parameter of a method is; None for other functions."""
        owner = function.parent
        while owner is not None and owner.name == "" and owner.kind is ScopeKind.FUNCTION:
            owner = owner.parent
        node = function.node
        if owner is None or owner.kind is not ScopeKind.CLASS or isinstance(node, ast.Lambda):
            return None
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef), "a function scope"
        decorators = decorator_names(node)
        if "staticmethod" in decorators and node.name != "__new__":
            return None
        of = ClassValue(file, class_node(owner))
        implicit = {"__new__", "__init_subclass__", "__class_getitem__"}
        if "classmethod" in decorators or node.name in implicit or self.classes.is_metaclass(of):
            return frozenset((of,))
        return frozenset((InstanceValue(of),))

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
        key = ("star", file.path, name)
        if key in self._open:
            return None
        self._open.add(key)
        try:
            # The last one wins at run time.
            for imported, _ in reversed(file.names.imports):
                if imported.name != "*":
                    continue
                path = self.project.modules.resolve(
                    file.path, level=imported.level, module=imported.module
                )
                module = self.project.file(path) if path is not None else None
                if module is not None and self.exports(module, name):
                    return module
        finally:
            self._open.discard(key)
        return None

    def exports(self, module: PythonFile, name: str) -> bool:
        """Tell whether `from module import *` gives `name`."""
        if module.names.listed:
            return any(listed.name == name for listed in module.names.listed)
        if name.startswith("_"):
            return False
        return name in module.names.module.sites or self.star_source(module, name) is not None

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
            case ForeignValue(name=outer, is_instance=is_instance):
                if not is_instance or outer in {"builtins.str", "builtins.bytes"}:
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

    def subscript(self, file: PythonFile, scope: Scope, node: ast.Subscript) -> Values:
        """Return what `value[index]` is."""
        found = self.values(file, scope, node.value)
        return self.each(found, lambda value: self._item_of(value, node.slice))

    def _item_of(self, value: Value, index: ast.expr) -> Values:
        match value:
            case ContainerValue():
                return _item(value, index)
            case ClassValue():
                # `Box[int]` is the class with arguments.
                return frozenset((value,))
            case InstanceValue():
                return self.method_result(value, "__getitem__")
        return UNKNOWN

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

    # Parts of values

    def unpacked(self, found: Values, path: tuple[PathStep, ...]) -> Values:
        """Follow how a bound value comes out of an expression."""
        for step in path:
            if step == "element":
                found = self.each(found, self._element)
            elif step == "enter":
                found = self.each(found, self._entered)
            elif step == "exception":
                found = self.each(found, self._caught)
            else:
                found = self._items_at(found, step)
        return found

    def _items_at(self, found: Values, index: int) -> Values:
        def item(value: Value) -> Values:
            if isinstance(value, ContainerValue) and value.items is not None:
                return value.items[index] if index < len(value.items) else UNKNOWN
            if isinstance(value, InstanceValue):
                fields = self.classes.tuple_fields(value.of)
                if fields is not None and index < len(fields):
                    annotation = fields[index].annotation
                    return self.annotations.instances(value.of.file, value.of.scope, annotation)
            return self._element(value)

        return self.each(found, item)

    def _element(self, value: Value) -> Values:
        match value:
            case ContainerValue(keys=frozenset() as keys):
                return keys or UNKNOWN
            case ContainerValue(elements=elements):
                return elements or UNKNOWN
            case InstanceValue():
                return self.each(self.method_result(value, "__iter__"), self._iterated)
            case ClassValue() if self.classes.is_enum(value):
                return frozenset((InstanceValue(value),))
        return UNKNOWN

    def _iterated(self, value: Value) -> Values:
        match value:
            case ContainerValue(elements=elements):
                return elements or UNKNOWN
            case InstanceValue():
                return self.method_result(value, "__next__")
        return UNKNOWN

    def _entered(self, value: Value) -> Values:
        match value:
            case ContainerValue(elements=elements):
                # A generator that `contextlib.contextmanager` decorates.
                return elements or UNKNOWN
            case InstanceValue():
                entered = self.method_result(value, "__enter__")
                if entered == UNKNOWN:
                    entered = self.method_result(value, "__aenter__")
                return entered
            case ForeignValue(name=name, is_instance=True) if name.startswith("io."):
                return frozenset((value,))
        return UNKNOWN

    def _caught(self, value: Value) -> Values:
        match value:
            case ClassValue():
                return frozenset((InstanceValue(value),))
            case ContainerValue(elements=elements):
                return self.each(elements, self._caught)
            case ForeignValue(is_instance=False):
                return frozenset((ForeignValue(value.name, is_instance=True),))
        return UNKNOWN

    def each(self, found: Values, change: Callable[[Value], Values]) -> Values:
        """Return what `change` makes of all possibilities together."""
        return self.union(change(value) for value in found)

    def union(self, parts: Iterable[Values]) -> Values:
        """Return all possibilities of all parts."""
        return frozenset().union(*parts)


def _item(value: ContainerValue, index: ast.expr) -> Values:
    if isinstance(index, ast.Slice):
        return frozenset((value,))
    match value.items, index:
        case tuple(items), ast.Constant(value=int(place)) if 0 <= place < len(items):
            return items[place]
    return value.elements or UNKNOWN


# Any: each reader takes the nodes of its own type.
_Reader = Callable[[Inference, PythonFile, Scope, Any], Values]

_READERS: Final[dict[type[ast.AST], _Reader]] = {
    ast.Name: lambda inference, file, scope, node: inference.name_values(file, scope, node.id),
    ast.Attribute: Inference.attribute_expression,
    ast.Call: lambda inference, file, scope, node: inference.calls.result(file, scope, node),
    ast.Subscript: Inference.subscript,
    ast.Lambda: lambda _inference, file, _scope, node: frozenset((FunctionValue(file, node),)),
    ast.BinOp: Inference.operation,
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
