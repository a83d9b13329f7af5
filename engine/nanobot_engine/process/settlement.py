"""Steps that a program decides: no model, no wave, many in one transaction.

Runs before the first question. Which steps are settled is a function of the recipe and
the base texts, and all settled steps of a file are committed together, so a run that was
killed in between settles the rest and ends the same.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

from nanobot_engine.edit import SourceFile, source_from_bytes
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import Outcome, Step
from nanobot_engine.process.refactor_records import add_outcomes
from nanobot_engine.process.verification import Verifier, item_of
from nanobot_engine.recipe import Recipe

_COMMIT_EVERY_S: Final = 1.0
"""A commit waits for the disk, and progress should be seen."""


async def settle(
    ledger: Ledger,
    process_id: str,
    recipe: Recipe,
    open_steps: Sequence[Step],
    *,
    source_of: Callable[[str], SourceFile],
    observer: Callable[[], None],
) -> set[int]:
    """Decide and commit every step that the recipe settles.

    Parsing and gates run in a thread.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process that runs.
        recipe: Its recipe.
        open_steps: Steps without an outcome and without votes, in order.
        source_of: Gives the base text of a file.
        observer: Called after each commit.

    Returns:
        The indexes of the steps that were decided.
    """
    verifier = Verifier(ledger, process_id, recipe)
    decided: set[int] = set()
    waiting: list[Outcome] = []
    committed_at = time.monotonic()
    for path, steps in _by_file(open_steps):
        waiting += await asyncio.to_thread(_settled, recipe, verifier, source_of, path, steps)
        if waiting and time.monotonic() - committed_at >= _COMMIT_EVERY_S:
            _commit(ledger, process_id, waiting, decided)
            observer()
            committed_at = time.monotonic()
    if waiting:
        _commit(ledger, process_id, waiting, decided)
        observer()
    return decided


async def settle_open_steps(ledger: Ledger, process_id: str, recipe: Recipe) -> None:
    """Decide what needs no model, where there is none.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process that runs.
        recipe: Its recipe.
    """
    decided = ledger.outcomes(process_id)
    open_steps = [step for step in ledger.steps(process_id) if step.index not in decided]

    def source_of(path: str) -> SourceFile:
        return source_from_bytes(path, ledger.base_file(process_id, path).data)

    await settle(ledger, process_id, recipe, open_steps, source_of=source_of, observer=lambda: None)


def _commit(ledger: Ledger, process_id: str, waiting: list[Outcome], decided: set[int]) -> None:
    add_outcomes(ledger, process_id, waiting)
    decided.update(outcome.step_index for outcome in waiting)
    waiting.clear()


def _by_file(steps: Iterable[Step]) -> Iterable[tuple[str, list[Step]]]:
    # The steps of a file follow each other: they were recorded file by file.
    return ((path, list(group)) for path, group in groupby(steps, key=lambda step: step.path))


def _settled(
    recipe: Recipe,
    verifier: Verifier,
    source_of: Callable[[str], SourceFile],
    path: str,
    steps: Sequence[Step],
) -> list[Outcome]:
    source = source_of(path)
    answers = [
        (step, answer)
        for step in steps
        if (answer := recipe.settled(source, item_of(step))) is not None
    ]
    return verifier.outcomes(source, answers) if answers else []
