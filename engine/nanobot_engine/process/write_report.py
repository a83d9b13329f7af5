"""What accepting or undoing did to files, for every front."""

import difflib
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from nanobot_engine.edit import sha256_hex
from nanobot_engine.edit.source import split_lines
from nanobot_engine.process.record import AskedStep
from nanobot_engine.process.state import ProcessState


@dataclass(frozen=True, slots=True)
class ShownUndo:
    """How the text that an editor shows is to change, so that an undo is done there, too."""

    path: str
    before: bytes = field(repr=False)
    """As the editor shows it now."""
    after: bytes = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return whole lines to replace, in the form that `process.review` has for a file."""
        old, new = split_lines(self.before), split_lines(self.after)
        starts = list(accumulate(map(len, old), initial=0))
        edits = [
            {
                "start_byte": starts[i1],
                "end_byte": starts[i2],
                "new_text": b"".join(new[j1:j2]).decode(),
                "label": "undo",
            }
            for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(
                None, old, new, autojunk=False
            ).get_opcodes()
            if kind != "equal"
        ]
        return {
            "path": self.path,
            "base_sha256": sha256_hex(self.before),
            "result_sha256": sha256_hex(self.after),
            "edits": edits,
        }


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
    shown: tuple[ShownUndo, ...] = ()
    """Of an undo: what an editor has to change by itself, and nobody wrote to a file."""

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
            **({"shown": [one.to_json() for one in self.shown]} if self.shown else {}),
        }
