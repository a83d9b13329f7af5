"""Errors of processes and their ledger.

ProcessError
├── LedgerError             the ledger can not be read or written: nothing was lost, say why
├── LedgerVersionError      written by a newer nanobot: update nanobot
├── ProcessUnknownError     no such process: list what there is
├── ProcessStateError       not possible in this state: say which states allow it
├── WorkspaceBusyError      another accept or undo is at work: try again
├── ChoiceError             a hunk or file that was named is not there: list what there is
├── ChangeNotPlannedError   a change was not planned: say why
├── PartRefusedError        some hunks can not stand without the others: say which
└── ChangeRefusedError      a gate refused a whole change: nothing is proposed, say why
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from nanobot_engine.errors import EngineError

_NEEDED_NAMED_MAX: Final = 20
"""More ids than anybody types."""


class ProcessError(EngineError):
    """A process can not do what was asked."""


class LedgerError(ProcessError):
    """The ledger file refuses to be read or written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class LedgerVersionError(LedgerError):
    """A newer nanobot wrote this ledger."""

    def __init__(self, path: Path, version: int, known: int) -> None:
        super().__init__(path, f"ledger format {version}, this nanobot reads {known}; update it")


class ProcessUnknownError(ProcessError):
    """No process has this id."""

    def __init__(self, process_id: str) -> None:
        super().__init__(f"{process_id}: no such process here; 'nanobot status' lists them")
        self.process_id = process_id


class ProcessStateError(ProcessError):
    """The process is in a state that does not allow this."""

    def __init__(self, process_id: str, state: str, verb: str, allowed: Iterable[str]) -> None:
        possible = ", ".join(allowed).replace("_", " ")
        shown = state.replace("_", " ")
        super().__init__(
            f"{process_id}: is {shown}, so it can not {verb}; possible when {possible}"
        )
        self.process_id = process_id
        self.state = state


class WorkspaceBusyError(ProcessError):
    """Another accept or undo is writing files of this workspace."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(f"{workspace}: another accept or undo is at work; try again after it")
        self.workspace = workspace


class ChangeRefusedError(ProcessError):
    """A gate refused a change; nothing of it is proposed."""

    def __init__(self, title: str, gate: str, reason: str) -> None:
        super().__init__(f"{title}: {gate}: {reason}; nothing was changed")
        self.gate = gate
        self.reason = reason


class ChangeNotPlannedError(ProcessError):
    """A change was not planned, and whoever tried to says why."""


class ChoiceError(ProcessError):
    """What somebody named is no hunk or file of a plan."""

    _NAMED_MAX = 10

    def __init__(self, name: str, problem: str, there_is: Sequence[str]) -> None:
        named = ", ".join(there_is[: self._NAMED_MAX]) or "nothing"
        more = f" and {len(there_is) - self._NAMED_MAX} more"
        more = more if len(there_is) > self._NAMED_MAX else ""
        super().__init__(f"{name!r}: is {problem}; there is {named}{more}")
        self.name = name


class PartRefusedError(ProcessError):
    """Some hunks of a refactoring can not stand without the rest."""

    def __init__(self, process_id: str, reason: str, needed: Sequence[str] = ()) -> None:
        """Take what is wrong.

        Args:
            process_id: Whose hunks.
            reason: What shows that they can not.
            needed: Ids of hunks with which they can; empty when only all together can.
        """
        named = needed if len(needed) <= _NEEDED_NAMED_MAX else ()
        more = " ".join(f"--hunk {hunk}" for hunk in named)
        super().__init__(
            f"{process_id}: these hunks can not stand without the others: {reason}; "
            f"{f'they can with {more}' if more else 'take the others as well, or none'}"
        )
        self.reason = reason
        self.needed = tuple(needed)
