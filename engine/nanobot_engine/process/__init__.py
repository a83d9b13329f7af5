"""Processes: from a goal to reviewed edits, crash-proof.

Suggested reading order: `state`, `record`, `schema`, `ledger`, `voting`,
`schedule`, `enumeration`, `runner`, `edit_review`, `acceptance`.

This part knows recipes, models and edits only through their contracts. It does
not know who watches a process.
"""

from typing import TYPE_CHECKING, Final

from nanobot_indexer.late_import import late_import

if TYPE_CHECKING:
    from nanobot_engine.process.acceptance import WriteReport, accept, mark_applied, reject, undo
    from nanobot_engine.process.edit_review import Refusal, Review, review
    from nanobot_engine.process.enumeration import enumerate_files, enumerate_workspace
    from nanobot_engine.process.errors import (
        LedgerError,
        LedgerVersionError,
        ProcessError,
        ProcessStateError,
        ProcessUnknownError,
        WorkspaceBusyError,
    )
    from nanobot_engine.process.ledger import Ledger
    from nanobot_engine.process.record import ProcessOptions, ProcessRecord, Totals
    from nanobot_engine.process.runner import ProcessRunner
    from nanobot_engine.process.state import UNFINISHED, ProcessState

__all__ = [
    "UNFINISHED",
    "Ledger",
    "LedgerError",
    "LedgerVersionError",
    "ProcessError",
    "ProcessOptions",
    "ProcessRecord",
    "ProcessRunner",
    "ProcessState",
    "ProcessStateError",
    "ProcessUnknownError",
    "Refusal",
    "Review",
    "Totals",
    "WorkspaceBusyError",
    "WriteReport",
    "accept",
    "enumerate_files",
    "enumerate_workspace",
    "mark_applied",
    "reject",
    "review",
    "undo",
]

_MODULE_BY_NAME: Final = {
    "UNFINISHED": "state",
    "Ledger": "ledger",
    "ProcessOptions": "record",
    "ProcessRecord": "record",
    "ProcessRunner": "runner",
    "ProcessState": "state",
    "Refusal": "edit_review",
    "Review": "edit_review",
    "Totals": "record",
    "WriteReport": "acceptance",
    "accept": "acceptance",
    "enumerate_files": "enumeration",
    "enumerate_workspace": "enumeration",
    "mark_applied": "acceptance",
    "reject": "acceptance",
    "review": "edit_review",
    "undo": "acceptance",
}
"""Where a name is; the errors are where one would look."""


__getattr__ = late_import(__name__, __all__, _MODULE_BY_NAME)
