"""References to a pytest fixture: the parameters that ask for it, and its name in strings."""

import ast
from collections.abc import Iterator

from nanobot_engine.python.fixture import (
    Fixture,
    FunctionNode,
    is_fixture,
    parametrized_names,
    takes_fixtures,
)
from nanobot_engine.python.inference import Inference
from nanobot_engine.python.name_references import NameReferences
from nanobot_engine.python.named_access import string_span, word_spans
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.scope import Scope, ScopeKind


class FixtureReferences:
    """Finds who asks for one fixture by its name."""

    def __init__(self, inference: Inference, fixture: Fixture) -> None:
        self._inference = inference
        self._fixture = fixture
        self._name = fixture.name

    def find(self) -> list[Reference]:
        """Return all references but the definition, in no particular order."""
        found: list[Reference] = []
        for file in self._inference.project.files_with(self._name):
            for scope in file.names.scope_by_node.values():
                if self._name in scope.sites and self._is_asked(file, scope):
                    symbol = Symbol(file, scope, self._name)
                    found += NameReferences(self._inference, symbol).find()
                    found += parametrized(file, scope, self._name)
            found += self._strings(file)
        return found

    def _is_asked(self, file: PythonFile, scope: Scope) -> bool:
        return takes_fixtures(file, scope) and self._is_ours(file, scope)

    def _is_ours(self, file: PythonFile, scope: Scope) -> bool:
        asked = self._inference.fixtures.asked(file, scope, self._name)
        return asked is not None and asked.node is self._fixture.node

    def _strings(self, file: PythonFile) -> Iterator[Reference]:
        """Yield `usefixtures("name")` and `request.getfixturevalue("name")`."""
        for call, scope in file.names.calls:
            match call.func:
                case ast.Attribute(attr="usefixtures" | "getfixturevalue"):
                    pass
                case _:
                    continue
            inside = next(
                (one for one in scope.outwards() if one.kind is ScopeKind.FUNCTION), scope
            )
            for argument in call.args:
                span = string_span(file, argument, self._name)
                if span is not None and self._is_ours(file, inside):
                    yield Reference(file, span, ReferenceKind.STRING, Certainty.SURE)


def fixture_of(symbol: Symbol) -> Fixture | None:
    """Return the fixture that a symbol names, None for anything else."""
    for site in symbol.scope.sites.get(symbol.name, ()):
        node = site.node
        if isinstance(node, FunctionNode) and is_fixture(node):
            found = Fixture(symbol.file, symbol.scope, node)
            # With `name="…"` nobody asks for the name of the function.
            return found if found.name == symbol.name else None
    return None


def parametrized(file: PythonFile, function: Scope, name: str) -> Iterator[Reference]:
    """Yield the name of a parameter in the `parametrize` of its function."""
    node = function.node
    for decorator in node.decorator_list if isinstance(node, FunctionNode) else ():
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[first, *_]):
                if name not in parametrized_names(first):
                    continue
                pattern = r"(?<![\w]){}(?![\w])"
                texts = first.elts if isinstance(first, ast.Tuple | ast.List) else [first]
                for text in texts:
                    if isinstance(text, ast.Constant) and name in parametrized_names(text):
                        for span in word_spans(file, text, name, pattern):
                            yield Reference(file, span, ReferenceKind.STRING, Certainty.SURE)
