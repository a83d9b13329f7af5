"""Fix diagnostics: what a linter or a type checker says, made right by program.

    tool over a copy ─> its own safe repairs, and ours ─> the tool again ─> … ─> difference

Guarantees: every diagnostic that the change is about is gone when the tool is asked again,
and there is none that was not there before. What no program can repair is left: as a
question about one statement where a model may be asked, told with the reason where not.

The diagnostics are those of a tool that is run, or those that somebody hands over.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nanobot_engine.check import (
    TOOLS,
    CodeTool,
    Diagnostic,
    NoAnswerError,
    ScratchError,
    ScratchWorkspace,
    Trial,
    is_configured,
    new_diagnostics,
    scratch_of_files,
    tool_program,
)
from nanobot_engine.check.code_tool import MYPY, RUFF, relative, ruff_document
from nanobot_engine.check.report import Reported, ReportError, from_json
from nanobot_engine.check.tool_check import mypy_targets, tool_output
from nanobot_engine.edit import EditPlan, FileEdit, sha256_hex
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.source import source_from_bytes
from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.asked_finding import (
    Asking,
    ToolRun,
    asked_findings,
    line_after,
)
from nanobot_engine.refactor.diagnostics.repair import Repair, repair_of
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.sequence import line_edits

_ROUNDS_MAX: Final = 8
_ATTEMPTS_MAX: Final = 4
_REASONS_MAX: Final = 3
# ruff's word for a repair that changes nothing that a program does.
_SAFE: Final = "safe"


@dataclass(frozen=True, slots=True)
class _Found:
    """A diagnostic, and the tool's own repair."""

    diagnostic: Diagnostic
    repair: Repair | None
    proposal: Repair | None = None
    """What the tool is not sure of."""


class FixDiagnostics:
    """See the module docstring. Stateless."""

    name: Final = "fix diagnostics"
    summary: Final = "Repair what a linter or type checker says, as far as a program can"
    parameters: Final[tuple[Parameter, ...]] = (
        Parameter(
            "tool",
            ParameterKind.CHOICE,
            "whose diagnostics; without it, those of the linter that the workspace configures",
            is_optional=True,
            choices=tuple(tool.name for tool in TOOLS),
        ),
        Parameter(
            "codes",
            ParameterKind.TEXT,
            "codes or how they begin, comma separated; all without it",
            is_optional=True,
        ),
        WHERE,
        Parameter(
            "diagnostics",
            ParameterKind.TEXT,
            "diagnostics that are handed over, as JSON; without it, a tool is run",
            is_optional=True,
        ),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        if arguments.get("diagnostics"):
            return _handed_over(codebase, arguments["diagnostics"])
        paths = frozenset(file.path for file in chosen_files(codebase, arguments))
        codes = tuple(one.strip() for one in arguments.get("codes", "").split(",") if one.strip())
        asked = _Asked(paths, codes, has_place=bool(arguments.get("where")))
        tool, program, python = _tool(codebase, arguments.get("tool", "") or _tool_of(codes))
        try:
            with scratch_of_files(codebase.data_by_path) as scratch:
                return _Run(codebase, scratch, tool, program, python, asked).change()
        except (NoAnswerError, ScratchError) as error:
            raise UnsafeError(str(error)) from error


def _handed_over(codebase: Codebase, text: str) -> Change:
    """Plan for diagnostics that somebody hands over.

    Those of the tool that says most of them are repaired by program first, where it may be
    asked again; all others are questions.
    """
    try:
        found = [one for one in from_json(text) if one.diagnostic.path in codebase.data_by_path]
    except ReportError as error:
        raise ArgumentError(str(error)) from error
    if not found:
        raise ArgumentError("diagnostics: none is about a file of this workspace")
    names = Counter(one.tool for one in found if one.tool)
    for name, _ in names.most_common(1):
        mine = [one.diagnostic for one in found if one.tool == name]
        others = [one for one in found if one.tool != name]
        try:
            tool, program, python = _tool(codebase, name)
            asked = _Asked(
                frozenset(one.path for one in mine),
                tuple(dict.fromkeys(one.code for one in mine if one.code)),
                has_place=True,
                only=frozenset((one.path, one.line, one.code) for one in mine),
            )
            with scratch_of_files(codebase.data_by_path) as scratch:
                run = _Run(codebase, scratch, tool, program, python, asked, mine, others)
                return run.change()
        except (ArgumentError, NoAnswerError, ScratchError, UnsafeError) as error:
            return _questions(codebase, found, str(error))
    return _questions(codebase, found, "it is of a tool that can not be asked here")


def _questions(codebase: Codebase, found: Sequence[Reported], reason: str) -> Change:
    """Ask about everything, without running a tool.

    Raises:
        UnsafeError: Nothing of it can be asked.
    """
    asking = Asking(codebase, EditPlan(()))
    asked_findings(asking, found, unchecked=reason)
    return asking.change("fix diagnostics that were handed over")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which diagnostics are meant."""

    paths: frozenset[str]
    codes: tuple[str, ...]
    has_place: bool
    """Whether the user named the paths."""
    only: frozenset[tuple[str, int, str]] = frozenset()
    """(path, line, code) before any repair; all without it."""

    @property
    def rounds_max(self) -> int:
        """How often repairs are made: what one of them moves is at no known line any more."""
        return 1 if self.only else _ROUNDS_MAX

    def __contains__(self, one: Diagnostic) -> bool:
        if self.only:
            return (one.path, one.line, one.code) in self.only
        is_meant = not self.codes or one.code.startswith(self.codes)
        return is_meant and one.path in self.paths


def _tool_of(codes: Sequence[str]) -> str:
    """Return the tool whose codes look like these; "" where they may be anybody's."""
    if not codes:
        return ""
    if all(one.startswith("report") for one in codes):
        return "pyright"
    return RUFF.name if all(one[:1].isupper() for one in codes) else MYPY.name


def _tool(codebase: Codebase, name: str) -> tuple[CodeTool, Path, Path]:
    """Return what runs, its program and the interpreter of the workspace.

    Raises:
        ArgumentError: There is no such tool, or it may not run.
    """
    access = codebase.tools
    if access is None:
        raise ArgumentError("fix diagnostics: no tool may be run here")
    known = [tool for tool in TOOLS if not name or tool.name == name]
    wanted = known if name else [tool for tool in known if is_configured(tool, access.root)]
    usable = [tool for tool in wanted or [RUFF] if access.may_run_code or not tool.runs_code]
    if not usable:
        names = ", ".join(tool.name for tool in wanted)
        reason = "it runs your code; --check-types, --check-lint or process.run_code allows that"
        raise ArgumentError(f"{names}: {reason}")
    for tool in sorted(usable, key=lambda one: one is not RUFF):
        program = tool_program(
            tool.name,
            access.root,
            access.python,
            may_run_code=access.may_run_code,
            anywhere=True,
        )
        if program is not None and (access.python is not None or not tool.runs_code):
            return tool, program, access.python or Path()
    raise ArgumentError(f"{usable[0].name}: is not installed where it may be run from")


@dataclass(slots=True)
class _Run:
    """One tool over one copy."""

    codebase: Codebase
    scratch: ScratchWorkspace
    tool: CodeTool
    program: Path
    python: Path
    asked: _Asked
    handed: Sequence[Diagnostic] = ()
    """What somebody says that this tool said."""
    others: Sequence[Reported] = ()
    """What else is asked about, of other tools."""
    banned: set[tuple[str, str, str]] = field(default_factory=set)
    """(path, code, message) of diagnostics whose repair did not help."""

    def change(self) -> Change:
        """Repair until nothing is left that a program can, and prove the result.

        Raises:
            UnsafeError: Nothing could be repaired.
            NoAnswerError: The tool did not run.
        """
        files = dict(self.codebase.data_by_path)
        first = self._found(files)
        wanted = [one.diagnostic for one in first if one.diagnostic in self.asked]
        if not wanted:
            raise UnsafeError(f"{self.tool.name}: says nothing of what is asked about")
        for _ in range(_ATTEMPTS_MAX):
            after, reasons, last = self._repaired(files, first)
            plan = _plan(files, after, reasons)
            culprits = self._culprits(files, after, plan, first, last)
            if not culprits:
                proposals = {f.diagnostic: f.proposal for f in first if f.proposal is not None}
                return self._proved(plan, wanted, last, proposals)
            self.banned |= culprits
        raise UnsafeError(f"{self.tool.name}: every repair brings something new")

    def _proved(
        self,
        plan: EditPlan,
        wanted: list[Diagnostic],
        last: list[_Found],
        proposals: Mapping[Diagnostic, Repair],
    ) -> Change:
        """Return the change, with questions about what is left.

        Raises:
            UnsafeError: Nothing is repaired, and nothing can be asked.
        """
        name = self.tool.name
        left = _left(wanted, [one.diagnostic for one in last], plan, self.codebase.data_by_path)
        gone = len(wanted) - len(left)
        if plan.files and gone <= 0:
            plan, left, gone = EditPlan(()), [(one, one.line) for one in wanted], 0
        finder = ToolRun(self.scratch, self.tool, self.program, self.python)
        asking = Asking(self.codebase, plan, finder, proposals)
        for one, line in left:
            if line is None:
                asking.leave(one, "a repair changes its line; ask again afterwards")
        reported = [Reported(name, one) for one, line in left if line is not None]
        known = {(one.path, one.line, one.code) for one in wanted}
        stale = (one for one in self.handed if (one.path, one.line, one.code) not in known)
        asked_findings(asking, [*reported, *(Reported(name, one) for one in stale), *self.others])
        return asking.change(f"fix {gone} of {len(wanted)} diagnostics of {name}")

    def _repaired(
        self, files: Mapping[str, bytes], found: list[_Found]
    ) -> tuple[dict[str, bytes], dict[str, list[str]], list[_Found]]:
        """Return the repaired files, the reasons by path, and what the tool says last."""
        now = dict(files)
        reasons: dict[str, list[str]] = {}
        for _ in range(self.asked.rounds_max):
            codebase = Codebase(now, tools=self.codebase.tools)
            chosen = _compatible(self._repairs(codebase, found))
            if not chosen:
                break
            for repair in chosen:
                reasons.setdefault(repair.path, []).append(repair.reason)
            now |= _applied(now, chosen)
            found = self._found(now)
        return now, reasons, found

    def _repairs(self, codebase: Codebase, found: list[_Found]) -> Iterator[Repair]:
        for one in found:
            diagnostic = one.diagnostic
            key = diagnostic.path, diagnostic.code, diagnostic.message
            if diagnostic not in self.asked or key in self.banned:
                continue
            repair = one.repair or repair_of(codebase, diagnostic)
            if repair is not None:
                yield repair

    def _culprits(
        self,
        files: Mapping[str, bytes],
        after: Mapping[str, bytes],
        plan: EditPlan,
        first: list[_Found],
        last: list[_Found],
    ) -> set[tuple[str, str, str]]:
        """Return the diagnostics whose repair must not be made: it breaks something else."""
        paths = [file.path for file in plan.files]
        trial = Trial({p: files[p] for p in paths}, {p: after[p] for p in paths}, plan)
        news = new_diagnostics(
            (one.diagnostic for one in first), (one.diagnostic for one in last), trial
        )
        bad = {one.path for one in news if one.path in paths} or (set(paths) if news else set())
        broken = {
            (one.diagnostic.path, one.diagnostic.code, one.diagnostic.message)
            for one in first
            if one.diagnostic.path in bad and one.diagnostic in self.asked
        }
        lost = dict(_lost_names(self.codebase, Codebase(after), paths))
        for one in first:
            message = one.diagnostic.message
            if any(name in message for name in lost.get(one.diagnostic.path, ())):
                broken.add((one.diagnostic.path, one.diagnostic.code, message))
        return broken - self.banned

    def _found(self, files: Mapping[str, bytes]) -> list[_Found]:
        self.scratch.write(
            {path: files[path] for path in self.codebase.data_by_path if path.endswith(".py")}
        )
        if self.tool is RUFF:
            return _ruff_found(self.scratch, self.program, files, self.asked)
        named = sorted(self.asked.paths) if self.asked.has_place else []
        targets = mypy_targets(self.scratch, named) if self.tool is MYPY else []
        if self.tool is MYPY and not targets:
            # Without a package there is nothing to look at but files.
            targets = mypy_targets(self.scratch, sorted(self.asked.paths))
        command = [str(self.program), *self.tool.arguments(self.python, targets)]
        output = tool_output(self.scratch, self.tool, command)
        return [_Found(one, None) for one in self.tool.read(output, self.scratch.folder)]


def _ruff_found(
    scratch: ScratchWorkspace, program: Path, files: Mapping[str, bytes], asked: _Asked
) -> list[_Found]:
    # What is asked about by code may not be among what the workspace configures.
    more = [f"--extend-select={','.join(asked.codes)}"] if asked.codes else []
    command = [str(program), *RUFF.arguments(Path(), []), *more]
    found = []
    for one in ruff_document(tool_output(scratch, RUFF, command)):
        path = relative(one["filename"], scratch.folder)
        code = one["code"] or ""
        diagnostic = Diagnostic(path, one["location"]["row"], code, one["message"])
        fix = one.get("fix")
        repair = proposal = None
        if fix is not None and path in files:
            made = _ruff_repair(diagnostic, fix, files[path])
            repair, proposal = (made, None) if fix["applicability"] == _SAFE else (None, made)
        found.append(_Found(diagnostic, repair, proposal))
    return found


def _ruff_repair(one: Diagnostic, fix: Mapping[str, Any], data: bytes) -> Repair:
    places = ByteMap(source_from_bytes(one.path, data))
    lines = data.splitlines(keepends=True)

    def offset(place: Mapping[str, int]) -> int:
        row, column = place["row"], place["column"] - 1
        if row > len(lines):
            return len(data)
        # ruff counts characters, from 1.
        text = lines[row - 1].decode(errors="replace")
        return places.offset(row, len(text[:column].encode()))

    edits = [
        (offset(edit["location"]), offset(edit["end_location"]), edit["content"].encode())
        for edit in fix["edits"]
    ]
    return Repair(one.path, tuple(sorted(edits)), f"{one.code}: {one.message}")


def _compatible(repairs: Iterator[Repair]) -> list[Repair]:
    """Return repairs that do not touch each other, the first of those that do."""
    taken: dict[str, list[tuple[int, int]]] = {}
    chosen = []
    for repair in repairs:
        spans = [(start, end) for start, end, _ in repair.edits]
        others = taken.setdefault(repair.path, [])
        if any(s <= end and start <= e for s, e in spans for start, end in others):
            continue
        others += spans
        chosen.append(repair)
    return chosen


def _applied(files: Mapping[str, bytes], repairs: list[Repair]) -> dict[str, bytes]:
    after: dict[str, bytes] = {}
    edits: dict[str, list[tuple[int, int, bytes]]] = {}
    for repair in repairs:
        edits.setdefault(repair.path, []).extend(repair.edits)
    for path, changes in edits.items():
        data = files[path]
        for start, end, new in sorted(changes, reverse=True):
            data = data[:start] + new + data[end:]
        after[path] = data
    return after


def _left(
    wanted: Sequence[Diagnostic],
    last: Sequence[Diagnostic],
    plan: EditPlan,
    before: Mapping[str, bytes],
) -> list[tuple[Diagnostic, int | None]]:
    """Return what is still said after repairs, with its line before; None where that changed."""
    edits_by_path = {file.path: file.edits for file in plan.files}
    standing = Counter((one.path, one.line, one.code, one.message) for one in last)
    moved: list[Diagnostic] = []
    left: list[tuple[Diagnostic, int | None]] = []
    for one in wanted:
        edits = edits_by_path.get(one.path, ())
        line = line_after(before.get(one.path, b""), edits, one.line)
        if line is None:
            moved.append(one)
        elif standing[one.path, line, one.code, one.message]:
            standing[one.path, line, one.code, one.message] -= 1
            left.append((one, one.line))
    rest = Counter[tuple[str, str, str]]()
    for (path, _, code, message), count in standing.items():
        rest[path, code, message] += count
    for one in moved:
        if rest[one.path, one.code, one.message]:
            rest[one.path, one.code, one.message] -= 1
            left.append((one, None))
    return left


def _plan(
    before: Mapping[str, bytes], after: Mapping[str, bytes], reasons: Mapping[str, list[str]]
) -> EditPlan:
    """Return the difference; every edit says what was repaired in its file."""
    files = []
    for path, said in sorted(reasons.items()):
        more = f"; and {len(said) - _REASONS_MAX} more" if len(said) > _REASONS_MAX else ""
        label = "; ".join(said[:_REASONS_MAX]) + more
        edits = line_edits(path, before[path], after[path], label)
        if edits:
            files.append(FileEdit(path, sha256_hex(before[path]), edits))
    return EditPlan(tuple(files))


def _lost_names(
    before: Codebase, after: Codebase, paths: list[str]
) -> Iterator[tuple[str, set[str]]]:
    """Yield names that a module no longer has and that another file takes from it."""
    taken: dict[str, set[str]] = {}
    for file in before.project.files():
        for imported, _ in file.names.imports:
            source = before.project.modules.resolve(
                file.path, level=imported.level, module=imported.module
            )
            if source is not None and imported.name is not None:
                taken.setdefault(source, set()).add(imported.name)
    for path in paths:
        old, new = before.project.file(path), after.project.file(path)
        if old is None or new is None or path not in taken:
            continue
        lost = set(old.names.module.sites) - set(new.names.module.sites)
        used = lost if "*" in taken[path] else lost & taken[path]
        if used:
            yield path, used
