"""What accepting or undoing did to files, for every front."""

from dataclasses import dataclass
from typing import Any

from nanobot_engine.process.record import AskedStep
from nanobot_engine.process.state import ProcessState


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What accepting or undoing did to each file."""

    process_id: str
    state: ProcessState
    written: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    """(path, why), for files that were left as they are."""
    recovered: str = ""
    """What a crash had left and was settled first; empty when there was none."""
    replanned: str = ""
    """Why the process has another plan now, of which nothing was written; mostly empty."""
    asked_again: tuple[AskedStep, ...] = ()
    """Steps whose files changed so that their edits fit nowhere: the process is paused, and
    resumed it asks them about the files of now."""
    hunks_open: int = 0
    """How many hunks still wait for a decision."""

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command line and the host."""
        return {
            "process_id": self.process_id,
            "state": self.state.value,
            "written": list(self.written),
            "refused": [{"path": path, "reason": reason} for path, reason in self.refused],
            "recovered": self.recovered,
            "replanned": self.replanned,
            "asked_again": [
                {"path": step.path, "definition": step.label, "reason": step.reason}
                for step in self.asked_again
            ],
            "hunks_open": self.hunks_open,
        }
