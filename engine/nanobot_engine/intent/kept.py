"""What a sentence wants to stay as it is: "but leave `f` alone", "`from a import b` must work".

Such words are taken out before the sentence is read. Then the change that was understood is
computed, and counts only where it leaves alone what was named: a program can look at that.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.names.symbol_table import ATTRIBUTE, LOCAL, PARAMETER, Entry, SymbolTable
from nanobot_engine.intent.plan import Plan
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import RefactorError
from nanobot_engine.refactor.lost_name import has_name
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_engine.refactor.sequence import planned_in_turn

# Bounded, so that a sentence of commas takes no longer than another one.
_GAP: Final = (
    r"(?:^|[\s,;.:(\u2013]{1,8})(?:(?:but|and|so|please|also|while|though|just|then) ){0,4}"
)
_IMPORT: Final = (
    r"(?P<tick>[`\"']?)(?P<import>(?:from [\w.]+ )?import \w[\w.]*(?:, ?\w+)*)(?P=tick)"
)
_KIND: Final = r"(?:function|method|class|constant|variable|helper|module|file|package|folder)s?"
_ONE: Final = r"(?:`[\w./]+(?:\(\))?`|\w[\w./]*[\w/](?:\(\))?)"
_NAMES: Final = (
    rf"(?:the |this |our )?(?:other )?(?:{_KIND} )?"
    rf"(?P<names>{_ONE}(?:(?:,? and |,? or |, ){_ONE})*)"
    rf"(?: {_KIND}\b)?(?: in `?(?P<place>[\w./]+\.py)`?)?"
)
_MUST: Final = r"(?:must|should|has to|have to|needs to|need to|shall|ought to)"
_ON: Final = r"(?:go(?:es)? on|keeps?(?: on)?|continues?)"
_AS_IS: Final = (
    r"(?:alone|as (?:it|they) (?:is|are|was|were)|as is|untouched|unchanged|in peace|intact|be)"
)
_END: Final = r"(?: please| though| itself| at all| too)?(?=$|[.,;:!)]|\s+(?:and|but)\b)"
_TOUCH: Final = r"(?:touch|chang|modify|alter|edit)(?:e|ing)?"
_FORMS: Final = (
    rf"(?:the import )?{_IMPORT} {_MUST} (?:still |also )?{_ON} (?:working|to work)",
    rf"(?:the import )?{_IMPORT} {_MUST} (?:still work|not break|work as before)",
    rf"(?:keep|leave) {_IMPORT} (?:working|intact|alive|valid|possible)",
    rf"(?:make sure|ensure)(?: that)? {_IMPORT} (?:still works|{_ON} (?:working|to work))",
    rf"without breaking {_IMPORT}",
    rf"(?:leave|keep) {_NAMES} {_AS_IS}",
    rf"(?:do not|don't|dont|never|without) {_TOUCH} {_NAMES}",
    rf"(?:do not|don't|dont|never|without) (?P<renamed>renam(?:e|ing)) {_NAMES}",
    rf"{_NAMES} {_MUST} (?:stay|remain|be left|be kept) {_AS_IS}",
    rf"{_NAMES} (?:stays?|remains?) {_AS_IS}",
)
_COMPILED: Final = tuple(re.compile(_GAP + form + _END, re.IGNORECASE) for form in _FORMS)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to stay as it is."""

    rest: str
    """The sentence without it."""
    entries: tuple[Entry, ...] = ()
    """Definitions whose text is to stay."""
    named: tuple[Entry, ...] = ()
    """Definitions whose name is to stay."""
    files: tuple[str, ...] = ()
    """Paths of files whose text is to stay."""
    imports: tuple[str, ...] = ()
    """Statements that are to work."""


def kept_in(sentence: str, table: SymbolTable) -> Kept:
    """Return what a sentence wants to stay, by explicit names.

    Args:
        sentence: Plain English.
        table: The codebase.
    """
    rest = " ".join(sentence.split()).replace("\u2019", "'")
    entries: list[Entry] = []
    named: list[Entry] = []
    files: list[str] = []
    imports: list[str] = []
    for pattern in _COMPILED:
        for found in [*pattern.finditer(rest)][::-1]:
            groups = found.groupdict()
            if "import" in groups:
                imports.append(groups["import"])
            else:
                own = _own(groups["names"], groups["place"], table)
                if own is None:
                    continue
                (named if groups.get("renamed") else entries).extend(own[0])
                files += own[1]
            rest = rest[: found.start()] + rest[found.end() :]
    return Kept(rest.strip(" ,;"), tuple(entries), tuple(named), tuple(files), tuple(imports))


def _own(names: str, place: str | None, table: SymbolTable) -> tuple[list[Entry], list[str]] | None:
    """Return what names mean, every one of them; None where one means nothing."""
    entries: list[Entry] = []
    files: list[str] = []
    for one in re.split(r",? and |,? or |, ", names):
        text = one.strip("`").removesuffix("()")
        paths = [path for path in table.modules() if _is_path_of(path, text)]
        found = [
            entry
            for entry in table.named(text.rpartition(".")[2])
            if entry.kind not in {PARAMETER, LOCAL, ATTRIBUTE}
            and _full_name(entry).endswith(f".{text}")
            and (place is None or f"/{entry.path}".endswith(f"/{place}"))
        ]
        if not paths and not found:
            return None
        files += paths
        entries += [] if paths else found
    return entries, files


def _is_path_of(path: str, text: str) -> bool:
    if "/" not in text and not text.endswith(".py"):
        return False
    return f"/{path}".endswith(f"/{text}") or path.startswith(f"{text.rstrip('/')}/")


def _full_name(entry: Entry) -> str:
    return f".{entry.path.removesuffix('.py').replace('/', '.')}.{entry.qualified_name}"


def broken(
    kept: Kept, plan: Plan, codebase: Codebase, refactorings: Mapping[str, Refactoring]
) -> str:
    """Return what a plan does not leave as it is; "" where it leaves everything.

    Args:
        kept: Of the sentence.
        plan: What was understood. One that can not be carried out changes nothing.
        codebase: The files.
        refactorings: By name.
    """
    if not (kept.entries or kept.named or kept.files or kept.imports) or plan.is_unread:
        return ""
    if plan.goal is not None:
        return "what stays as it is can only be said of a refactoring"
    steps = [(refactorings[part.refactoring], part.values()) for part in plan.parts]
    try:
        change = planned_in_turn(codebase, steps)
    except RefactorError:
        return ""
    before, after = codebase.data_by_path, change.applied(codebase.data_by_path)
    touched = {path for file in change.plan.files for path in file.touched_paths}
    changed = [
        *(_changed_file(path, before, after) for path in kept.files if path in touched),
        *(_changed_entry(one, before, after) for one in kept.entries if one.path in touched),
        *(_lost(one, after) for one in kept.named if one.path in touched),
        *_not_working(kept.imports, codebase, after),
    ]
    return next((reason for reason in changed if reason), "")


def _changed_file(path: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    line = _first_changed(before[path], after.get(path, b""))
    return f"{path}:{line} would change, and is to stay as it is"


def _changed_entry(entry: Entry, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    line = _changed_line(entry, before, after)
    return f"{entry.path}:{line} in {entry.qualified_name} would change" if line else ""


def _lost(entry: Entry, after: Mapping[str, bytes]) -> str:
    is_there = _definition(after.get(entry.path, b""), entry.qualified_name) is not None
    where = f"{entry.path}:{entry.line}"
    return "" if is_there else f"{where} {entry.qualified_name} would be called otherwise"


def _not_working(
    imports: Sequence[str], codebase: Codebase, after: Mapping[str, bytes]
) -> Iterator[str]:
    now = Codebase(after) if imports else codebase
    for statement in imports:
        if not _works(statement, codebase) or not _works(statement, now):
            yield f"`{statement}` would not work"


def _first_changed(before: bytes, after: bytes) -> int:
    old, new = before.splitlines(), after.splitlines()
    same = (i for i, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    return next(same, min(len(old), len(new))) + 1


def _changed_line(entry: Entry, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> int:
    """Return the first line of a definition that changes, 1-based; 0 for none."""
    old = _definition(before[entry.path], entry.qualified_name)
    new = _definition(after.get(entry.path, b""), entry.qualified_name)
    if old is None:
        return entry.line
    if new is None:
        return old[0]
    return 0 if old[1] == new[1] else old[0] + _first_changed(old[1], new[1]) - 1


def _definition(data: bytes, qualified_name: str) -> tuple[int, bytes] | None:
    """Return the first line, 1-based, and the lines of a definition; None where there is none."""
    try:
        body: list[ast.stmt] = ast.parse(data).body
    except (SyntaxError, ValueError):
        return None
    node: ast.stmt | None = None
    for name in qualified_name.replace(".<locals>", "").split("."):
        node = next((one for one in body if _defines(one, name)), None)
        body = list(getattr(node, "body", ()))
    if node is None:
        return None
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(one.lineno for one in decorators)])
    return start, b"\n".join(data.splitlines()[start - 1 : node.end_lineno])


def _defines(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.Assign(targets=targets):
            return any(isinstance(one, ast.Name) and one.id == name for one in targets)
        case ast.AnnAssign(target=ast.Name(id=given)):
            return given == name
    return False


def _works(statement: str, codebase: Codebase) -> bool:
    """Tell whether an import finds a module of the codebase, and what it takes from it."""
    try:
        nodes = ast.parse(statement).body
    except SyntaxError:
        return False
    project = codebase.project
    match nodes:
        case [ast.Import(names=names)]:
            return all(project.modules.path_of(one.name, importer="") for one in names)
        case [ast.ImportFrom(module=str(module), names=names, level=0)]:
            path = project.modules.path_of(module, importer="")
            file = project.file(path) if path is not None else None
            inference = codebase.references.inference
            return file is not None and all(has_name(inference, file, one.name) for one in names)
    return False
