"""From the answer of a step to its outcome: an edit that passed every gate, or a refusal."""

import json
from collections.abc import Mapping, Sequence

from nanobot_engine.edit import (
    EditError,
    FileEdit,
    SourceFile,
    TextEdit,
    Verdict,
    apply_edits,
    edit_to_json,
    file_to_json,
    run_gates,
    sorted_edits,
    source_from_bytes,
)
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import VERDICT_EDIT, VERDICT_REFUSED, Outcome, Step
from nanobot_engine.recipe import Candidate, DeclinedError, Item, Proposal, Recipe


def item_of(step: Step) -> Item:
    """Return the item that a step was recorded from."""
    return Item(step.item_key, step.path, step.label)


def refused(step: Step, cause: str, detail: str, margin: int = 0) -> Outcome:
    """Return the outcome of a step without an edit."""
    return Outcome(step.index, VERDICT_REFUSED, cause or "refused", detail, None, margin)


def with_file_edits(
    recipe: Recipe,
    source: SourceFile,
    text_by_key: Mapping[str, str],
    edits: Sequence[TextEdit],
) -> tuple[TextEdit, ...]:
    """Add what a file needs once for all its steps.

    Args:
        recipe: Of the process.
        source: The file before.
        text_by_key: The winners of the steps that `edits` are of; see `Recipe.file_edits`.
        edits: In any order.

    Raises:
        EditError: The recipe can not place them.
    """
    more = recipe.file_edits(source, text_by_key) if text_by_key else ()
    return sorted_edits([*edits, *more])


def verdict_on(
    recipe: Recipe,
    source: SourceFile,
    text_by_key: Mapping[str, str],
    edits: Sequence[TextEdit],
) -> Verdict:
    """Ask the recipe's gates about edits of one file together.

    Args:
        recipe: Of the process.
        source: The file before.
        text_by_key: The winners of at least the steps that `edits` are of.
        edits: What the gates are asked about: of what else is planned, they find nothing here.
    """
    keys = {edit.step_key for edit in edits}
    text_by_key = {key: text for key, text in text_by_key.items() if key in keys}
    try:
        after = apply_edits(source.data, edits)
    except ValueError as error:
        return Verdict(ok=False, reason=f"edit: {error}")
    return run_gates(recipe.gates(text_by_key), source, after, edits)


class Verifier:
    """Turns winning answers of one process into outcomes. Reads base texts, writes nothing."""

    def __init__(self, ledger: Ledger, process_id: str, recipe: Recipe) -> None:
        self._ledger = ledger
        self._process_id = process_id
        self._recipe = recipe

    def outcome(self, source: SourceFile, step: Step, winner: Candidate, margin: int) -> Outcome:
        """Verify one step alone, with what its file needs for it."""
        proposal = self._proposal(source, step, winner, margin)
        if isinstance(proposal, Outcome):
            return proposal
        text_by_key = {step.item_key: winner.text}
        try:
            if isinstance(proposal, FileEdit):
                before, edits = self._base(proposal), proposal.edits
            else:
                before = source
                edits = with_file_edits(self._recipe, source, text_by_key, [proposal])
        except EditError as error:
            return refused(step, "edit", str(error), margin)
        if before is None:
            return refused(step, "edit", "it is for another version of the file", margin)
        verdict = verdict_on(self._recipe, before, text_by_key, edits)
        if not verdict.ok:
            gate, _, reason = verdict.reason.partition(": ")
            return refused(step, gate, reason, margin)
        return _accepted(step, winner, proposal, margin)

    def outcomes(
        self, source: SourceFile, answers: Sequence[tuple[Step, Candidate]]
    ) -> list[Outcome]:
        """Verify the settled steps of one file: together, or alone where that is refused."""
        proposals = [self._proposal(source, step, winner, 0) for step, winner in answers]
        edits = [one for one in proposals if isinstance(one, TextEdit)]
        if len(edits) == len(proposals) and self._fit(source, answers, edits):
            return [
                _accepted(step, winner, edit, 0)
                for (step, winner), edit in zip(answers, edits, strict=True)
            ]
        return [self.outcome(source, step, winner, 0) for step, winner in answers]

    def _fit(
        self,
        source: SourceFile,
        answers: Sequence[tuple[Step, Candidate]],
        edits: Sequence[TextEdit],
    ) -> bool:
        text_by_key = {step.item_key: winner.text for step, winner in answers}
        try:
            whole = with_file_edits(self._recipe, source, text_by_key, edits)
        except EditError:
            return False
        return verdict_on(self._recipe, source, text_by_key, whole).ok

    def _proposal(
        self, source: SourceFile, step: Step, winner: Candidate, margin: int
    ) -> Proposal | Outcome:
        try:
            return self._recipe.edit(source, item_of(step), winner)
        except DeclinedError as error:
            return refused(step, "declined", str(error), margin)
        except EditError as error:
            return refused(step, "edit", str(error), margin)

    def _base(self, file: FileEdit) -> SourceFile | None:
        """Return the text that the edits of a file count in; None for another one."""
        if file.is_created:
            return source_from_bytes(file.path, b"")
        base = self._ledger.base_file(self._process_id, file.path)
        return source_from_bytes(file.path, base.data) if base.sha256 == file.base_sha256 else None


def _accepted(step: Step, winner: Candidate, proposal: Proposal, margin: int) -> Outcome:
    document = file_to_json(proposal) if isinstance(proposal, FileEdit) else edit_to_json(proposal)
    text = json.dumps(document, sort_keys=True)
    return Outcome(step.index, VERDICT_EDIT, "", winner.text, text, margin)
