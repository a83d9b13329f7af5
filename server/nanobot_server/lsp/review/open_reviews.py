"""The reviews that wait for the user's word, as the host showed them last.

Menus, lenses, notes and documents look here, so none of them waits for a host. What is
here may be a little old: the host and the hash of the text decide when something is taken.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_server.lsp.document.planned_texts import Unapplied
from nanobot_server.lsp.review.edit_plan import Plan, PlanFile, PlanHunk

WAITING: Final = "waiting_for_review"
TEXT_BYTES_MAX: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenFile:
    """What waits of one process in one file."""

    root: Path
    plan: Plan
    file: PlanFile
    hunks: tuple[PlanHunk, ...]
    """Those that can be decided, in order of lines."""


class KeptTexts:
    """Texts that plans were made for, by their hash; the ones used last, up to a limit."""

    def __init__(self, bytes_max: int = TEXT_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._data_by_sha256: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, sha256: str) -> bytes | None:
        """Return a text, None when it is not kept."""
        data = self._data_by_sha256.get(sha256)
        if data is not None:
            self._data_by_sha256.move_to_end(sha256)
        return data

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep a text, and drop the ones that were not used for longest."""
        if sha256 in self._data_by_sha256:
            return
        self._data_by_sha256[sha256] = data
        self._bytes += len(data)
        while self._bytes > self._bytes_max:
            self._bytes -= len(self._data_by_sha256.popitem(last=False)[1])


class OpenReviews:
    """What every process proposes. Runs on the event loop."""

    def __init__(self) -> None:
        self.texts = KeptTexts()
        """Of the files of all reviews."""
        self._plan_by_key: dict[tuple[Path, str], Plan] = {}
        self._unapplied_by_key: dict[tuple[Path, str], tuple[Unapplied, ...]] = {}
        self._listeners: list[Callable[[Path, str], None]] = []

    def listen(self, changed: Callable[[Path, str], None]) -> None:
        """Hear of every review that came, changed or went: its workspace and process."""
        self._listeners.append(changed)

    def remember(self, root: Path, plan: Plan) -> None:
        """Take what a review of a whole process showed."""
        key = (root, plan.process_id)
        before = self._plan_by_key.get(key)
        if plan.state == WAITING:
            self._plan_by_key[key] = plan
        else:
            self._plan_by_key.pop(key, None)
            self._unapplied_by_key.pop(key, None)
        if before != self._plan_by_key.get(key):
            self._tell(key)

    def forget(self, root: Path, process_id: str) -> None:
        """Offer nothing of a process any more."""
        key = (root, process_id)
        self._unapplied_by_key.pop(key, None)
        if self._plan_by_key.pop(key, None) is not None:
            self._tell(key)

    def forget_all(self, root: Path) -> None:
        """Offer nothing of a workspace any more: its folder was closed."""
        for key in [key for key in self._plan_by_key if key[0] == root]:
            self.forget(*key)

    def note_unapplied(self, root: Path, process_id: str, unapplied: tuple[Unapplied, ...]) -> None:
        """Take which files the last attempt left as they are, and why."""
        key = (root, process_id)
        if key in self._plan_by_key and self._unapplied_by_key.get(key, ()) != unapplied:
            self._unapplied_by_key[key] = unapplied
            self._tell(key)

    def plan(self, root: Path, process_id: str) -> Plan | None:
        """Return what a process proposes, None when nothing of it waits."""
        return self._plan_by_key.get((root, process_id))

    def unapplied(self, root: Path, process_id: str) -> tuple[Unapplied, ...]:
        """Return which files the last attempt left as they are."""
        return self._unapplied_by_key.get((root, process_id), ())

    def all(self) -> Iterator[tuple[Path, Plan]]:
        """Yield (workspace, plan), the one that changed first before the others."""
        for (root, _), plan in self._plan_by_key.items():
            yield root, plan

    def of_file(self, path: Path) -> Iterator[OpenFile]:
        """Yield what waits in a file, process by process."""
        for root, plan in self.all():
            for file in plan.files:
                if root / file.path == path:
                    yield OpenFile(root, plan, file, plan.hunks_of(file))

    def _tell(self, key: tuple[Path, str]) -> None:
        for changed in self._listeners:
            changed(*key)
