"""Fix diagnostics: what a linter or a type checker says, made right by program.

    tool over a copy ─> its own safe repairs, and ours ─> the tool again ─> … ─> difference

Guarantees: every diagnostic that the change is about is gone when the tool is asked again,
and there is none that was not there before. What no program can repair is left and told.
"""

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
from nanobot_engine.check.tool_check import mypy_targets, tool_output
from nanobot_engine.edit import EditPlan, FileEdit, sha256_hex
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.source import source_from_bytes
from nanobot_engine.refactor.change import Change, Note
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostic_repair import Repair, repair_of
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.sequence import line_edits

_ROUNDS_MAX: Final = 8
_ATTEMPTS_MAX: Final = 4
_NOTES_MAX: Final = 200
_REASONS_MAX: Final = 3
# ruff's word for a repair that changes nothing that a program does.
_SAFE: Final = "safe"


@dataclass(frozen=True, slots=True)
class _Found:
    """A diagnostic, and the tool's own repair."""

    diagnostic: Diagnostic
    repair: Repair | None


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
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        paths = frozenset(file.path for file in chosen_files(codebase, arguments))
        codes = tuple(one.strip() for one in arguments.get("codes", "").split(",") if one.strip())
        asked = _Asked(paths, codes, has_place=bool(arguments.get("where")))
        tool, program, python = _tool(codebase, arguments.get("tool", "") or _tool_of(codes))
        try:
            with scratch_of_files(codebase.data_by_path) as scratch:
                run = _Run(codebase, scratch, tool, program, python, asked)
                return run.change()
        except (NoAnswerError, ScratchError) as error:
            raise UnsafeError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which diagnostics are meant."""

    paths: frozenset[str]
    codes: tuple[str, ...]
    has_place: bool
    """Whether the user named the paths."""

    def __contains__(self, one: Diagnostic) -> bool:
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
        reason = "it runs your code; --check-types or --check-lint allows that"
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
                return self._proved(plan, wanted, last)
            self.banned |= culprits
        raise UnsafeError(f"{self.tool.name}: every repair brings something new")

    def _proved(self, plan: EditPlan, wanted: list[Diagnostic], last: list[_Found]) -> Change:
        left = [one.diagnostic for one in last if one.diagnostic in self.asked]
        gone = len(wanted) - len(left)
        if not plan.files or gone <= 0:
            reason = f"no program can repair any of the {len(wanted)} diagnostics"
            raise UnsafeError(f"{self.tool.name}: {reason}, e.g. {wanted[0]}")
        notes = [Note(d.path, d.line, f"left: {d.code} {d.message}") for d in left[:_NOTES_MAX]]
        title = f"fix {gone} of {len(wanted)} diagnostics of {self.tool.name}"
        return Change(title, plan, (), tuple(notes))

    def _repaired(
        self, files: Mapping[str, bytes], found: list[_Found]
    ) -> tuple[dict[str, bytes], dict[str, list[str]], list[_Found]]:
        """Return the repaired files, the reasons by path, and what the tool says last."""
        now = dict(files)
        reasons: dict[str, list[str]] = {}
        for _ in range(_ROUNDS_MAX):
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
        repair = None
        if fix is not None and fix["applicability"] == _SAFE and path in files:
            repair = _ruff_repair(diagnostic, fix, files[path])
        found.append(_Found(diagnostic, repair))
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
