"""The index that a command answers from: brought up to date first.

When nothing changed that costs milliseconds. Whatever keeps it from being brought up to
date is said, and the answer comes from the index that is there.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from nanobot_indexer import (
    FileNotIndexedError,
    Index,
    IndexLockedError,
    IndexMissingError,
    IndexWriteError,
    VolumeError,
    ingest,
    open_index,
)
from nanobot_server.cli.index_progress import IngestBar
from nanobot_server.cli.output import remark
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import index_options
from nanobot_server.host.errors import FAILED, NOT_FOUND, HostError, RuntimeFolderError
from nanobot_server.host.index_repair import forget_index, rebuilt
from nanobot_server.host.location import STATE_FOLDER_NAME

# A host that takes over a saved file is done by then; one that indexes everything is not.
_LOCK_TIMEOUT_S: Final = 0.5
# For the first index, and after damage, there is nothing to answer from.
_LOCK_TIMEOUT_WITHOUT_INDEX_S: Final = 10.0

AsIs = Annotated[
    bool, typer.Option("--as-is", help="Do not look for changed files; use the index as it is.")
]
Answer = TypeVar("Answer")


def answer_from_index(root: Path, ask: Callable[[Index], Answer], *, as_is: bool) -> Answer:
    """Bring the index of a workspace up to date and ask it.

    A damaged index is built again, which is said once.

    Args:
        root: The workspace.
        ask: Called with an open index; a second time when damage showed.
        as_is: Do not look for changes.

    Raises:
        HostError: The index has no place, or a path is not in it; the message says why,
            if it is known.
        IndexerError: As `ingest` and `ask`.
    """
    check_state_folder(root)
    try:
        if not as_is:
            _refresh(root)
        return _asked(root, ask)
    except VolumeError as error:
        # The index is a cache: a damaged one is made again.
        remark(rebuilt(error))
        forget_index(root)
    _ingest(root, lock_timeout_s=_LOCK_TIMEOUT_WITHOUT_INDEX_S)
    return _asked(root, ask)


def _asked(root: Path, ask: Callable[[Index], Answer]) -> Answer:
    with open_index(root) as index:
        try:
            return ask(index)
        except FileNotIndexedError as error:
            raise HostError(NOT_FOUND, _why_missing(root, index, error)) from error


def _refresh(root: Path) -> None:
    """Ingest what changed, or say why not.

    Raises:
        VolumeError: The index is damaged. An ingest would not say so.
        IndexerError: There is no index to fall back to, and none can be made.
    """
    is_there = has_index(root)
    try:
        _ingest(
            root,
            lock_timeout_s=_LOCK_TIMEOUT_S if is_there else _LOCK_TIMEOUT_WITHOUT_INDEX_S,
        )
    except IndexLockedError:
        if not is_there and not has_index(root):
            raise
        remark("another process is indexing; this is from the index as it is now")
    except IndexWriteError as error:
        if not is_there:
            raise not_made(error) from error
        remark(f"{error}, and this is from it")


def _ingest(root: Path, *, lock_timeout_s: float) -> None:
    options = index_options(loaded_settings())
    with IngestBar() as bar:
        ingest(root, options=options, progress=bar, lock_timeout_s=lock_timeout_s)


def check_state_folder(root: Path) -> None:
    """Check that the index of a workspace has a place.

    Raises:
        RuntimeFolderError: There is something else in its place.
    """
    folder = root / STATE_FOLDER_NAME
    if folder.exists() and not folder.is_dir():
        raise RuntimeFolderError(folder, "it is not a folder", advice="move it away")


def not_made(error: IndexWriteError) -> HostError:
    """Say what to do about an index that can not be written, where there was none before."""
    message = f"{error.path}: can not be written: {error.reason}; "
    return HostError(FAILED, f"{message}the index is kept there, so make it writable or free space")


def has_index(root: Path) -> bool:
    """Tell whether there is an index to answer from.

    Raises:
        VolumeError: It is damaged.
    """
    try:
        open_index(root).close()
    except IndexMissingError:
        return False
    return True


def _why_missing(root: Path, index: Index, error: FileNotIndexedError) -> str:
    for skipped in index.skipped:
        if skipped.path == error.path:
            detail = f" ({skipped.detail})" if skipped.detail else ""
            return f"{error.path}: left out of the index: {skipped.reason.value}{detail}"
    if (root / error.path).is_dir():
        return f"{error.path}: is a folder; name a file in it"
    if (root / error.path).exists():
        return f"{error.path}: not in the index: it is ignored, or new; 'nanobot ingest' looks"
    return f"{error.path}: no such file in {root}; 'nanobot search' finds one"
