"""Which diagnostics that no program repairs a model may be asked about, and how they are asked.

Left to the user is what only he knows (which name was meant), what means to take code away,
and what another recipe does better, with proof.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nanobot_engine.check import (
    TOOLS,
    CodeTool,
    Diagnostic,
    NoAnswerError,
    ScratchWorkspace,
    tool_program,
)
from nanobot_engine.check.code_tool import RUFF
from nanobot_engine.check.report import Reported
from nanobot_engine.check.tool_check import tool_output
from nanobot_engine.edit import EditPlan, TextEdit
from nanobot_engine.edit.source import split_lines
from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.change import Change, Doubt, Note
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.finding_place import (
    FindingPlace,
    NoPlaceError,
    definitions_of,
    place_of_line,
    require_no_overlap,
)
from nanobot_engine.refactor.diagnostics.repair import Repair
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.open_finding import OpenFinding, Remark, statement_sha256

QUESTIONS_MAX: Final = 300
"""More are for the next time: somebody has to read what comes of them."""
_NOTES_MAX: Final = 200
_REMARKS_MAX: Final = 3
_RULE_CHARS_MAX: Final = 480
_GUESS: Final = "which name is meant, nobody can prove"
_REMOVES: Final = "it asks for code to be taken away"
_NAMES: Final = "'rename' does this everywhere"
_ANNOTATES: Final = "'add type annotations to …' does this"
_SIZE: Final = "no single statement is at fault"
_LEFT: Final = (
    (("F821", "F822", "name-defined", "reportUndefinedVariable"), _GUESS),
    (("attr-defined", "reportAttributeAccessIssue"), _GUESS),
    (("F401", "F811", "F841", "ERA", "T20", "T10", "unreachable", "reportUnused"), _REMOVES),
    (("N8", "A0", "E741", "E742", "E743"), _NAMES),
    (("ANN", "no-untyped-def", "reportMissingParameterType"), _ANNOTATES),
    (("D1", "D2", "D3", "D4", "DOC"), "'document …' writes docstrings"),
    (
        (
            "C901",
            "PLR09",
            "PLR1702",
            "PLR5501",
            "RET504",
            "FBT",
            "ARG",
            "E501",
            "W505",
            "B006",
            "B008",
        ),
        _SIZE,
    ),
    (("S",), "whether it is safe, no program can tell"),
    (("I00", "E40", "import-", "import", "reportMissing", "unused-ignore"), "it is about imports"),
    (("TD", "FIX", "CPY", "EXE", "INP", "W6", "PGH", "no-any-unimported"), "it is about comments"),
    (("syntax", "E9", "invalid-syntax"), "the file does not parse"),
)
# "S" is bandit's, and other linters' names begin with it, too.
_NOT_LEFT: Final = ("SIM", "SLF", "SLOT")
_SECTION: Final = re.compile(r"^## (?P<title>.*)$", re.MULTILINE)


def line_after(before: bytes, edits: Sequence[TextEdit], line: int) -> int | None:
    """Return where a line is after edits of whole lines; None where one of them takes it.

    Args:
        before: The text that the edits count in.
        edits: Sorted.
        line: 1-based.
    """
    shift = 0
    for edit in edits:
        first = len(split_lines(before[: edit.start_byte])) + 1
        gone = len(split_lines(before[edit.start_byte : edit.end_byte]))
        if first > line:
            break
        if line < first + gone:
            return None
        shift += len(split_lines(edit.new_text)) - gone
    return line + shift


@dataclass(frozen=True, slots=True)
class ToolRun:
    """How a tool was run."""

    scratch: ScratchWorkspace
    """Where it still can be run."""
    tool: CodeTool
    program: Path
    python: Path
    """The interpreter of the workspace."""


class Asking:
    """Collects questions beside what a program repairs."""

    def __init__(
        self,
        codebase: Codebase,
        plan: EditPlan,
        finder: ToolRun | None = None,
        proposals: Mapping[Diagnostic, Repair] = MappingProxyType({}),
    ) -> None:
        """Start without questions.

        Args:
            codebase: The files before.
            plan: What a program repairs.
            finder: What found what is asked about, where a tool was run.
            proposals: What the tool would do, and is not sure of.
        """
        self.codebase = codebase
        self.plan = plan
        self.proposals = proposals
        self._finder = finder
        self._doubts: list[Doubt] = []
        self._left: list[tuple[Diagnostic, str]] = []
        self._rules: dict[str, str] = {}

    def leave(self, one: Diagnostic, reason: str) -> None:
        """Leave a diagnostic to the user."""
        self._left.append((one, reason))

    def ask(self, path: str, place: FindingPlace, finding: OpenFinding, line: int) -> None:
        """Ask about a statement.

        Args:
            path: Of its file.
            place: The statement.
            finding: What is asked.
            line: 1-based, of the first diagnostic.
        """
        start, end = place.span.start_byte, place.span.end_byte
        text = self.codebase.data_by_path[path][start:end]
        question = finding.to_question()
        label = question.partition("\n")[0]
        edit = TextEdit(start, end, text, f"{path}::#{start}", label, is_likely=True)
        self._doubts.append(Doubt(None, edit, question, (path, line)))

    @property
    def count(self) -> int:
        """How many questions there are."""
        return len(self._doubts)

    def again(self, name: str) -> tuple[Path | None, Path | None, str]:
        """Return the program and the interpreter to ask a tool again with, or why it can not."""
        if self._finder is not None and self._finder.tool.name == name:
            return self._finder.program, self._finder.python, ""
        access = self.codebase.tools
        tool = next((one for one in TOOLS if one.name == name), None)
        if tool is None or access is None:
            return None, None, "it is of a tool that can not be asked here"
        if tool.runs_code and not access.may_run_code:
            return None, None, f"{name} runs your code, and was not allowed to"
        program = tool_program(
            name, access.root, access.python, may_run_code=access.may_run_code, anywhere=True
        )
        if program is None or (tool.runs_code and access.python is None):
            return None, None, f"{name} is not installed where it may be run from"
        return program, access.python, ""

    def rule(self, name: str, code: str) -> str:
        """Return what a tool says about a rule of its; "" where it says nothing."""
        finder = self._finder
        if name != RUFF.name or finder is None or finder.tool is not RUFF or not code.isalnum():
            return ""
        if code not in self._rules:
            command = [str(finder.program), "rule", code]
            try:
                said = tool_output(finder.scratch, RUFF, command)
            except NoAnswerError:
                said = ""
            self._rules[code] = _short_rule(said)
        return self._rules[code]

    def change(self, title: str) -> Change:
        """Return the repairs, the questions, and what is left to the user.

        Raises:
            UnsafeError: There is neither a repair nor a question.
        """
        if not self.plan.files and not self._doubts:
            one, reason = self._left[0]
            who = title.rpartition(" of ")[2]
            count = f"{len(self._left)} diagnostics, e.g. {one}: {reason}"
            raise UnsafeError(f"{who}: no program can repair any of the {count}")
        notes = [
            Note(one.path, one.line, f"left: {one.code} {one.message} ({reason})")
            for one, reason in self._left[:_NOTES_MAX]
        ]
        return Change(title, self.plan, tuple(self._doubts), tuple(notes))


def asked_findings(asking: Asking, found: Sequence[Reported], *, unchecked: str = "") -> None:
    """Ask about diagnostics, one question for each statement.

    Args:
        asking: Takes the questions, and what is left to the user.
        found: With lines of the files before.
        unchecked: Why no tool can be asked again; "" to ask those that can be.
    """
    project = asking.codebase.project
    grouped: defaultdict[tuple[str, int], list[tuple[Reported, FindingPlace]]] = defaultdict(list)
    taken: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for changed in asking.plan.files:
        taken[changed.path] = [(edit.start_byte, edit.end_byte) for edit in changed.edits]
    for one in dict.fromkeys(found):
        path, code = one.diagnostic.path, one.diagnostic.code
        reason = _left_reason(code)
        file = project.file(path) if path.endswith(".py") else None
        if reason or file is None:
            asking.leave(one.diagnostic, reason or "its file is no Python that parses")
            continue
        try:
            place = place_of_line(file, one.diagnostic.line, code)
            require_no_overlap(place, taken[path])
        except NoPlaceError as error:
            asking.leave(one.diagnostic, str(error))
            continue
        grouped[path, place.span.start_byte].append((one, place))
    last: dict[str, int] = {}
    for (path, start), group in sorted(grouped.items(), key=lambda item: item[0]):
        file = project.file(path)
        assert file is not None, "it had places"
        is_inside = start < last.get(path, 0)
        if is_inside or asking.count >= QUESTIONS_MAX:
            why = "the statement around it is asked about" if is_inside else "too many are asked"
            for one, _ in group:
                asking.leave(one.diagnostic, f"{why}; ask again afterwards")
            continue
        place = max((place for _, place in group), key=lambda one: one.span.end_byte)
        last[path] = place.span.end_byte
        _ask_group(asking, file, place, [one for one, _ in group], unchecked)


def _ask_group(
    asking: Asking,
    file: PythonFile,
    place: FindingPlace,
    group: Sequence[Reported],
    unchecked: str,
) -> None:
    tool = group[0].tool
    mine = [one for one in group if one.tool == tool]
    for one in [*mine[_REMARKS_MAX:], *(one for one in group if one.tool != tool)]:
        asking.leave(one.diagnostic, "its statement has other diagnostics; ask again afterwards")
    mine = mine[:_REMARKS_MAX]
    codes = dict.fromkeys(one.diagnostic.code for one in mine)
    program, python, reason = asking.again(tool) if not unchecked else (None, None, unchecked)
    access = asking.codebase.tools
    text = file.source.data[place.span.start_byte : place.span.end_byte]
    finding = OpenFinding(
        tool,
        tuple(Remark(one.diagnostic.code, one.diagnostic.message) for one in mine),
        statement_sha256(text),
        is_header=place.is_header,
        rule="\n".join(filter(None, (asking.rule(tool, code) for code in codes))),
        definitions=definitions_of(asking.codebase, file, place),
        proposal=_proposal(asking, file, place, [one.diagnostic for one in mine]),
        unchecked=reason,
    )
    if not reason and access is not None:
        finding = replace(
            finding, root=str(access.root), program=str(program), python=str(python or "")
        )
    asking.ask(file.path, place, finding, mine[0].diagnostic.line)


def _proposal(
    asking: Asking, file: PythonFile, place: FindingPlace, mine: Sequence[Diagnostic]
) -> str:
    """Return the statement as the tool would write it; "" where it would touch other places."""
    repair = asking.proposals.get(mine[0]) if len(mine) == 1 else None
    if repair is None:
        return ""
    start, end = place.span.start_byte, place.span.end_byte
    text = file.source.data[start:end]
    line_end = file.source.data.find(b"\n", end)
    behind = len(file.source.data) if line_end < 0 else line_end + 1
    if file.source.data[end:behind].strip():
        behind = end
    # What it imports besides is added where it is needed.
    inside = [one for one in repair.edits if start <= one[0] <= end and one[1] <= behind]
    for first, last, new in sorted(inside, reverse=True):
        text = text[: first - start] + new + text[min(last, end) - start :]
    return text.rstrip().decode(file.source.encoding) if inside else ""


def _left_reason(code: str) -> str:
    if code.startswith(_NOT_LEFT):
        return ""
    for starts, reason in _LEFT:
        for start in starts:
            is_family = code.startswith(start) and (start != "S" or code[1:2].isdigit())
            if is_family:
                return reason
    return ""


def _short_rule(text: str) -> str:
    """Return of ruff's explanation what is wrong, and the example of how it is right."""
    parts: dict[str, str] = {}
    titles = list(_SECTION.finditer(text))
    for one, following in zip(titles, [*titles[1:], None], strict=True):
        end = following.start() if following is not None else len(text)
        parts[one["title"].strip().lower()] = text[one.end() : end].strip()
    what = parts.get("what it does", "")
    example = parts.get("example", "")
    short = "\n".join(filter(None, (" ".join(what.split()), example)))
    return short if len(short) <= _RULE_CHARS_MAX else " ".join(what.split())[:_RULE_CHARS_MAX]
