"""From the ledger to what a user reviews: an edit plan, a diff, and refusals.

Everything here is derived from the ledger, so it is the same in every front and
after every crash.
"""

import json
from collections import defaultdict
from dataclasses import dataclass

from nanobot_engine.edit import (
    EditPlan,
    FileEdit,
    TextEdit,
    apply_edits,
    edit_from_json,
    run_gates,
    source_from_bytes,
    unified_diff,
)
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import VERDICT_EDIT, BaseFile
from nanobot_engine.recipe import recipe_named


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step without an edit, and why."""

    path: str
    label: str
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a process proposes."""

    process_id: str
    plan: EditPlan
    base_by_path: dict[str, BaseFile]
    """The text that the plan's offsets count in."""
    refused: tuple[Refusal, ...]

    def diff(self) -> str:
        """Return one unified diff over all files."""
        parts = []
        for file_edit in self.plan.files:
            before = self.base_by_path[file_edit.path].data
            parts.append(unified_diff(file_edit.path, before, self.result(file_edit.path)))
        return "".join(parts)

    def result(self, path: str) -> bytes:
        """Return the text of one file with its edits."""
        (file_edit,) = (f for f in self.plan.files if f.path == path)
        return apply_edits(self.base_by_path[path].data, file_edit.edits)


def review(ledger: Ledger, process_id: str) -> Review:
    """Collect the verified edits of a process, per file.

    Every edit passed its gates alone; here each file passes them again with all
    its edits together, and a file that does not is refused whole.

    Raises:
        ProcessUnknownError: There is no such process.
    """
    record = ledger.process(process_id)
    recipe = recipe_named(record.goal.recipe, record.goal.arguments)
    steps = ledger.steps(process_id)
    edits: defaultdict[str, list[TextEdit]] = defaultdict(list)
    refused: list[Refusal] = []
    labels: defaultdict[str, list[str]] = defaultdict(list)
    text_by_key: dict[str, str] = {}
    for index, outcome in ledger.outcomes(process_id).items():
        step = steps[index]
        if outcome.verdict == VERDICT_EDIT:
            assert outcome.edit_json is not None
            edits[step.path].append(edit_from_json(json.loads(outcome.edit_json)))
            labels[step.path].append(step.label)
            text_by_key[step.item_key] = outcome.detail
        else:
            refused.append(Refusal(step.path, step.label, outcome.cause, outcome.detail))
    files: list[FileEdit] = []
    base_by_path: dict[str, BaseFile] = {}
    for path, file_edits in sorted(edits.items()):
        base = ledger.base_file(process_id, path)
        ordered = tuple(sorted(file_edits, key=lambda edit: edit.start_byte))
        verdict = run_gates(
            recipe.gates(text_by_key),
            source_from_bytes(path, base.data),
            apply_edits(base.data, ordered),
            ordered,
        )
        if verdict.ok:
            files.append(FileEdit(path, base.sha256, ordered))
            base_by_path[path] = base
        else:
            gate, _, reason = verdict.reason.partition(": ")
            refused += [Refusal(path, label, gate, reason) for label in labels[path]]
    return Review(process_id, EditPlan(tuple(files)), base_by_path, tuple(refused))
