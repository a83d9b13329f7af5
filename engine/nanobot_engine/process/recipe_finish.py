"""The end of a process of a recipe: gates over all edits, and which steps are at fault.

Every edit passed the gates of its recipe alone. What only running the code shows is asked
of all edits together. Where that is worse than before, the steps at fault are found and
lose their edits; the rest stays. What a checker says about a line names the step that wrote
it. For tests and imports the steps are halved until those that fail are alone, as in
delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input,
2002), but for all that are at fault: what is kept was always tried as a whole.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.check import Trial, edits_at
from nanobot_engine.process.decision import accepted_plans
from nanobot_engine.process.edit_review import review
from nanobot_engine.process.hunk import HunkState
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.offer import Offer
from nanobot_engine.process.record import VERDICT_EDIT, GateRun, GateVerdict, Step
from nanobot_engine.process.refactor_parts import Check
from nanobot_engine.process.refactor_records import add_gate_runs
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.trial_gates import Allowed, TrialGates, trial_of
from nanobot_engine.process.withdrawal import Withdrawal, withdraw

log = logging.getLogger(__name__)

RUNS_MAX: Final = 24
"""How often the gates are asked again to find who is at fault."""
_SEARCH_TIMEOUT_S: Final = 1800.0
_NOT_TRIED: Final = "not tried alone: the runs for finding the steps at fault are used up; "


@dataclass(slots=True)
class _Budget:
    runs: int
    deadline: float

    def spend(self) -> bool:
        """Take one run; tell whether there was one."""
        self.runs -= 1
        return self.runs >= 0 and time.monotonic() < self.deadline


def check_edits(
    ledger: Ledger, process_id: str, root: Path, allowed: Allowed, *, runs_max: int = RUNS_MAX
) -> None:
    """Ask the gates that run programs about all edits; withdraw those at fault.

    What was found is recorded at the end, so a run that was killed or cancelled before
    asks again.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process of a recipe whose steps are decided.
        root: The workspace.
        allowed: What may run.
        runs_max: How often gates are asked again to find who is at fault.

    Raises:
        LedgerError: The ledger can not be written.
    """
    whole = trial_of(review(ledger, process_id))
    if not whole.plan.files:
        return
    with TrialGates(root, allowed) as gates:
        search = _Search(ledger, process_id, gates, whole, _Budget(runs_max, _deadline()))
        runs = gates.ask(whole)
        search.blame_places()
        if search.withdrawals:
            runs = gates.ask(search.trial())
        failed = [run for run in runs if run.verdict is GateVerdict.REFUSED]
        if failed and not allowed.cancelled():
            search.halve(failed)
            runs = gates.ask(search.trial())
    if allowed.cancelled():
        return
    withdraw(ledger, process_id, search.withdrawals)
    add_gate_runs(ledger, process_id, runs)
    log.info(
        "edits checked: process=%s withdrawn=%d gates=%s",
        process_id,
        len(search.withdrawals),
        ",".join(f"{run.gate}:{run.verdict}" for run in runs),
    )


def close_recipe(ledger: Ledger, process_id: str) -> None:
    """End a process whose steps are decided: for review, or done where nothing is open."""
    totals = ledger.totals(process_id)
    has_edits = bool(totals.accepted)
    if has_edits and accepted_plans(ledger, process_id):
        # Some steps were asked again after others were accepted.
        has_edits = bool(Offer(ledger, process_id).open_hunks)
    state = ProcessState.WAITING_FOR_REVIEW if has_edits else ProcessState.DONE
    left = totals.steps - totals.done
    reason = f"{left} steps are beyond the budget" if left else ""
    ledger.set_state(process_id, state, verb="finish", reason=reason)
    log.info(
        "process finished: process=%s steps=%d edits=%d refused=%d waves=%d",
        process_id,
        totals.steps,
        totals.accepted,
        totals.refused,
        totals.waves,
    )


def _standing_keys(ledger: Ledger, process_id: str) -> frozenset[str]:
    """Return the keys of the steps whose edits stand in the user's files."""
    if not accepted_plans(ledger, process_id):
        return frozenset()
    hunks = Offer(ledger, process_id).hunks
    accepted = (hunk for hunk in hunks if hunk.state is HunkState.ACCEPTED)
    return frozenset(edit.step_key for hunk in accepted for edit in hunk.edits)


def _deadline() -> float:
    return time.monotonic() + _SEARCH_TIMEOUT_S


@dataclass(slots=True, eq=False)
class _Group:
    """Steps that nothing is decided about."""

    steps: list[Step]
    """By path."""
    why: Withdrawal
    """What was said when they were tried last, with others or alone."""
    is_bad: bool = False
    """Whether the gates refuse them together with what is good."""
    other: "_Group | None" = None
    """The other half, of which the same is known."""

    def halves(self) -> "list[_Group]":
        """Split them, between two files where that is near the middle."""
        middle = len(self.steps) // 2
        near = range(max(1, middle // 2), middle + middle // 2 + 1)
        borders = [at for at in near if self.steps[at - 1].path != self.steps[at].path]
        at = min(borders, key=lambda one: abs(one - middle), default=middle)
        first, second = _Group(self.steps[:at], self.why), _Group(self.steps[at:], self.why)
        first.other = second
        return [first, second]


class _Search:
    """Finds the steps at fault."""

    def __init__(
        self, ledger: Ledger, process_id: str, gates: TrialGates, whole: Trial, budget: _Budget
    ) -> None:
        self._ledger = ledger
        self._process_id = process_id
        self._gates = gates
        self._whole = whole
        self._budget = budget
        steps = ledger.steps(process_id)
        standing = _standing_keys(ledger, process_id)
        self._steps = [
            steps[index]
            for index, outcome in ledger.outcomes(process_id).items()
            if outcome.verdict == VERDICT_EDIT and steps[index].item_key not in standing
        ]
        """Those that can be withdrawn: what was accepted stands whatever is said here."""
        self.withdrawals: dict[int, Withdrawal] = {}

    def trial(self, left_out: Collection[int] = ()) -> Trial:
        """Return the change without the steps withdrawn and some others."""
        without = frozenset({*self.withdrawals, *left_out})
        part = trial_of(review(self._ledger, self._process_id, without=without))
        # The copy may hold an earlier trial: say of every file what it is now.
        before = {**self._whole.before, **part.before}
        return Trial(before, {**before, **part.after}, part.plan)

    def blame_places(self) -> None:
        """Withdraw the steps that wrote the lines that checkers newly speak about."""
        index_by_key = {step.item_key: step.index for step in self._steps}
        for check, one in self._gates.new:
            for edit in edits_at(self._whole, one.path, one.line):
                index = index_by_key.get(edit.step_key)
                if index is not None:
                    self.withdrawals.setdefault(index, Withdrawal(check.value, str(one)))

    def halve(self, failed: Sequence[GateRun]) -> None:
        """Withdraw the steps without which the gates that failed pass.

        The largest group comes first, so that what is good is known early.
        """
        only = frozenset(Check(run.gate) for run in failed)
        undecided = [step for step in self._steps if step.index not in self.withdrawals]
        undecided.sort(key=lambda step: (step.path, step.index))
        left_out = {step.index for step in undecided}
        groups = [_Group(undecided, Withdrawal(failed[0].gate, failed[0].detail), is_bad=True)]
        while groups:
            group = max(groups, key=lambda one: len(one.steps))
            groups.remove(group)
            members = {step.index for step in group.steps}
            if not group.is_bad:
                if not self._budget.spend():
                    why = Withdrawal(group.why.gate, _NOT_TRIED + group.why.detail)
                    self.withdrawals |= dict.fromkeys(members, why)
                    continue
                runs = self._gates.ask(self.trial(left_out - members), only)
                bad = next((run for run in runs if run.verdict is GateVerdict.REFUSED), None)
                if bad is None:
                    left_out -= members
                    if group.other is not None:
                        # The two of them were bad together, and this one is good.
                        group.other.is_bad = True
                    continue
                group.why = Withdrawal(bad.gate, bad.detail)
            if len(group.steps) == 1:
                self.withdrawals |= dict.fromkeys(members, group.why)
                continue
            groups += group.halves()
