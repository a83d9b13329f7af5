"""Whether a part of a refactoring can stand without the rest.

The hunks of a refactoring belong together: a renamed function and its calls, say. A part
of them is let through only when nothing shows that the files with it would not fit:

    parses, names, bytes kept   as for every change, see `change_gates`
    fits together               no code that stays refers to something that the part
                                defines in another way, and no code of the part to
                                something that only the rest would define

The last one goes by names and by the statements around each edit, so it may refuse what
would work; what it lets through has no such reference.
"""

import ast
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeAlias

from nanobot_engine.edit import EditError, EditPlan, FileEdit, TextEdit, apply_edits
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.source import SourceFile, source_from_bytes, split_lines
from nanobot_engine.process.change_gates import change_gates, listed
from nanobot_engine.process.errors import PartRefusedError
from nanobot_engine.process.hunk import Hunk, HunkKind, HunkState
from nanobot_engine.process.offer import Offer
from nanobot_engine.process.record import GateRun, GateVerdict
from nanobot_engine.process.refactor_plan import WorkspaceFiles
from nanobot_engine.refactor.change import ChangedFiles, changed_files
from nanobot_engine.refactor.codebase import Codebase
from nanobot_indexer import IndexerError, open_index

GATE: Final = "fits together"

_ROUNDS_MAX: Final = 5
"""So often hunks are added to a part before all of them are asked for."""

_WORD: Final = re.compile(r"\w+")
_PYTHON_SUFFIXES: Final = (".py", ".pyi")
_Shapes: TypeAlias = dict[str, Counter[str]]
"""How each name is defined, over several files."""


@dataclass(frozen=True, slots=True)
class _Problem:
    """Something that shows that a part does not fit."""

    text: str
    name: str
    path: str = ""
    edit: TextEdit | None = None
    """What was left out and belongs to the part, where one place says so."""


def _fits_together(part: EditPlan, problems: Sequence[_Problem]) -> GateRun:
    verdict = GateVerdict.REFUSED if problems else GateVerdict.PASSED
    texts = sorted({problem.text for problem in problems})
    return GateRun(GATE, verdict, listed(texts) or f"{len(part.files)} files")


def _asked(
    files: Mapping[str, bytes], whole: EditPlan, part: EditPlan
) -> tuple[Sequence[GateRun], list[_Problem]]:
    """Return what the gates of every change say, and what does not fit together."""
    before = Codebase(files)
    touched = _texts(files, whole)
    after_part = changed_files(files, part)
    runs = change_gates(before, after_part, _with_kept(whole, part))
    chosen = _edits_by_path(part)
    left = {
        path: [edit for edit in edits if edit not in chosen.get(path, ())]
        for path, edits in _edits_by_path(whole).items()
    }
    shapes_before = _shapes(touched, {})
    shapes_part = _shapes(_results(after_part, whole), _origins(part))
    shapes_whole = _shapes(_results(changed_files(files, whole), whole), _origins(whole))
    problems = [
        *_references(touched, left, _changed(shapes_before, shapes_part), "defined otherwise by"),
        *_new_references(touched, part, chosen, _changed(shapes_part, shapes_whole)),
    ]
    return runs, problems


def _with_kept(whole: EditPlan, part: EditPlan) -> EditPlan:
    """Add the files that only the whole changes, unchanged: gates look at them, too."""
    known = {path for file in part.files for path in file.touched_paths}
    kept = [
        FileEdit(file.path, file.base_sha256, ())
        for file in whole.files
        if not file.is_created and file.path not in known
    ]
    return EditPlan((*part.files, *kept))


def _texts(files: Mapping[str, bytes], plan: EditPlan) -> dict[str, bytes]:
    return {file.path: files[file.path] for file in plan.files if not file.is_created}


def _results(files: Mapping[str, bytes], plan: EditPlan) -> dict[str, bytes]:
    paths = {path for file in plan.files for path in file.touched_paths}
    return {path: files[path] for path in sorted(paths) if path in files}


def _edits_by_path(plan: EditPlan) -> dict[str, Sequence[TextEdit]]:
    return {file.path: file.edits for file in plan.files if not file.is_created}


def _origins(plan: EditPlan) -> dict[str, str]:
    """Return where moved files were, by where they are."""
    return {file.new_path: file.path for file in plan.files if file.new_path is not None}


def _shapes(texts: Mapping[str, bytes], origins: Mapping[str, str]) -> _Shapes:
    """Return how names are defined: functions with their parameters, classes, variables.

    Args:
        texts: The files.
        origins: Where files were that moved: what is in them is still the same.
    """
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, data in texts.items():
        source = _python(path, data)
        if source is None:
            continue
        for node in ast.walk(python_tree(source)):
            for name, shape in _definitions(node):
                # What moved to another file is another definition.
                found[name][f"{origins.get(path, path)} {shape}"] += 1
        found[_module_name(path)][path] += 1
    return dict(found)


def _module_name(path: str) -> str:
    return path.rsplit(".", 1)[0].removesuffix("/__init__").rsplit("/", 1)[-1]


def _definitions(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, f"def {ast.dump(node.args)}"
    elif isinstance(node, ast.ClassDef):
        yield node.name, "class"
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, "variable"
    elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield node.attr, "attribute"
    elif isinstance(node, ast.arg):
        yield node.arg, "parameter"


def _changed(before: _Shapes, after: _Shapes) -> frozenset[str]:
    """Return the names that are not defined alike."""
    return frozenset(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _references(
    texts: Mapping[str, bytes],
    edits_by_path: Mapping[str, Sequence[TextEdit]],
    names: frozenset[str],
    verb: str,
) -> Iterator[_Problem]:
    """Say which places refer to `names` in the statements that edits touch.

    Args:
        texts: The files that the edits count in.
        edits_by_path: The places.
        names: What to look for.
        verb: What happens to it.
    """
    for path, edits in edits_by_path.items():
        source = _python(path, texts[path]) if edits and names else None
        if source is None:
            continue
        statements = _Statements(source)
        for edit in edits:
            for name in sorted(statements.names_at(edit) & names):
                line = statements.line(edit.start_byte)
                text = f"{path}:{line}: refers to {name!r}, which is {verb} what was chosen"
                yield _Problem(text, name, path, edit)


def _new_references(
    texts: Mapping[str, bytes],
    part: EditPlan,
    chosen: Mapping[str, Sequence[TextEdit]],
    names: frozenset[str],
) -> Iterator[_Problem]:
    """Say which chosen edits bring references to what only the rest defines."""
    for file in part.files:
        if file.is_removed or not names:
            continue
        before = b"" if file.is_created else texts[file.path]
        source = _python(file.path, apply_edits(before, file.edits))
        if source is None:
            continue
        statements = _Statements(source)
        shift = 0
        for edit in file.edits if file.is_created else chosen[file.path]:
            start = edit.start_byte + shift
            shift += len(edit.new_text) - (edit.end_byte - edit.start_byte)
            now = TextEdit(start, start + len(edit.new_text), b"", edit.step_key, edit.label)
            for name in sorted(statements.names_at(now) & names):
                place = f"{file.path}:{statements.line(start)}"
                text = f"{place}: refers to {name!r}, which is left to what was not chosen"
                yield _Problem(text, name)


def part_refusal(
    root: Path | None, offer: Offer, wanted: Collection[Hunk]
) -> PartRefusedError | None:
    """Return why some hunks of a refactoring can not stand alone; None when they can.

    Args:
        root: The workspace: its index has the files that the change does not touch. Without
            it only the files of the change are looked at.
        offer: All hunks.
        wanted: Some of them, none of which is accepted; the accepted ones count as well.
    """
    ids = {hunk.hunk_id for hunk in wanted}
    left = [
        hunk
        for hunk in offer.hunks
        if hunk.state is not HunkState.ACCEPTED and hunk.hunk_id not in ids
    ]
    if not left or len(left) == len(offer.hunks):
        return None
    process_id = offer.planned.process_id
    with _other_files(root) as others:
        texts = {path: base.data for path, base in offer.planned.base_by_path.items()}
        created = {file.path for file in offer.planned.plan.files if file.is_created}
        files = ChangedFiles(others, created.intersection(others), texts)
        reason, more = _refusal(files, offer, wanted, left)
        if not reason:
            return None
        needed = _needed(files, offer, wanted, left=left, more=more)
    return PartRefusedError(process_id, reason, needed)


def _refusal(
    files: Mapping[str, bytes], offer: Offer, wanted: Collection[Hunk], left: Sequence[Hunk]
) -> tuple[str, list[Hunk]]:
    """Return why hunks can not stand alone, and which of those left out belong to them."""
    part = offer.result(wanted)
    if part.refused:
        return part.refused[0][1], []
    asked, problems = _asked(files, offer.planned.plan, part.review.plan)
    runs = (*asked, _fits_together(part.review.plan, problems))
    refused = [run for run in runs if run.verdict is GateVerdict.REFUSED]
    said = {word for run in refused for word in _WORD.findall(run.detail)}
    names = {problem.name for problem in problems if problem.edit is None}
    if not problems:
        names |= said
    places = {(problem.path, problem.edit) for problem in problems}
    placed = [hunk for hunk in left if any((hunk.path, edit) in places for edit in hunk.edits)]
    named = [hunk for hunk in left if names & _said_by(hunk, files.get(hunk.path, b""))]
    # Documents say the names, too, and nothing needs what they say.
    in_code = [hunk for hunk in named if hunk.path.endswith(_PYTHON_SUFFIXES)]
    more = list(dict.fromkeys([*placed, *(in_code or named)]))
    return "; ".join(f"{run.gate}: {run.detail}" for run in refused), more


def _said_by(hunk: Hunk, before: bytes) -> set[str]:
    """Return the words that a hunk brings or takes away."""
    texts = [edit.new_text for edit in hunk.edits]
    texts += [before[edit.start_byte : edit.end_byte] for edit in hunk.edits]
    if hunk.kind is not HunkKind.EDITED:
        texts += [path.encode(errors="replace") for path in (hunk.path, hunk.new_path) if path]
    if hunk.kind is HunkKind.REMOVED:
        texts.append(before)
    return {word for text in texts for word in _WORD.findall(text.decode(errors="replace"))}


def _needed(
    files: Mapping[str, bytes],
    offer: Offer,
    wanted: Collection[Hunk],
    *,
    left: Sequence[Hunk],
    more: Sequence[Hunk],
) -> list[str]:
    """Return hunks with which others can stand; none when only all of them can."""
    added: list[Hunk] = []
    for _ in range(_ROUNDS_MAX):
        added += more
        known = {hunk.hunk_id for hunk in added}
        rest = [hunk for hunk in left if hunk.hunk_id not in known]
        if not more or not rest:
            return []
        reason, more = _refusal(files, offer, [*wanted, *added], rest)
        if not reason:
            # What a file needs once comes by itself and can not be named.
            return [hunk.hunk_id for hunk in added if not hunk.is_shared]
    return []


@contextmanager
def _other_files(root: Path | None) -> Iterator[Mapping[str, bytes]]:
    """Give the files of the index, as far as there is one."""
    try:
        index = None if root is None else open_index(root)
    except IndexerError:
        index = None
    if index is None:
        yield {}
        return
    with index:
        yield WorkspaceFiles(index, {})


class _Statements:
    """The names in the statements of one file, without those of statements inside them."""

    def __init__(self, source: SourceFile) -> None:
        self._lines = split_lines(source.data)
        self._starts = [0, *accumulate(map(len, self._lines))]
        self._statements = [
            (*_line_span(node), _names(node))
            for node in ast.walk(python_tree(source))
            if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case)
        ]

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte."""
        return min(bisect_right(self._starts, offset), max(len(self._lines), 1))

    def names_at(self, edit: TextEdit) -> frozenset[str]:
        """Return the names of the statements that an edit touches: the innermost of each."""
        first = self.line(edit.start_byte)
        last = self.line(max(edit.start_byte, edit.end_byte - 1))
        if all(line.lstrip().startswith(b"#") for line in self._lines[first - 1 : last]):
            return frozenset()  # A comment on lines of its own.
        found: set[str] = set()
        for start, end, names in self._statements:
            if start <= last and first <= end:
                found |= names
        return frozenset(found)


def _line_span(node: ast.AST) -> tuple[int, int]:
    """Return the lines of a statement; of a compound one, those of its head."""
    body: list[ast.stmt] = getattr(node, "body", [])
    first = getattr(node, "lineno", body[0].lineno if body else 1)
    last = getattr(node, "end_lineno", first)
    if body:
        last = max(first, _first_line(body[0]) - 1)
    return min(first, _first_line(node, first)), last


def _first_line(node: ast.AST, default: int = 1) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([getattr(node, "lineno", default), *(one.lineno for one in decorators)])


def _names(node: ast.AST) -> frozenset[str]:
    """Return the names in a statement, without those of the statements inside it."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        one = todo.pop()
        match one:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
            case ast.alias(name=name):
                found.update(name.split("."))
            case ast.ImportFrom(module=str(module)):
                found.update(module.split("."))
            case _:
                pass
        todo += [
            child
            for child in ast.iter_child_nodes(one)
            if not isinstance(child, ast.stmt | ast.excepthandler | ast.match_case)
        ]
    return frozenset(found)


def _python(path: str, data: bytes) -> SourceFile | None:
    if not path.endswith(_PYTHON_SUFFIXES):
        return None
    try:
        source = source_from_bytes(path, data)
        python_tree(source)
    except EditError:
        return None
    return source
