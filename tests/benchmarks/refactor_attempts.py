"""Random refactorings of a package: what `bench_refactor` tries.

Each kind draws its arguments from what the package has: its modules, functions,
parameters, variables, calls. What is drawn may well be refused; that is a result, too.
"""

import ast
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from nanobot_engine.python import PythonFile, Scope, ScopeKind
from nanobot_engine.python.scope import Role, all_arguments
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.extract.extract_value import ExtractVariable
from nanobot_engine.refactor.extract.inline import InlineFunction, InlineVariable
from nanobot_engine.refactor.move.merge import MergeModules
from nanobot_engine.refactor.move.move import Move
from nanobot_engine.refactor.move.move_module import MoveModule
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_engine.refactor.rename.rename import Rename
from nanobot_engine.refactor.signature.parameter_order import MakeKeywordOnly, ReorderParameters
from nanobot_engine.refactor.signature.signature import AddParameter, RemoveParameter

_LEFT_OUT: Final = frozenset(
    {"test", "tests", "testing", "docs", "doc", "examples", "bench", "benchmarks", "fuzz"}
    | {"scripts", "profiling", "conftest.py", "setup.py", "noxfile.py"}
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Attempt:
    """One refactoring with its arguments."""

    refactoring: Refactoring
    arguments: Mapping[str, str]


class Attempts:
    """Draws attempts for one package."""

    def __init__(self, codebase: Codebase, *, seed: int, source_folder: str = "") -> None:
        """Read the package.

        Args:
            codebase: All its files.
            seed: Of the draws.
            source_folder: What lies beneath it is the package, what does not is its
                tests and tools; empty to tell by the names of folders.
        """
        self._codebase = codebase
        self._random = random.Random(seed)
        self._files = [
            file
            for file in codebase.project.files()
            if file.path.startswith(source_folder)
            and not _LEFT_OUT & set(PurePosixPath(file.path).parts)
            and file.path.endswith(".py")
        ]

    def draw(self, kind: str, count: int) -> list[Attempt]:
        """Return up to `count` different attempts of a kind of `KINDS`."""
        found = [Attempt(_REFACTORINGS[kind], one) for one in KINDS[kind](self)]
        self._random.shuffle(found)
        return found[:count]

    # What there is

    def _scopes(self, *kinds: ScopeKind) -> Iterator[tuple[PythonFile, Scope]]:
        for file in self._files:
            for scope in file.names.scope_by_node.values():
                if scope.kind in kinds and "<lambda>" not in scope.qualified_name:
                    yield file, scope

    def _functions(self) -> Iterator[tuple[str, _Function, bool]]:
        """Yield the symbol, the node and whether it is a method, of functions with a plain name."""
        for file, scope in self._scopes(ScopeKind.FUNCTION):
            node = scope.node
            if isinstance(node, _Function) and not _is_dunder(node.name) and scope.parent:
                is_method = scope.parent.kind is ScopeKind.CLASS
                yield f"{file.path}::{scope.qualified_name}", node, is_method

    def _top_names(self) -> Iterator[tuple[PythonFile, str]]:
        for file in self._files:
            for name, sites in file.names.module.sites.items():
                is_own = bool(sites) and all(site.imported is None for site in sites)
                if is_own and not _is_dunder(name):
                    yield file, name

    def _new_name(self, name: str) -> str:
        if name[:1].isupper():
            return f"Renamed{name}"
        return f"{'_' if name.startswith('_') else ''}renamed_{name.lstrip('_')}"

    # Kinds

    def renames(self) -> Iterator[dict[str, str]]:
        """Yield a renaming of every name, parameters and attributes included."""
        kinds = (ScopeKind.MODULE, ScopeKind.CLASS, ScopeKind.FUNCTION)
        for file, scope in self._scopes(*kinds):
            names = {n for n, sites in scope.sites.items() if not any(s.imported for s in sites)}
            if scope.kind is ScopeKind.CLASS:
                names |= {
                    name
                    for name, stored in file.names.stored.items()
                    if any(one.scope.parent is scope for one in stored)
                }
            for name in sorted(names):
                if _is_dunder(name) or name == "_":
                    continue
                outer = scope.qualified_name
                if scope.kind is ScopeKind.FUNCTION:
                    outer += ".<locals>"
                symbol = f"{file.path}::{outer}.{name}" if outer else f"{file.path}::{name}"
                yield {"symbol": symbol, "new_name": self._new_name(name)}

    def moves(self) -> Iterator[dict[str, str]]:
        """Yield moves of functions, classes and constants to another or a new module."""
        names = sorted(self._top_names(), key=lambda one: (one[0].path, one[1]))
        for file, name in names:
            folder = file.path.rpartition("/")[0]
            siblings = [one.path for one in self._files if one is not file]
            target = self._random.choice([*siblings, f"{folder}/new_module.py"])
            if self._random.random() < 0.4:
                target = f"{folder}/new_module.py"
            yield {"symbols": f"{file.path}::{name}", "target": target}

    def module_moves(self) -> Iterator[dict[str, str]]:
        """Yield other names and other places for every module."""
        for file in self._files:
            folder, _, name = file.path.rpartition("/")
            if name == "__init__.py":
                continue
            yield {"module": file.path, "target": f"{folder}/renamed_{name.lstrip('_')}"}
            yield {"module": file.path, "target": f"{folder}/new_package/{name}"}

    def merges(self) -> Iterator[dict[str, str]]:
        """Yield every pair of modules of one folder."""
        paths = [one.path for one in self._files if not one.path.endswith("__init__.py")]
        for path in paths:
            for target in paths:
                if path != target and path.rpartition("/")[0] == target.rpartition("/")[0]:
                    yield {"module": path, "target": target}

    def additions(self) -> Iterator[dict[str, str]]:
        """Yield a new parameter with a default for every function, passed by half of them."""
        for symbol, _, _ in self._functions():
            keyword_only = self._random.choice(["yes", "no"])
            value = self._random.choice(["", "None"])
            yield {
                "function": symbol,
                "parameter": "extra_option",
                "default": "None",
                "value": value,
                "keyword_only": keyword_only,
            }

    def removals(self) -> Iterator[dict[str, str]]:
        """Yield the parameters that their function does not use."""
        for file, scope in self._scopes(ScopeKind.FUNCTION):
            if not isinstance(scope.node, _Function) or _is_dunder(scope.node.name):
                continue
            used = {
                occurrence.name
                for occurrence in file.names.names
                if occurrence.role is not Role.PARAMETER and occurrence.bound() is scope
            }
            for argument in all_arguments(scope.node.args):
                if argument.arg not in {*used, "self", "cls"}:
                    symbol = f"{file.path}::{scope.qualified_name}"
                    yield {"function": symbol, "parameter": argument.arg}

    def reorders(self) -> Iterator[dict[str, str]]:
        """Yield the first two parameters swapped."""
        for symbol, node, is_method in self._functions():
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
            names = names[1:] if is_method else names
            if len(names) > 1:
                order = [names[1], names[0], *names[2:]]
                yield {"function": symbol, "order": ", ".join(order)}

    def keyword_onlys(self) -> Iterator[dict[str, str]]:
        """Yield the last positional parameter of every function."""
        for symbol, node, is_method in self._functions():
            names = [one.arg for one in node.args.args]
            if len(names) > is_method:
                yield {"function": symbol, "parameter": names[-1]}

    def inlined_variables(self) -> Iterator[dict[str, str]]:
        """Yield the variables that are bound once."""
        for file, scope in self._scopes(ScopeKind.FUNCTION, ScopeKind.MODULE):
            for name, sites in sorted(scope.sites.items()):
                if len(sites) != 1 or not isinstance(sites[0].node, ast.Name):
                    continue
                outer = f"{scope.qualified_name}.<locals>." if scope.name else ""
                yield {"symbol": f"{file.path}::{outer}{name}"}

    def inlined_functions(self) -> Iterator[dict[str, str]]:
        """Yield the functions that only return."""
        for symbol, node, _ in self._functions():
            if isinstance(node.body[-1], ast.Return) and len(node.body) <= 2:
                yield {"function": symbol}

    def extracted_variables(self) -> Iterator[dict[str, str]]:
        """Yield a part of every function."""
        for file, scope in self._scopes(ScopeKind.FUNCTION):
            if not isinstance(scope.node, _Function):
                continue
            parts = [
                one
                for statement in scope.node.body
                for one in ast.walk(statement)
                if isinstance(one, ast.Call | ast.Attribute | ast.BinOp | ast.Compare)
                and isinstance(getattr(one, "ctx", ast.Load()), ast.Load)
            ]
            if parts:
                part = self._random.choice(parts)
                yield {
                    "function": f"{file.path}::{scope.qualified_name}",
                    "expression": file.text(file.span(part)),
                    "new_name": "extracted_value",
                }


KINDS: Final[dict[str, Callable[[Attempts], Iterator[dict[str, str]]]]] = {
    "rename": Attempts.renames,
    "move": Attempts.moves,
    "move module": Attempts.module_moves,
    "merge modules": Attempts.merges,
    "add parameter": Attempts.additions,
    "remove parameter": Attempts.removals,
    "reorder parameters": Attempts.reorders,
    "make keyword only": Attempts.keyword_onlys,
    "inline variable": Attempts.inlined_variables,
    "inline function": Attempts.inlined_functions,
    "extract variable": Attempts.extracted_variables,
}
"""What can be drawn, by the name of the refactoring."""

_REFACTORINGS: Final[dict[str, Refactoring]] = {
    one.name: one
    for one in (
        Rename(),
        Move(),
        MoveModule(),
        MergeModules(),
        AddParameter(),
        RemoveParameter(),
        ReorderParameters(),
        MakeKeywordOnly(),
        InlineVariable(),
        InlineFunction(),
        ExtractVariable(),
    )
}


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
