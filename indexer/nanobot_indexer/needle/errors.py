"""Errors of the proof.

IndexerError
├── NothingInstalledError     no source files to make a haystack of: use another Python
├── HaystackNotWrittenError   the disk refused: free space, or choose another folder
└── HaystackNotIndexedError   the process that indexes it failed: its reason says what to do
"""

import sys
from pathlib import Path

from nanobot_indexer.errors import IndexerError


class NothingInstalledError(IndexerError):
    """The interpreter comes without source files, or without such that needles fit into."""

    def __init__(self) -> None:
        super().__init__(
            f"{sys.prefix}: no installed source files to make a haystack of; "
            "run nanobot with a Python that has its standard library as files"
        )


class HaystackNotWrittenError(IndexerError):
    """A file of the haystack could not be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: can not be written: {reason}; make room there, or choose another folder"
        )
        self.path = path
        self.reason = reason


class HaystackNotIndexedError(IndexerError):
    """The process that indexes a haystack ended without a result."""

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"{root}: not indexed: {reason}; make room there, or choose another folder"
        )
        self.root = root
        self.reason = reason
