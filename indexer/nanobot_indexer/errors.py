"""Errors of the indexer.

    IndexerError
    ├── WorkspaceUnreadableError   the root vanished or may not be listed: ask the user
    ├── IndexMissingError          nothing was ingested yet: run `nanobot ingest`
    ├── IndexLockedError           another writer is at work: wait for it
    ├── IndexWriteError            the disk refused: free space or fix permissions, ingest again
    ├── IndexUnreadableError       no descriptors or memory left: try again later
    ├── IndexClosedError           the index was used after `close`: a bug
    ├── IngestCancelledError       the caller asked to stop; the old generation is still there
    ├── FileNotIndexedError        no such path in this generation
    ├── VolumeError
    │   ├── VolumeCorruptError     bytes on disk break an invariant: rebuild the index
    │   └── VolumeVersionError     written by another format version: rebuild the index
    └── QueryError
        ├── QueryEmptyError        nothing to look for: ask the user
        ├── GlobInvalidError       the path filter is no pattern: ask the user
        ├── PatternInvalidError    no regular expression that can be run: ask the user
        ├── HandleInvalidError     not written like a handle: a bug, or a typo of a model
        └── HandleLostError        what the handle named is not there any more: search again

A source file that does not parse is not an error: tree-sitter returns a partial
tree, and a file that a parse worker gave up on is kept as text. A file that can
not be indexed is listed as skipped with its reason.
"""

from pathlib import Path


class IndexerError(Exception):
    """Anything the indexer reports to its caller."""


class WorkspaceUnreadableError(IndexerError):
    """The root of the workspace can not be listed: ask the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; open a folder that exists and may be read")
        self.path = path
        self.reason = reason


class IndexMissingError(IndexerError):
    """The workspace has no index yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: not indexed yet; run 'nanobot ingest'")
        self.path = path


class IndexLockedError(IndexerError):
    """Another process writes the index."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{path}: {who} is writing the index; wait until it is done")
        self.path = path
        self.pid = pid
        """The writer, as it wrote itself into the lock file; None when that is unreadable."""


class IndexWriteError(IndexerError):
    """The index could not be written. The old generation is intact."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: can not be written: {reason}; the old index is kept")
        self.path = path
        self.reason = reason


class IndexUnreadableError(IndexerError):
    """The process is out of descriptors or memory; the index may well be sound: try again."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: can not be opened: {reason}; the index is kept, "
            "close some programs or raise the limit and try again"
        )
        self.path = path
        self.reason = reason


class IndexClosedError(IndexerError):
    """An index was used after `close`: a bug of the caller."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: index is closed; open it again")
        self.path = path


class IngestCancelledError(IndexerError):
    """The caller asked to stop. The old generation is intact."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: indexing was cancelled; the old index is kept")
        self.path = path


class FileNotIndexedError(IndexerError, KeyError):
    """A path is not part of the generation that was opened."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: not in the index; it is new, ignored or skipped")
        self.path = path

    def __str__(self) -> str:
        # KeyError would show the quoted repr.
        return str(self.args[0])


class VolumeError(IndexerError):
    """A file of the index can not be used: rebuild the index."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}; run 'nanobot ingest' to rebuild the index")
        self.path = path
        self.reason = reason


class VolumeCorruptError(VolumeError):
    """Bytes on disk break an invariant of the format."""


class VolumeVersionError(VolumeError):
    """Written by another version of the format. A cache is rebuilt, never migrated."""


class QueryError(IndexerError):
    """A search that can not be run as it was asked."""


class QueryEmptyError(QueryError):
    """Nothing to look for."""

    def __init__(self, query: str) -> None:
        super().__init__(f"query {query!r}: nothing to look for; type a name or some words")
        self.query = query


class GlobInvalidError(QueryError):
    """The path filter is not a pattern."""

    def __init__(self, path_glob: str, reason: str) -> None:
        super().__init__(f"path filter {path_glob!r}: {reason}; write it like a line of .gitignore")
        self.path_glob = path_glob


class PatternInvalidError(QueryError):
    """The pattern of a search in text can not be run."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(
            f"pattern {pattern!r}: {reason}; write it in the syntax of RE2, which has no "
            "look-around and no back references, or search for the text as it stands"
        )
        self.pattern = pattern
        self.reason = reason


class HandleInvalidError(QueryError):
    """A text is not a handle."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"handle {handle!r}: not written like 'path:start-end' or 'path:start-end@id'; "
            "pass what a search returned"
        )
        self.handle = handle


class HandleLostError(QueryError):
    """What a handle named is neither in its file nor anywhere else."""

    def __init__(self, handle: str) -> None:
        super().__init__(f"handle {handle!r}: nothing is there any more; search again")
        self.handle = handle
