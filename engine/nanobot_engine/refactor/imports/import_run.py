"""Whether modules can still be imported: which runs when, and what is there by then.

Python runs a module once, from top to bottom, when it is first imported. Where modules
import each other, one is only half run when another takes a name from it: what stands above
the import is there, the rest is not. So the imports are gone through in the order in which
Python would run them, from each module that changed. Nothing is run.

Source: "The import system" of the language reference.
"""

import ast
from collections.abc import Iterable, Iterator

from nanobot_engine.python import Inference, PythonFile
from nanobot_engine.python.scope import AttributeOccurrence, Import, ScopeKind
from nanobot_engine.python.value import ModuleValue
from nanobot_engine.refactor.imports.import_cycle import ImportGraph
from nanobot_engine.refactor.source.evaluation import has_postponed_annotations


def broken_imports(was: Inference, now: Inference, changed: Iterable[str]) -> list[str]:
    """Return what a module takes from one that is only half run, and did not before.

    Args:
        was: Of the project before.
        now: Of the project after.
        changed: The paths of changed and new files, as they are now.
    """
    found: dict[str, None] = {}
    graph = ImportGraph(now.project, has_packages=True)
    # Only in a circle is a module half run when another needs it; any of it may come first.
    starts: dict[str, None] = {}
    for path in sorted(changed):
        is_there = path in now.project.modules.paths
        ways = [graph.way(one, path) for one in sorted(graph.of(path))] if is_there else []
        starts |= dict.fromkeys(one for way in ways for one in way)
    for path in starts:
        problem = _Run(now).problem(path)
        is_new = path not in was.project.modules.paths or not _Run(was).problem(path)
        if problem and is_new:
            found[problem] = None
    return list(found)


class _Run:
    """One run of imports, from one module."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._project = inference.project
        self._position: dict[str, int | None] = {}
        """Up to which byte a module was run; None for one that was run to its end."""

    def problem(self, path: str) -> str:
        """Return the first thing that is missing; empty when all can be imported."""
        return next(self._run(path), "")

    def _run(self, path: str) -> Iterator[str]:
        file = self._project.file(path) if path not in self._position else None
        if file is None:
            return
        yield from self._packages(path)
        if path in self._position:
            return
        self._position[path] = 0
        imports: dict[ast.AST, list[Import]] = {}
        for imported, _ in file.names.imports:
            imports.setdefault(imported.statement, []).append(imported)
        uses = self._uses(file)
        for statement, is_tried in _running(file.tree.body):
            self._position[path] = file.span(statement).start_byte
            missing = self._missing(file, imports.get(statement, []), uses, statement)
            if not is_tried:
                yield from missing
            else:
                list(missing)
        self._position[path] = None

    def _packages(self, path: str) -> Iterator[str]:
        """Run the packages that a module is in, the outer ones first."""
        folders = path.split("/")[:-1]
        for count in range(1, len(folders) + 1):
            init = "/".join([*folders[:count], "__init__.py"])
            if init != path and init in self._project.modules.paths:
                yield from self._run(init)

    def _missing(
        self,
        file: PythonFile,
        imports: Iterable[Import],
        uses: Iterable[AttributeOccurrence],
        statement: ast.stmt,
    ) -> Iterator[str]:
        modules = self._project.modules
        for imported in imports:
            if imported.name is None:
                target = modules.path_of(imported.module, importer=file.path)
            else:
                target = modules.resolve(file.path, level=imported.level, module=imported.module)
            if target is None:
                continue
            yield from self._run(target)
            if imported.name is None or imported.name == "*":
                continue
            inside = modules.submodule(target, imported.name)
            if inside is not None and not self._binds(target, imported.name):
                yield from self._run(inside)
            elif not self._has(target, imported.name):
                yield (
                    f"{file.path}:{statement.lineno}: takes {imported.name!r} from {target}, "
                    "which imports it before that is there"
                )
        span = file.span(statement)
        for one in uses:
            if span.start_byte <= one.span.start_byte < span.end_byte:
                yield from self._absent(file, one)

    def _absent(self, file: PythonFile, use: AttributeOccurrence) -> Iterator[str]:
        """Yield an attribute of a module that is not there yet."""
        submodule = self._project.modules.submodule
        for value in self._inference.values(file, use.scope, use.value):
            if not isinstance(value, ModuleValue) or self._has(value.file.path, use.name):
                continue
            if submodule(value.file.path, use.name) is None:
                yield (
                    f"{file.path}:{file.line(use.span.start_byte)}: uses {use.name!r} of "
                    f"{value.file.path}, which imports it before that is there"
                )

    def _uses(self, file: PythonFile) -> list[AttributeOccurrence]:
        """Return the attributes that are looked up when a module is imported."""
        text = [file.span(node) for node in _kept_as_text(file)]
        return [
            one
            for one in file.names.attributes
            if isinstance(one.value, ast.Name | ast.Attribute)
            and not one.is_store
            and all(scope.kind is not ScopeKind.FUNCTION for scope in one.scope.outwards())
            and not any(span.start_byte <= one.span.start_byte < span.end_byte for span in text)
        ]

    def _binds(self, path: str, name: str) -> bool:
        """Tell whether a package has a name by itself, so that it is no module of it."""
        file = self._project.file(path)
        sites = file.names.module.sites.get(name, ()) if file is not None else ()
        return any(site.imported is None or site.imported.name != name for site in sites)

    def _has(self, path: str, name: str) -> bool:
        """Tell whether a module has a name by now; what it never has is no matter of order."""
        position = self._position.get(path)
        file = self._project.file(path)
        if position is None or file is None:
            return True
        sites = file.names.module.sites.get(name, ())
        if any(site.span.start_byte < position for site in sites):
            return True
        stars = [
            imported
            for imported, _ in file.names.imports
            if imported.name == "*" and file.span(imported.statement).start_byte < position
        ]
        return bool(stars) or not sites


def _kept_as_text(file: PythonFile) -> Iterator[ast.expr]:
    """Yield what names things and is not evaluated: postponed and quoted annotations."""
    is_postponed = has_postponed_annotations(file.tree)
    for annotation in _annotations(file.tree):
        for node in [annotation] if is_postponed else ast.walk(annotation):
            # What is quoted stands in the tree as what it says.
            if isinstance(node, ast.expr) and (
                is_postponed
                or file.source.data[: file.span(node).start_byte].endswith((b"'", b'"'))
            ):
                yield node


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
                yield found
            case ast.FunctionDef(returns=ast.expr() as found):
                yield found
            case ast.AsyncFunctionDef(returns=ast.expr() as found):
                yield found


def _running(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements that run when a module is imported, and whether in a `try`.

    Blocks are taken apart: what is yielded has no block of its own, but for definitions.
    """
    stack = [(one, False) for one in reversed(list(body))]
    while stack:
        node, is_tried = stack.pop()
        inner: list[ast.stmt] = []
        match node:
            case ast.If(
                test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"),
                orelse=orelse,
            ):
                inner = orelse
            case ast.If() | ast.For() | ast.While():
                inner = [*node.body, *node.orelse]
            case ast.With():
                inner = node.body
            case ast.Try() | ast.TryStar():
                stack += [(one, is_tried) for one in reversed([*node.orelse, *node.finalbody])]
                is_tried = is_tried or bool(node.handlers)
                inner = node.body
            case _:
                yield node, is_tried
        stack += [(one, is_tried) for one in reversed(inner)]
