"""Remove dead code: idle imports, private definitions nobody names, what can not be reached.

A private definition is dead when its name stands nowhere else in any file of the workspace,
not even in a text: what is looked up by name at run time is named somewhere. Public ones
are told and stay, because others may use them.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import Inference, PythonFile, Scope, Span, Symbol
from nanobot_engine.python.scope import Import, Role
from nanobot_engine.python.value import ClassValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.idle_import import idle_imports
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.statement import own_span, removals, whole_lines

_KINDS: Final = ("imports", "definitions", "unreachable")
_WORD: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_LEAVING: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class RemoveDeadCode:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "remove dead code"
    summary: Final = "Remove unused imports, unused private definitions and unreachable statements"
    parameters: Final = (
        Parameter(
            "kinds",
            ParameterKind.CHOICE,
            "what goes; everything without it",
            is_optional=True,
            choices=_KINDS,
            is_list=True,
        ),
        WHERE,
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        kinds = set(filter(None, arguments.get("kinds", "").split(","))) or set(_KINDS)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        words, left = _Words(codebase), LeftNotes()
        files = list(chosen_files(codebase, arguments))
        dead: dict[PythonFile, list[_Dead]] = {}
        if "definitions" in kinds:
            dead = _dead_definitions(codebase, words, files, builder)
        if "unreachable" in kinds:
            for file in files:
                dead.setdefault(file, []).extend(_unreachable(file))
        touched = [file for file in files if dead.get(file)]
        for file in touched:
            _remove(builder, file, dead[file])
        if "imports" in kinds:
            for file in files:
                _remove_imports(codebase, words, file, imports, left)
        imports.finish(touched)
        left.tell(builder)
        try:
            return builder.build("remove dead code")
        except UnsafeError as error:
            raise UnsafeError("; ".join(filter(None, [str(error), left.first()]))) from error


@dataclass(frozen=True, slots=True)
class _Dead:
    """A statement that goes."""

    node: ast.stmt
    block: list[ast.stmt]
    reason: str


class _Words:
    """How often each word stands in the workspace."""

    def __init__(self, codebase: Codebase) -> None:
        self._count: Counter[bytes] = Counter()
        self._text = codebase.data_by_path
        for data in codebase.data_by_path.values():
            self._count.update(_WORD.findall(data))

    def count(self, name: str) -> int:
        return self._count[name.encode()]

    def forget(self, data: bytes) -> None:
        """Take away the words of something that goes."""
        self._count.subtract(_WORD.findall(data))

    def stands(self, text: str) -> bool:
        """Tell whether a dotted name stands anywhere."""
        wanted = re.compile(re.escape(text.encode()) + rb"\b")
        return any(wanted.search(data) is not None for data in self._text.values())


# Imports


def _remove_imports(
    codebase: Codebase, words: _Words, file: PythonFile, imports: Imports, left: LeftNotes
) -> None:
    spoken_of: list[Import] = []
    for imported in idle_imports(file, spoken_of):
        if not _is_taken(codebase, words, file, imported):
            imports.of(file).remove(imported)
    for imported in spoken_of:
        reason = "only a doctest or the comment of a type uses it"
        left.add(file.path, imported.statement.lineno, reason, imported.bound)


def _is_taken(codebase: Codebase, words: _Words, file: PythonFile, imported: Import) -> bool:
    """Tell whether another file, or a text, takes an imported name from this module."""
    scope = next(scope for one, scope in file.names.imports if one is imported)
    if scope.parent is not None:
        return False
    module = codebase.project.modules.name_of(file.path)
    if words.stands(f"{module}.{imported.bound}") or words.stands(
        f"{module.rpartition('.')[2]}.{imported.bound}"
    ):
        return True
    symbol = Symbol(file, scope, imported.bound)
    found = codebase.references.find_bound(symbol).found
    return any(reference.file is not file for reference in found)


# Definitions


def _dead_definitions(
    codebase: Codebase, words: _Words, files: list[PythonFile], builder: ChangeBuilder
) -> dict[PythonFile, list[_Dead]]:
    """Find dead definitions until no more fall: one may have been the only user of another."""
    candidates = [
        (file, name, one)
        for file in files
        if file.path.endswith(".py")
        for name, one in _candidates(codebase.references.inference, file)
    ]
    found: dict[PythonFile, list[_Dead]] = {}
    is_more = True
    while is_more:
        is_more = False
        for entry in list(candidates):
            file, name, one = entry
            span = own_span(file, one.node)
            own = file.source.data[span.start_byte : span.end_byte]
            if words.count(name) > _WORD.findall(own).count(name.encode()):
                continue
            candidates.remove(entry)
            if not name.startswith("_"):
                if not is_test_module(file.path):
                    builder.note(file.path, one.node.lineno, f"nothing here names {name}")
                continue
            words.forget(own)
            found.setdefault(file, []).append(one)
            is_more = True
    return found


def _candidates(inference: Inference, file: PythonFile) -> Iterator[tuple[str, _Dead]]:
    """Yield the definitions of modules and classes that could go."""
    holders: list[ast.Module | ast.ClassDef] = [file.tree, *_classes(file)]
    for holder in holders:
        is_open = isinstance(holder, ast.ClassDef)
        for node in holder.body:
            name = _defined(node, is_in_class=is_open)
            if name is None or name.endswith("_") or name == "_" or len(name) < 3:
                continue
            if isinstance(holder, ast.ClassDef):
                of = ClassValue(file, holder)
                if not name.startswith("_") or inference.classes.may_inherit(of, name):
                    continue
                if holder.decorator_list or _is_looked_up(file, name):
                    continue
            if whole_lines(file, node) is not None and _is_bound_once(file, holder, name):
                yield name, _Dead(node, holder.body, f"nothing uses {name}")


def _classes(file: PythonFile) -> Iterator[ast.ClassDef]:
    for node in file.names.scope_by_node:
        if isinstance(node, ast.ClassDef):
            yield node


def _defined(node: ast.stmt, *, is_in_class: bool) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return None if node.decorator_list else name
        case ast.ClassDef(name=name) if not is_in_class:
            # A subclass may be found through its base.
            return None if node.decorator_list or node.bases or node.keywords else name
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not is_in_class:
            return None if any(isinstance(one, _ACTING) for one in ast.walk(value)) else name
    return None


def _is_bound_once(file: PythonFile, holder: ast.AST, name: str) -> bool:
    return len(file.names.scope_by_node[holder].sites.get(name, ())) == 1


def _is_looked_up(file: PythonFile, name: str) -> bool:
    """Tell whether a text of the file is a beginning of a name, as in `getattr(x, "_do_" + y)`."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Constant(value=str(text)) if len(text) > 1 and text.endswith("_"):
                if name.startswith(text):
                    return True
    return False


# What can not be reached


def _unreachable(file: PythonFile) -> Iterator[_Dead]:
    """Yield the statements that follow one that always leaves."""
    for parent in ast.walk(file.tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if not isinstance(block, list):
                continue
            last = next((i for i, one in enumerate(block) if isinstance(one, _LEAVING)), None)
            rest = block[last + 1 :] if last is not None else []
            if rest and _can_go(file, rest):
                for node in rest:
                    yield _Dead(node, block, "it can not be reached")


def _can_go(file: PythonFile, nodes: list[ast.stmt]) -> bool:
    """Tell whether statements mean nothing where they stand, not even for names."""
    if any(
        isinstance(one, ast.Yield | ast.YieldFrom | ast.Await | ast.Global | ast.Nonlocal)
        for node in nodes
        for one in ast.walk(node)
    ):
        # A `yield` makes a generator, even where it is never reached.
        return False
    if any(whole_lines(file, node) is None for node in nodes):
        return False
    spans = [own_span(file, node) for node in nodes]
    for occurrence in file.names.names:
        if not _is_in(occurrence.span, spans) or occurrence.role is Role.LOAD:
            continue
        bound = occurrence.bound()
        # A name that is set there only would stop being local.
        if bound is not None and _is_used_outside(file, bound, occurrence.name, spans):
            sites = bound.sites.get(occurrence.name, ())
            if all(_is_in(site.span, spans) for site in sites):
                return False
    return True


def _is_used_outside(file: PythonFile, bound: Scope, name: str, spans: list[Span]) -> bool:
    return any(
        o.name == name and o.bound() is bound and not _is_in(o.span, spans)
        for o in file.names.names
    )


def _is_in(span: Span, outer: list[Span]) -> bool:
    return any(one.start_byte <= span.start_byte and span.end_byte <= one.end_byte for one in outer)


# The edits


def _remove(builder: ChangeBuilder, file: PythonFile, dead: list[_Dead]) -> None:
    """Remove statements, block by block; a block that loses all keeps a `pass`."""
    gone = [own_span(file, one.node) for one in dead]
    blocks: dict[int, list[_Dead]] = {}
    for one in dead:
        own = own_span(file, one.node)
        is_inside = any(other != own and _is_in(own, [other]) for other in gone)
        if not is_inside:
            blocks.setdefault(id(one.block), []).append(one)
    for group in blocks.values():
        nodes = list(dict.fromkeys(one.node for one in group))
        reason = "; ".join(dict.fromkeys(one.reason for one in group))
        is_module = group[0].block is file.tree.body
        if len(nodes) == len(group[0].block) and not is_module:
            start = own_span(file, nodes[0]).start_byte
            end = own_span(file, nodes[-1]).end_byte
            builder.replace(file, Span(start, end), "pass", reason)
            continue
        spans = removals(file, nodes)
        if not spans:
            raise UnsafeError(f"{file.path}:{nodes[0].lineno}: shares its line; split it first")
        for span in spans:
            builder.replace(file, span, "", reason)
