"""From a sentence to the parts of a refactoring, asking at the terminal what is ambiguous."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from nanobot_engine.intent import Chooser, Planner, Question
from nanobot_engine.process import Part
from nanobot_engine.process.refactor_plan import WorkspaceFiles
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from nanobot_indexer import IndexOptions, open_index
from nanobot_server.cli.output import remark
from nanobot_server.cli.refactor import prepare_index
from nanobot_server.host.errors import USAGE, HostError


class TerminalChooser:
    """Asks the person at the terminal. Implements `Chooser`."""

    async def choose(self, question: Question) -> int | None:
        """Return the index of what the person picks; None for no answer."""
        remark(question.text)
        for number, option in enumerate(question.options, start=1):
            remark(f"  {number}  {option}")
        while True:
            remark("Which one [1]?")
            line = sys.stdin.readline()
            answer = line.strip() or "1"
            if not line:
                return None
            if answer.isdecimal() and 1 <= int(answer) <= len(question.options):
                return int(answer) - 1


def understood(
    root: Path, sentence: str, options: IndexOptions, *, yes: bool, may_ask: bool
) -> tuple[list[Part], list[dict[str, Any]]]:
    """Read a sentence and say how it was understood.

    Args:
        root: The workspace; its index is brought up to date.
        sentence: Plain English.
        options: Of the index.
        yes: Whether what is ambiguous is decided by evidence.
        may_ask: Whether a person may be asked.

    Returns:
        The parts of a process, and each as a document: with its words and open arguments.

    Raises:
        NotUnderstoodError: No refactoring is certainly meant.
        HostError: It is ambiguous, and nobody decides.
    """
    prepare_index(root, options)
    is_asked = may_ask and not yes and sys.stdin.isatty()
    choosers: list[Chooser] = [TerminalChooser()] if is_asked else []
    with open_index(root) as index:
        planner = Planner(Codebase(WorkspaceFiles(index, {})), tuple(REFACTORINGS.values()))
        plan = asyncio.run(planner.plan(sentence, choosers))
    for line in plan.lines():
        remark(line)
    if plan.open and not yes:
        question = plan.open[0]
        listed = "; ".join(question.options)
        raise HostError(
            USAGE,
            f"{question.text} {listed}: say it more exactly, or take the first with --yes",
        )
    parts = [Part(one.refactoring, one.values()) for one in plan.parts]
    return parts, [one.to_json() for one in plan.parts]
