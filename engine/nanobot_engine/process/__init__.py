"""Processes: from a goal to reviewed edits, crash-proof.

Suggested reading order: `state`, `record`, `schema`, `allowance`, `ledger`, `voting`,
`schedule`, `enumeration`, `runner`, `edit_review`, `hunk`, `offer`, `acceptance`,
`undoing`; for refactorings `refactor_parts`, `refactor_plan`, `change_gates`, `refactor_finish`;
for files that changed since `revision`, `recipe_again`, `refactor_again`.

This part knows recipes, models and edits only through their contracts. It does
not know who watches a process.
"""

from typing import TYPE_CHECKING, Final

from nanobot_indexer.late_import import late_import

if TYPE_CHECKING:
    from nanobot_engine.process.acceptance import (
        accept,
        chosen_part,
        mark_applied,
        plan_again,
        reject,
    )
    from nanobot_engine.process.allowance import CHECKS
    from nanobot_engine.process.edit_review import Refusal, Review
    from nanobot_engine.process.enumeration import enumerate_files, enumerate_workspace
    from nanobot_engine.process.errors import (
        ChangeRefusedError,
        ChoiceError,
        LedgerError,
        LedgerVersionError,
        PartRefusedError,
        ProcessError,
        ProcessStateError,
        ProcessUnknownError,
        WorkspaceBusyError,
    )
    from nanobot_engine.process.hunk import Hunk, HunkKind, HunkState
    from nanobot_engine.process.interrupted import Settled, settle_all
    from nanobot_engine.process.ledger import Ledger
    from nanobot_engine.process.offer import EVERYTHING, Choice, review
    from nanobot_engine.process.recipe_finish import check_edits, close_recipe
    from nanobot_engine.process.record import (
        GateRun,
        GateVerdict,
        ProcessOptions,
        ProcessRecord,
        Totals,
    )
    from nanobot_engine.process.refactor_finish import (
        close_refactoring,
        finish_refactoring,
        has_open_doubts,
        last_review,
        leave_doubts,
    )
    from nanobot_engine.process.refactor_parts import (
        REFACTOR,
        Check,
        Part,
        checks_of,
        goal_checks,
        goal_parts,
        parts_from_json,
        refactor_goal,
    )
    from nanobot_engine.process.refactor_plan import plan_refactoring
    from nanobot_engine.process.refactor_records import gates_of, notes_of, recipe_of
    from nanobot_engine.process.runner import ProcessRunner
    from nanobot_engine.process.state import UNFINISHED, ProcessState, stoppable
    from nanobot_engine.process.trial_gates import Allowed, code_gates, trial_of
    from nanobot_engine.process.undoing import undo
    from nanobot_engine.process.write_report import WriteReport

__all__ = [
    "CHECKS",
    "EVERYTHING",
    "REFACTOR",
    "UNFINISHED",
    "Allowed",
    "ChangeRefusedError",
    "Check",
    "Choice",
    "ChoiceError",
    "GateRun",
    "GateVerdict",
    "Hunk",
    "HunkKind",
    "HunkState",
    "Ledger",
    "LedgerError",
    "LedgerVersionError",
    "Part",
    "PartRefusedError",
    "ProcessError",
    "ProcessOptions",
    "ProcessRecord",
    "ProcessRunner",
    "ProcessState",
    "ProcessStateError",
    "ProcessUnknownError",
    "Refusal",
    "Review",
    "Settled",
    "Totals",
    "WorkspaceBusyError",
    "WriteReport",
    "accept",
    "check_edits",
    "checks_of",
    "chosen_part",
    "close_recipe",
    "close_refactoring",
    "code_gates",
    "enumerate_files",
    "enumerate_workspace",
    "finish_refactoring",
    "gates_of",
    "goal_checks",
    "goal_parts",
    "has_open_doubts",
    "last_review",
    "leave_doubts",
    "mark_applied",
    "notes_of",
    "parts_from_json",
    "plan_again",
    "plan_refactoring",
    "recipe_of",
    "refactor_goal",
    "reject",
    "review",
    "settle_all",
    "stoppable",
    "trial_of",
    "undo",
]

_MODULE_BY_NAME: Final = {
    "EVERYTHING": "offer",
    "REFACTOR": "refactor_parts",
    "UNFINISHED": "state",
    "CHECKS": "allowance",
    "Allowed": "trial_gates",
    "Check": "refactor_parts",
    "Choice": "offer",
    "GateRun": "record",
    "GateVerdict": "record",
    "Hunk": "hunk",
    "HunkKind": "hunk",
    "HunkState": "hunk",
    "Ledger": "ledger",
    "Part": "refactor_parts",
    "ProcessOptions": "record",
    "ProcessRecord": "record",
    "ProcessRunner": "runner",
    "ProcessState": "state",
    "Refusal": "edit_review",
    "Review": "edit_review",
    "Settled": "interrupted",
    "Totals": "record",
    "WriteReport": "write_report",
    "accept": "acceptance",
    "chosen_part": "acceptance",
    "check_edits": "recipe_finish",
    "close_recipe": "recipe_finish",
    "close_refactoring": "refactor_finish",
    "code_gates": "trial_gates",
    "enumerate_files": "enumeration",
    "enumerate_workspace": "enumeration",
    "finish_refactoring": "refactor_finish",
    "gates_of": "refactor_records",
    "checks_of": "refactor_parts",
    "goal_checks": "refactor_parts",
    "goal_parts": "refactor_parts",
    "has_open_doubts": "refactor_finish",
    "last_review": "refactor_finish",
    "leave_doubts": "refactor_finish",
    "mark_applied": "acceptance",
    "notes_of": "refactor_records",
    "parts_from_json": "refactor_parts",
    "plan_again": "acceptance",
    "plan_refactoring": "refactor_plan",
    "recipe_of": "refactor_records",
    "refactor_goal": "refactor_parts",
    "reject": "acceptance",
    "review": "offer",
    "settle_all": "interrupted",
    "stoppable": "state",
    "trial_of": "trial_gates",
    "undo": "undoing",
}
"""Where a name is; the errors are where one would look."""


__getattr__ = late_import(__name__, __all__, _MODULE_BY_NAME)
