"""Which files are looked at again though they did not change.

A worker may have crashed, or a file taken too long, by the machine's fault; a file may
have been out of reach because its folder was elsewhere for a moment. None of it leaves
a new time stamp. What fails again is left as it is: nothing is published for it.
"""

import random
import time
from collections.abc import Collection, Iterable
from typing import Final

from nanobot_indexer.ingestion.syntax_pass import SyntaxReader
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.syntax.language import language_of
from nanobot_indexer.workspace.file_table import FileTable, FoundFile
from nanobot_indexer.workspace.skip import Skipped, SkipReason, shown_path
from nanobot_indexer.workspace.source import Source

_UNREAD: Final = frozenset({SkipReason.FILE_UNREADABLE, SkipReason.CHANGED})
_CRASHED: Final = frozenset({SkipReason.PARSE_CRASHED, SkipReason.PARSE_GARBLED})
_CURABLE: Final = _UNREAD | _CRASHED | {SkipReason.PARSE_TIMED_OUT}
_CRASHES_MAX: Final = 4
"""So many files may crash again before the others are left for the next time."""
TIMED_OUT_RETRY_S: Final = 3600.0
"""A file that took too long most likely does so again, and that costs seconds."""
_TIMED_OUT_MAX: Final = 4


class Retry:
    """The files to look at again, and whether it is worth it.

    Args:
        skipped: Of the generation before.
        listed: Every file of the walk.
        changed: Paths that are read anyway.
        working_set: Knows how old the tables of a file are.
        syntax: Asked whether a worker survives a file now.
    """

    def __init__(
        self,
        skipped: Iterable[Skipped],
        listed: FileTable,
        changed: Collection[str],
        *,
        working_set: WorkingSet,
        syntax: SyntaxReader,
    ) -> None:
        reason_by_path = {one.path: one.reason for one in skipped if one.reason in _CURABLE}
        self._syntax = syntax
        self._crashes = 0
        self._crashed: dict[str, FoundFile] = {}
        self._slow: dict[str, FoundFile] = {}
        unread = []
        for index, path in enumerate(listed.paths if reason_by_path else ()):
            reason = reason_by_path.get(shown_path(path))
            if reason is None or path in changed:
                continue
            if reason in _UNREAD:
                unread.append(listed.found(index))
            elif reason in _CRASHED:
                self._crashed[path] = listed.found(index)
            elif len(self._slow) < _TIMED_OUT_MAX and _is_old(working_set, path):
                self._slow[path] = listed.found(index)
        crashed = list(self._crashed.values())
        # In another order each time: those that always crash must not keep others waiting.
        random.shuffle(crashed)
        self.files = (*unread, *crashed, *self._slow.values())
        """What to read, besides what changed."""

    @property
    def has_slow(self) -> bool:
        """Some of them may take as long as a file may take."""
        return bool(self._slow)

    def is_given_up(self, path: str) -> bool:
        """Tell whether an unchanged file need not even be read."""
        return path in self._crashed and self._crashes >= _CRASHES_MAX

    def is_due(self, source: Source) -> bool:
        """Tell whether an unchanged file gets new tables; may wait for a worker."""
        if source.path in self._slow:
            return True
        if source.path not in self._crashed or self.is_given_up(source.path):
            return False
        if self._syntax.is_parsed(source.text, language_of(source.path, source.text)):
            return True
        self._crashes += 1
        return False


def _is_old(working_set: WorkingSet, path: str) -> bool:
    """Tell whether the tables in which a file is were written some time ago."""
    place = working_set.find(path)
    if place is None:
        return False
    try:
        written_s = working_set.segment(place[0]).path.stat().st_mtime
    except OSError:
        return False
    # Either way: the clock may have been set back since.
    return abs(time.time() - written_s) > TIMED_OUT_RETRY_S
