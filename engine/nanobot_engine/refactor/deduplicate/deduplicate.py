"""Functions that are there twice: one stays, the others become it.

Duplicates are found by shape: the same parameters and the same body, whatever the locals are
called, where every name means the same. Functions that differ only in literals, or in names
of their module, call one helper that gets these as parameters. A method goes when it says what the
one it overrides says. What only looks alike is told.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nanobot_engine.edit import EditPlan
from nanobot_engine.edit.python_names import is_public_module, is_test_module
from nanobot_engine.python import Certainty, PythonFile, ReferenceKind, Scope, Symbol
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.scope import ScopeKind
from nanobot_engine.refactor.change import Change, ChangeBuilder, Note
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.deduplicate.alike import alike_notes
from nanobot_engine.refactor.deduplicate.duplicate_method import TITLE, inherited, merged_in_class
from nanobot_engine.refactor.deduplicate.function_shape import (
    FunctionNode,
    FunctionShape,
    function_shape,
)
from nanobot_engine.refactor.deduplicate.shared_helper import share
from nanobot_engine.refactor.errors import ArgumentError, RefactorError, UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_cycle import refuse_new_cycles
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.imports.module_path import import_name
from nanobot_engine.refactor.imports.required_module import required_modules
from nanobot_engine.refactor.left_note import LeftNotes
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.sequence import plan_between
from nanobot_engine.refactor.source.statement import own_span, removal

_ROUNDS_MAX: Final = 60
_TOKENS_MIN: Final = 24
"""Of a body; smaller ones are alike by chance."""
_TOKENS_SHARED_MIN: Final = 60
_LINES_SHARED_MIN: Final = 5
"""A helper and its calls must be less than what they replace."""


class Deduplicate:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "deduplicate"
    summary: Final = "Merge functions that are the same or differ in a few literals"
    parameters: Final = (
        WHERE,
        Parameter(
            "function",
            ParameterKind.SYMBOL,
            "only this function and its duplicates",
            is_optional=True,
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        asked = _asked(arguments)
        if asked is not None and codebase.references.symbol(*asked) is None:
            raise ArgumentError(f"{'::'.join(asked)}: there is no such function; search for it")
        current, data = codebase, codebase.data_by_path
        refused: dict[frozenset[tuple[str, str]], str] = {}
        changes: list[Change] = []
        left = LeftNotes()
        shapes = _shapes(current, arguments)
        for _ in range(_ROUNDS_MAX):
            change = _round(current, shapes, asked, refused, left)
            if change is None:
                break
            changes.append(change)
            data = change.applied(data)
            current = Codebase(data)
            # Functions that call the merged ones may have become the same.
            shapes = _shapes(current, arguments)
        alike = alike_notes(shapes, asked)
        if not changes:
            raise UnsafeError(_nothing(left, alike))
        plan = changes[0].plan
        if len(changes) > 1:
            plan = plan_between(codebase.data_by_path, data, {}, TITLE)
        made = [note for change in changes for note in change.notes]
        return Change(TITLE, plan, (), (*made, *left.notes(), *alike))


def _nothing(left: LeftNotes, alike: Sequence[Note]) -> str:
    first = left.first()
    message = "no function is there twice"
    if first:
        message = f"no function can certainly be merged; {first}"
    told = "; ".join(f"{note.path}:{note.line}: {note.text}" for note in alike[:3])
    return f"{message}; {told}" if told else message


def _asked(arguments: Mapping[str, str]) -> tuple[str, str] | None:
    written = arguments.get("function", "")
    path, _, name = written.partition("::")
    return (path, name) if written else None


def _round(
    codebase: Codebase,
    shapes: Sequence[FunctionShape],
    asked: tuple[str, str] | None,
    refused: dict[frozenset[tuple[str, str]], str],
    left: LeftNotes,
) -> Change | None:
    """Merge all groups of duplicates that have no file in common; None when there is none."""
    taken: set[str] = set()
    changes: list[Change] = []
    for is_exact, group in _groups(shapes):
        keys = frozenset(_key(one) for one in group)
        if keys in refused or (asked is not None and asked not in keys):
            continue
        paths = {one.file.path for one in group}
        if paths & taken:
            # In the next round.
            continue
        try:
            change = _merged(codebase, group) if is_exact else _shared(codebase, group)
        except RefactorError as error:
            refused[keys] = str(error)
            _leave(left, group, is_exact=is_exact, reason=str(error))
            continue
        paths |= {one.path for one in change.plan.files}
        if not paths & taken:
            taken |= paths
            changes.append(change)
    files = sorted((one for each in changes for one in each.plan.files), key=lambda one: one.path)
    notes = tuple(note for each in changes for note in each.notes)
    return Change(TITLE, EditPlan(tuple(files)), (), notes) if changes else None


def _leave(left: LeftNotes, group: Sequence[FunctionShape], *, is_exact: bool, reason: str) -> None:
    first, *rest = group
    others = ", ".join(f"{one.file.path}:{one.node.lineno}" for one in rest)
    word = "the same as" if is_exact else "nearly the same as"
    name = first.scope.qualified_name
    left.add(first.file.path, first.node.lineno, f"is {word} {others}, but {reason}", name)


def _key(shape: FunctionShape) -> tuple[str, str]:
    return shape.file.path, shape.scope.qualified_name


def _shapes(codebase: Codebase, arguments: Mapping[str, str]) -> list[FunctionShape]:
    """Return the functions of modules and classes that may be compared."""
    found = []
    for file in chosen_files(codebase, arguments):
        if not file.path.endswith(".py"):
            continue
        for node in _functions(file):
            shape = function_shape(codebase, file, node)
            if shape is not None and len(shape.tokens) >= _TOKENS_MIN:
                found.append(shape)
    return found


def _functions(file: PythonFile) -> Iterator[FunctionNode]:
    is_test = is_test_module(file.path)
    for node, scope in file.names.scope_by_node.items():
        outer = scope.parent
        if not isinstance(node, FunctionNode) or outer is None:
            continue
        is_plain = node in getattr(outer.node, "body", [])
        is_known = decorator_names(node) <= {"staticmethod", "classmethod"}
        is_called_by_name = is_test and node.name.startswith("test")
        is_known = is_known and len(decorator_names(node)) == len(node.decorator_list)
        is_only = len(outer.sites.get(node.name, ())) == 1 and not is_called_by_name
        is_here = outer.kind in {ScopeKind.MODULE, ScopeKind.CLASS} and is_plain
        if is_here and is_known and is_only:
            yield node


def _groups(shapes: Sequence[FunctionShape]) -> Iterator[tuple[bool, list[FunctionShape]]]:
    """Yield duplicates, then functions that differ in slots only."""
    exact: dict[object, list[FunctionShape]] = {}
    near: dict[object, list[FunctionShape]] = {}
    for one in shapes:
        kind = tuple(sorted(decorator_names(one.node)))
        exact.setdefault((kind, one.signature, one.tokens), []).append(one)
        is_long = len(one.tokens) >= _TOKENS_SHARED_MIN and one.line_count >= _LINES_SHARED_MIN
        if is_long and one.owner is None:
            near.setdefault((_parameters(one), one.outline), []).append(one)
    for group in exact.values():
        yield from ((True, part) for part in _related(group))
    for group in near.values():
        by_file: dict[str, list[FunctionShape]] = {}
        for one in group:
            by_file.setdefault(one.file.path, []).append(one)
        # Those of one module first: what they share stays in it.
        inside = [some for some in by_file.values() if len(some) > 1]
        for some in inside or [group]:
            if len({one.tokens for one in some}) == len(some) > 1:
                yield False, some


def _parameters(shape: FunctionShape) -> tuple[object, ...]:
    """Return the parameters without their defaults, and what the function gives."""
    arguments, returns = shape.node.args, shape.node.returns
    listed = [arguments.posonlyargs, arguments.args, arguments.kwonlyargs]
    single = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return (
        *(tuple(map(ast.unparse, some)) for some in (*listed, single)),
        ast.unparse(returns) if returns is not None else "",
    )


def _related(group: list[FunctionShape]) -> Iterator[list[FunctionShape]]:
    """Split equal functions into those of modules, and those of one class or line of classes."""
    plain = [one for one in group if one.owner is None]
    if len(plain) > 1:
        yield plain
    methods = [one for one in group if one.owner is not None]
    by_class: dict[Scope, list[FunctionShape]] = {}
    for one in methods:
        owner = one.owner
        assert owner is not None, "it was looked at"
        by_class.setdefault(owner, []).append(one)
    yield from (found for found in by_class.values() if len(found) > 1)
    for index, one in enumerate(methods):
        for other in methods[index + 1 :]:
            if one.node.name == other.node.name and one.owner is not other.owner:
                yield [one, other]


# Duplicates


def _merged(codebase: Codebase, group: list[FunctionShape]) -> Change:
    """Let one of several equal functions stand for all.

    Raises:
        RefactorError: That would change something.
    """
    for one in group:
        _check_defaults(one)
    if group[0].owner is None:
        return _merged_functions(codebase, group)
    if group[0].owner is group[1].owner:
        return merged_in_class(codebase, group)
    return inherited(codebase, group[0], group[1])


def _check_defaults(shape: FunctionShape) -> None:
    """Refuse defaults that keep a state of their own."""
    arguments = shape.node.args
    for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
        for node in ast.walk(default):
            if not isinstance(
                node,
                ast.Constant | ast.UnaryOp | ast.USub | ast.Tuple | ast.expr_context,
            ):
                raise UnsafeError(
                    f"the default {ast.unparse(default)} may be another object in each"
                )
    if any(
        isinstance(one, ast.Attribute) and _is_itself(shape, one) for one in ast.walk(shape.node)
    ):
        raise UnsafeError("it keeps values on itself")


def _is_itself(shape: FunctionShape, node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == shape.node.name


def _merged_functions(codebase: Codebase, group: list[FunctionShape]) -> Change:
    """Keep the best one that at least one of the others can be."""
    reasons = []
    for keeper in sorted(group, key=_preference):
        able = []
        for other in group:
            try:
                if other is not keeper and _kept(codebase, keeper, [other]):
                    able.append(other)
            except RefactorError as error:
                reasons.append(str(error))
        if able:
            return _kept(codebase, keeper, able)
    raise UnsafeError(reasons[0])


def _preference(shape: FunctionShape) -> tuple[bool, bool, int, int]:
    """Sort the one first that should stay: in no test, public, in the widest module."""
    is_private = shape.node.name.startswith("_") or not is_public_module(shape.file.path)
    depth = shape.file.path.count("/")
    return is_test_module(shape.file.path), is_private, depth, shape.node.lineno


def _kept(codebase: Codebase, keeper: FunctionShape, others: list[FunctionShape]) -> Change:
    """Keep one function, and let the others be it."""
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    imports = Imports(codebase, builder)
    touched = []
    for other in others:
        if other.file is keeper.file:
            _use_instead(codebase, builder, keeper, other)
        else:
            _import_instead(codebase, builder, imports, keeper, other)
        touched.append(other.file)
    imports.finish(touched)
    change = builder.build(TITLE)
    after = Codebase(change.applied(codebase.data_by_path))
    refuse_new_cycles(codebase.project, after.project, [one.path for one in change.plan.files])
    return change


def _use_instead(
    codebase: Codebase, builder: ChangeBuilder, keeper: FunctionShape, other: FunctionShape
) -> None:
    """Let a function of the same module be the one that stays."""
    file, old, new = other.file, other.node.name, keeper.node.name
    if keeper.node.lineno > other.node.lineno:
        raise UnsafeError(f"{new} is defined after it")
    reason = f"{old} does what {new} does"
    symbol = Symbol(file, file.names.module, old)
    found = codebase.references.find(symbol).found
    uses = [one for one in found if one.kind is not ReferenceKind.DEFINITION]
    is_own = old.startswith("_") and all(
        one.file is file and one.kind is ReferenceKind.NAME and one.certainty is Certainty.SURE
        for one in uses
    )
    is_clear = all(_sees(file, keeper, one.span.start_byte) for one in uses if one.file is file)
    span = removal(file, other.node)
    if is_own and is_clear and span is not None and not _is_spoken(codebase, file, old):
        for one in uses:
            builder.replace(file, one.span, new, reason)
        builder.replace(file, span, "", reason)
        return
    builder.replace(file, own_span(file, other.node), f"{old} = {new}", reason)


def _sees(file: PythonFile, keeper: FunctionShape, start: int) -> bool:
    """Tell whether the name of a function means it at a place of its module."""
    for one in file.names.names:
        if one.span.start_byte == start:
            return one.scope.lookup(keeper.node.name) is file.names.module
    return False


def _is_spoken(codebase: Codebase, file: PythonFile, name: str) -> bool:
    """Tell whether a text names a function of a module by its path."""
    module = codebase.project.modules.name_of(file.path).rpartition(".")[2]
    wanted = re.compile(re.escape(f"{module}.{name}".encode()) + rb"\b")
    return any(wanted.search(data) for data in codebase.data_by_path.values())


def _import_instead(
    codebase: Codebase,
    builder: ChangeBuilder,
    imports: Imports,
    keeper: FunctionShape,
    other: FunctionShape,
) -> None:
    """Let a function of another module be the one that stays."""
    file, old, new = other.file, other.node.name, keeper.node.name
    modules = codebase.project.modules
    _check_apart(codebase, keeper, other)
    if new.startswith("_"):
        if keeper.file.path.rpartition("/")[0] != file.path.rpartition("/")[0]:
            raise UnsafeError(f"{new} is private to {keeper.file.path}; make it public first")
        text = f"{old} is now the private {new} of {keeper.file.path}, which could be public"
        builder.note(file.path, other.node.lineno, text)
    span = removal(file, other.node)
    if span is None:
        raise UnsafeError(f"{file.path}:{other.node.lineno}: shares its line")
    reason = f"{old} is the {new} of {keeper.file.path}"
    found = codebase.references.find(Symbol(file, file.names.module, old)).found
    uses = [one for one in found if one.kind is not ReferenceKind.DEFINITION]
    is_hidden = old.startswith("_") or is_test_module(file.path)
    if not uses and is_hidden and not _is_spoken(codebase, file, old):
        builder.replace(file, span, "", reason)
        return
    is_used_here = any(one.file is file for one in uses)
    like = next((one for one, _ in file.names.imports if one.level > 0), None)
    module = import_name(modules, file.path, keeper.file.path, like=like)
    if old == new:
        # `import a as a` says that it is there for others.
        builder.replace(file, span, "", reason)
        imports.of(file).add(NewImport(module, new, None if is_used_here else new))
    elif is_used_here:
        builder.replace(file, span, "", reason)
        imports.of(file).add(NewImport(module, new, old))
    else:
        if any(one.name == new for one in file.names.names):
            raise UnsafeError(f"{new} means something else in {file.path}")
        builder.replace(file, own_span(file, other.node), f"{old} = {new}", reason)
        imports.of(file).add(NewImport(module, new))


def _check_apart(codebase: Codebase, keeper: FunctionShape, other: FunctionShape) -> None:
    """Refuse modules that can not, or should not, import from each other."""
    mine, theirs = keeper.file.path, other.file.path
    modules = codebase.project.modules
    top = {modules.name_of(one).partition(".")[0] for one in (mine, theirs)}
    is_flat = mine.rpartition("/")[0] == theirs.rpartition("/")[0]
    is_package = "." in modules.name_of(mine) and "." in modules.name_of(theirs)
    if is_test_module(mine):
        raise UnsafeError("tests should not import each other; move it to a module of its own")
    if not (len(top) == 1 and is_package) and not is_flat and not is_test_module(theirs):
        raise UnsafeError("the modules are of different packages")
    new = required_modules(codebase, keeper.file) - required_modules(codebase, other.file)
    if new:
        raise UnsafeError(f"{theirs} would need {', '.join(sorted(new))} then")
    for one in (keeper, other):
        _check_patches(codebase, one)


def _check_patches(codebase: Codebase, shape: FunctionShape) -> None:
    """Refuse where a test puts something else into the module of a function."""
    module = codebase.project.modules.name_of(shape.file.path)
    last = module.rpartition(".")[2]
    for name in shape.free_names:
        named = re.escape(name.encode())
        patched = re.compile(
            rb"\b" + re.escape(module.encode()) + rb"\." + named + rb"\b[^\r\n]*[\"']"
            rb"|setattr\(\s*[\w.]*\b" + re.escape(last.encode()) + rb",\s*[\"']" + named + rb"[\"']"
        )
        for path, data in codebase.data_by_path.items():
            if is_test_module(path) and patched.search(data):
                raise UnsafeError(f"{path} replaces {name} in {shape.file.path}")


# Near duplicates


def _shared(codebase: Codebase, group: list[FunctionShape]) -> Change:
    """Let functions that differ in slots call one helper, in the module that fits best.

    Raises:
        RefactorError: They can not share a body, or not across their modules.
    """
    if all(one.file is group[0].file for one in group):
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        imports = Imports(codebase, builder)
        share(builder, imports, group)
        imports.finish([])
        return builder.build(TITLE)
    reasons = []
    for keeper in sorted(group, key=_preference):
        try:
            return _shared_from(codebase, keeper, [one for one in group if one is not keeper])
        except RefactorError as error:
            reasons.append(str(error))
    raise UnsafeError(reasons[0])


def _shared_from(codebase: Codebase, keeper: FunctionShape, others: list[FunctionShape]) -> Change:
    """Put the helper into the module of one function, from which the others import it."""
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    imports = Imports(codebase, builder)
    folder = keeper.file.path.rpartition("/")[0]
    for one in others:
        _check_apart(codebase, keeper, one)
        if one.file.path.rpartition("/")[0] != folder:
            raise UnsafeError("their modules are in different folders")
    helper = share(builder, imports, [keeper, *others])
    for one in others:
        like = next((i for i, _ in one.file.names.imports if i.level > 0), None)
        modules = codebase.project.modules
        module = import_name(modules, one.file.path, keeper.file.path, like=like)
        imports.of(one.file).add(NewImport(module, helper))
    imports.finish([one.file for one in others])
    change = builder.build(TITLE)
    after = Codebase(change.applied(codebase.data_by_path))
    refuse_new_cycles(codebase.project, after.project, [one.path for one in change.plan.files])
    return change
