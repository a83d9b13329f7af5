"""Ask a tool again: is the diagnostic gone, and is none new?

In a confined copy of the workspace that lives as long as the recipe, so that a type checker
only looks at what changed.
"""

import re
import weakref
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nanobot_engine.check import (
    TOOLS,
    CodeTool,
    Diagnostic,
    NoAnswerError,
    ScratchError,
    ScratchWorkspace,
    Trial,
    new_diagnostics,
    scratch_workspace,
)
from nanobot_engine.check.code_tool import RUFF
from nanobot_engine.check.tool_check import diagnostics
from nanobot_engine.edit import (
    EditPlan,
    FileEdit,
    SourceFile,
    TextEdit,
    apply_edits,
    sha256_hex,
)
from nanobot_engine.edit.source import split_lines
from nanobot_engine.refactor.open_finding import OpenFinding

_RUFF_CODE: Final = re.compile(r"[A-Z]{1,5}\d{2,5}")


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a tool says about an edit."""

    problem: str = ""
    """Why the edit does not help; "" where it does, and where nobody knows."""
    unchecked: str = ""
    """Why nobody knows."""


class Recheck:
    """One copy of a workspace, in which tools are asked. Not for several threads at once."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._scratch: ScratchWorkspace | None = None
        weakref.finalize(self, self._stack.close)

    def ask(
        self, finding: OpenFinding, source: SourceFile, edits: Sequence[TextEdit], place: TextEdit
    ) -> Rechecked:
        """Compare what the tool says before and after.

        Args:
            finding: What is wrong.
            source: The file before.
            edits: All edits of it.
            place: That of the statement.
        """
        tool = next((one for one in TOOLS if one.name == finding.tool), None)
        if finding.unchecked or tool is None:
            return Rechecked(unchecked=finding.unchecked or "no tool can be asked again")
        codes = tuple(dict.fromkeys(one.code for one in finding.remarks if one.code))
        if tool is RUFF:
            tool = _with_codes(tool, codes)
        try:
            return self._asked(finding, tool, source, edits, place)
        except (NoAnswerError, ScratchError) as error:
            return Rechecked(unchecked=str(error))

    def _asked(
        self,
        finding: OpenFinding,
        tool: CodeTool,
        source: SourceFile,
        edits: Sequence[TextEdit],
        place: TextEdit,
    ) -> Rechecked:
        scratch = self._copy(Path(finding.root))
        path, after = source.path, apply_edits(source.data, edits)
        scratch.write({path: source.data})
        old = self._said(scratch, tool, finding, path)
        # The statement's own byte belongs to its line, whatever stands before it there.
        first = len(split_lines(source.data[: place.start_byte + 1]))
        last = first + len(split_lines(source.data[place.start_byte : place.end_byte])) - 1
        codes = {one.code for one in finding.remarks}
        here = [
            one
            for one in old
            if one.path == path and first <= one.line <= last and one.code in codes
        ]
        if not codes <= {one.code for one in here}:
            return Rechecked(unchecked=f"{tool.name} does not say this here")
        scratch.write({path: after})
        try:
            new = self._said(scratch, tool, finding, path)
        finally:
            scratch.write({path: source.data})
        plan = EditPlan((FileEdit(path, sha256_hex(source.data), tuple(edits)),))
        trial = Trial({path: source.data}, {path: after}, plan)
        brought = new_diagnostics(old, new, trial)
        if brought:
            one = brought[0]
            return Rechecked(f"{tool.name} says something new: {one.code} {one.message}")
        was, now = (_count(found, path) for found in (old, new))
        for code, count in Counter(one.code for one in here).items():
            if now[code] > was[code] - count:
                return Rechecked(f"{tool.name} still says {code}")
        return Rechecked()

    def _said(
        self, scratch: ScratchWorkspace, tool: CodeTool, finding: OpenFinding, path: str
    ) -> list[Diagnostic]:
        return diagnostics(scratch, tool, Path(finding.program), Path(finding.python), [path])

    def _copy(self, root: Path) -> ScratchWorkspace:
        if self._scratch is None:
            self._scratch = self._stack.enter_context(scratch_workspace(root))
        return self._scratch


def _with_codes(tool: CodeTool, codes: Sequence[str]) -> CodeTool:
    """Return ruff as it also speaks of rules that the workspace does not select."""
    known = [code for code in codes if _RUFF_CODE.fullmatch(code)]
    if not known:
        return tool

    def arguments(python: Path, touched: Sequence[str]) -> list[str]:
        return [*tool.arguments(python, touched), f"--extend-select={','.join(known)}"]

    return replace(tool, arguments=arguments)


def _count(found: Sequence[Diagnostic], path: str) -> Counter[str]:
    return Counter(one.code for one in found if one.path == path)
