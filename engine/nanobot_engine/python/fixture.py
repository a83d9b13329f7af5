"""What pytest passes: fixtures by the name of a parameter, values of `parametrize`.

A test function, and a fixture, asks for fixtures by the names of its parameters. pytest
looks in the class, in the module, then in each `conftest.py` from the folder of the
file upwards. Source: "How to use fixtures" and "How to parametrize" of pytest's docs.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Import, PathStep, Scope, ScopeKind
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    FunctionValue,
    Values,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_CLASS_BY_BUILTIN_FIXTURE: Final = {
    "cache": "pytest.Cache",
    "capfd": "pytest.CaptureFixture",
    "caplog": "pytest.LogCaptureFixture",
    "capsys": "pytest.CaptureFixture",
    "monkeypatch": "pytest.MonkeyPatch",
    "pytester": "pytest.Pytester",
    "recwarn": "pytest.WarningsRecorder",
    "request": "pytest.FixtureRequest",
    "tmp_path": "pathlib.Path",
    "tmp_path_factory": "pytest.TempPathFactory",
}


@dataclass(frozen=True, slots=True)
class Fixture:
    """A function that pytest calls for whoever asks by name."""

    file: PythonFile
    scope: Scope
    """Of the module or class that has it."""
    node: FunctionNode

    @property
    def name(self) -> str:
        """By which it is asked for."""
        return given_name(self.node) or self.node.name


class FixtureReader:
    """Answers for `Inference` what pytest passes to parameters."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference

    def parameter(self, file: PythonFile, function: Scope, name: str) -> Values | None:
        """Return what a parameter of a test or fixture is; None for other functions."""
        node = function.node
        if not isinstance(node, FunctionNode) or not takes_fixtures(file, function):
            return None
        given = list(self._parametrized(file, function, name))
        if given:
            return self._inference.union(given)
        fixture = self.asked(file, function, name)
        if fixture is not None:
            return self.result(fixture)
        builtin = _CLASS_BY_BUILTIN_FIXTURE.get(name)
        return UNKNOWN if builtin is None else frozenset((ForeignValue(builtin, is_instance=True),))

    def result(self, fixture: Fixture) -> Values:
        """Return what a fixture gives."""
        found = self._inference.returns.result(FunctionValue(fixture.file, fixture.node))
        if not _yields(fixture.node):
            return found
        return self._inference.each(
            found, lambda one: one.elements if isinstance(one, ContainerValue) else UNKNOWN
        )

    def asked(self, file: PythonFile, function: Scope, name: str) -> Fixture | None:
        """Return the fixture that a parameter of a test or fixture asks for."""
        if is_parametrized(function, name):
            return None
        found = (
            self._in_scope(where, scope, name) for where, scope in self._places(file, function)
        )
        # A fixture that asks for its own name means the one that it overrides.
        return next(
            (one for one in found if one is not None and one.node is not function.node), None
        )

    def _places(self, file: PythonFile, function: Scope) -> Iterator[tuple[PythonFile, Scope]]:
        owner = function.parent
        if owner is not None and isinstance(owner.node, ast.ClassDef):
            for of in self._inference.classes.line(ClassValue(file, owner.node)):
                yield of.file, of.scope
        yield file, file.names.module
        folder = file.path.rpartition("/")[0]
        while True:
            path = f"{folder}/conftest.py" if folder else "conftest.py"
            conftest = self._inference.project.modules.paths & {path}
            above = self._inference.project.file(path) if conftest else None
            if above is not None and above is not file:
                yield above, above.names.module
            if not folder:
                return
            folder = folder.rpartition("/")[0]

    def _in_scope(self, file: PythonFile, scope: Scope, name: str) -> Fixture | None:
        for site in scope.sites.get(name, ()):
            if site.imported is not None:
                found = self._imported(file, site.imported)
                if found is not None:
                    return found
        if name.encode() not in file.source.data:
            return None
        for sites in scope.sites.values():
            for site in sites:
                if isinstance(site.node, FunctionNode) and is_fixture(site.node):
                    fixture = Fixture(file, scope, site.node)
                    if fixture.name == name:
                        return fixture
        return None

    def _imported(self, file: PythonFile, imported: Import) -> Fixture | None:
        for value in self._inference.imported_values(file, imported):
            if isinstance(value, FunctionValue) and isinstance(value.node, FunctionNode):
                outer = value.scope.parent
                if is_fixture(value.node) and outer is not None:
                    return Fixture(value.file, outer, value.node)
        return None

    def request_param(self, file: PythonFile, scope: Scope, name: str) -> Values | None:
        """Return what `request.param` is in a fixture; None for anything else."""
        if name != "request":
            return None
        function = scope.lookup(name)
        node = function.node if function is not None else None
        if function is None or not isinstance(node, FunctionNode) or function.parent is None:
            return None
        for decorator in node.decorator_list if is_fixture(node) else ():
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "params":
                    return self._elements(file, function.parent, keyword.value)
        return None

    # parametrize

    def _parametrized(self, file: PythonFile, function: Scope, name: str) -> Iterator[Values]:
        for names, call, scope in _parametrizations(function):
            if name not in names or len(call.args) < 2:
                continue
            if any(keyword.arg == "indirect" for keyword in call.keywords):
                continue
            place = names.index(name) if len(names) > 1 else None
            yield self._elements(file, scope, call.args[1], place)

    def _elements(
        self, file: PythonFile, scope: Scope, node: ast.expr, place: int | None = None
    ) -> Values:
        """Return what the values of a parameter are, or those at one place of each."""
        inference = self._inference
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            path: tuple[PathStep, ...] = ("element",) if place is None else ("element", place)
            return inference.parts.unpacked(inference.values(file, scope, node), path)
        found: Values = NOTHING
        for element in node.elts:
            match element:
                case ast.Call(func=ast.Attribute(attr="param") | ast.Name(id="param"), args=args):
                    index = place or 0
                    one = inference.values(file, scope, args[index]) if index < len(args) else None
                    found |= one or UNKNOWN
                case _ if place is None:
                    found |= inference.values(file, scope, element)
                case _:
                    whole = inference.values(file, scope, element)
                    found |= inference.parts.unpacked(whole, (place,))
        return found or UNKNOWN


def takes_fixtures(file: PythonFile, function: Scope) -> bool:
    """Tell whether pytest calls a function: a test, or a fixture."""
    node, owner = function.node, function.parent
    if not isinstance(node, FunctionNode) or owner is None:
        return False
    if is_fixture(node):
        return True
    name = file.path.rpartition("/")[2]
    is_tests = name.startswith("test") or name.endswith(("_test.py", "_tests.py"))
    if not is_tests or not node.name.startswith("test") or owner.kind is ScopeKind.FUNCTION:
        return False
    return owner.kind is ScopeKind.MODULE or owner.name.startswith("Test")


def is_fixture(node: FunctionNode) -> bool:
    """Tell whether `@pytest.fixture` decorates a function."""
    return any(name.rpartition(".")[2] == "fixture" for name in decorator_names(node))


def given_name(node: FunctionNode) -> str:
    """Return the name in `@pytest.fixture(name="…")`; empty without one."""
    for decorator in node.decorator_list if is_fixture(node) else ():
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            match keyword:
                case ast.keyword(arg="name", value=ast.Constant(value=str(name))):
                    return name
    return ""


def parametrized_names(node: ast.expr) -> list[str]:
    """Return the names in the first argument of `parametrize`."""
    match node:
        case ast.Constant(value=str(text)):
            return [name.strip() for name in text.split(",")]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [
                one.value
                for one in elements
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
    return []


def is_parametrized(function: Scope, name: str) -> bool:
    """Tell whether `parametrize` gives a parameter its values, not a fixture."""
    return any(
        name in names and not any(keyword.arg == "indirect" for keyword in call.keywords)
        for names, call, _ in _parametrizations(function)
    )


def _parametrizations(function: Scope) -> Iterator[tuple[list[str], ast.Call, Scope]]:
    """Yield the names, the call and the scope of each `@pytest.mark.parametrize`."""
    for one in function.outwards():
        if one.parent is None or not isinstance(one.node, FunctionNode | ast.ClassDef):
            continue
        for decorator in one.node.decorator_list:
            match decorator:
                case ast.Call(func=ast.Attribute(attr="parametrize"), args=[first, *_]):
                    yield parametrized_names(first), decorator, one.parent


def _yields(node: FunctionNode) -> bool:
    return any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))
