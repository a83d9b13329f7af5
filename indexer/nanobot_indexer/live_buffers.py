"""The buffers of editors that stand in for files, by the ignore rules of today."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_indexer.ingestion.compaction import record_of
from nanobot_indexer.ingestion.ingest import opened_root
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.overlay import LaidFile, OverlayBuilder
from nanobot_indexer.unsaved_text import is_left_out, unsaved_record

BUFFERS_MAX: Final = 64
BUFFERS_BYTES_MAX: Final = 16 * 1024 * 1024
"""Text of all buffers together."""


class LiveBuffers:
    """Safe to share between threads.

    Args:
        root: The workspace.
        options: Limits.
        builder: Makes their segments.
    """

    def __init__(self, root: Path, options: IndexOptions, builder: OverlayBuilder) -> None:
        self._root = root
        self._options = options
        self._builder = builder
        self._lock = threading.Lock()
        self._ruling = threading.Lock()
        """Held from the look at the ignore rules until what they say is done."""
        self._buffers: dict[str, LaidFile] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._buffers)

    def laid(self) -> Mapping[str, LaidFile]:
        """Return them, by path."""
        with self._lock:
            return dict(self._buffers)

    def set(self, path: str, text: bytes | None) -> bool:
        """Take over a text, or take it away; tell whether it stands in for the file.

        As `LiveIndex.set_buffer`.
        """
        with self._ruling:
            return self._put(path, None if text is None else self._of(path, text))

    def drop_left_out(self) -> bool:
        """Take away those of files that are ignored by now; tell whether there were any.

        Raises:
            WorkspaceUnreadableError: The workspace is gone.
        """
        with self._ruling:
            if not self._buffers:
                return False
            with opened_root(self._root) as root_fd:
                left_out = [path for path in self.laid() if is_left_out(root_fd, path)]
            for path in left_out:
                self._put(path, None)
            return bool(left_out)

    def parse(self) -> bool:
        """Find the definitions of those that have none yet; tell whether one was new.

        Raises:
            IngestCancelledError: The live index was closed meanwhile.
        """
        is_new = False
        for path, one in self.laid().items():
            if one.segment is None or one.segment.has_syntax:
                continue
            record, text = record_of(one.segment, one.file), one.segment.text(one.file)
            parsed = replace(one, segment=self._builder.built([record], text, with_syntax=True))
            with self._lock:
                # Another text may have come, or the buffer may be gone.
                if self._buffers.get(path) is one:
                    self._buffers[path] = parsed
                    is_new = True
        return is_new

    def forget(self) -> None:
        """Take all away."""
        with self._lock:
            self._buffers = {}

    def _of(self, path: str, text: bytes) -> LaidFile | None:
        with opened_root(self._root) as root_fd:
            record = unsaved_record(root_fd, path, text, self._options)
        if record is None:
            return None
        segment = self._builder.built([record], text, with_syntax=False)
        return LaidFile(0, segment, 0, len(text))

    def _put(self, path: str, laid: LaidFile | None) -> bool:
        with self._lock:
            others = [one for other, one in self._buffers.items() if other != path]
            size_bytes = sum(one.size_bytes for one in others) + (laid.size_bytes if laid else 0)
            if laid is None or len(others) >= BUFFERS_MAX or size_bytes > BUFFERS_BYTES_MAX:
                self._buffers.pop(path, None)
            else:
                self._buffers[path] = laid
            return path in self._buffers
