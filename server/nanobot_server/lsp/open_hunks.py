"""The hunks that wait for the user's word, as the last review showed them, by file and line.

Code actions look here, so a menu never waits for a host. What is here may be a little old:
the host and the hash of the text decide when an action is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nanobot_server.lsp.edit_plan import PlanHunk


@dataclass(slots=True)
class OpenHunks:
    """What every process proposes. Runs on the event loop."""

    _hunks: dict[str, tuple[Path, tuple[PlanHunk, ...]]] = field(default_factory=dict)

    def remember(self, process_id: str, root: Path, hunks: Sequence[PlanHunk]) -> None:
        """Take what a review of a process showed."""
        waiting = tuple(hunk for hunk in hunks if hunk.is_open and not hunk.is_shared)
        self._hunks.pop(process_id, None)
        if waiting:
            self._hunks[process_id] = (root, waiting)

    def forget(self, process_id: str) -> None:
        """Offer nothing of a process any more."""
        self._hunks.pop(process_id, None)

    def of_file(self, path: Path) -> Iterator[tuple[str, PlanHunk]]:
        """Yield (process id, hunk) of a file, in order of lines."""
        for process_id, (root, hunks) in self._hunks.items():
            for hunk in hunks:
                if root / hunk.path == path:
                    yield process_id, hunk
