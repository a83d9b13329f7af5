"""What is done about a damaged index: it is a cache, so it is made again.

An ingest notices damage in what it uses, and then begins from nothing. It does not
read the stored text of files that are as they were: damage there is found by readers,
who forget the index before they ingest again.
"""

import contextlib
from pathlib import Path

from nanobot_indexer import (
    IndexMissingError,
    IndexWriteError,
    VolumeError,
    VolumeVersionError,
    open_index,
)
from nanobot_indexer.volume.segment_source import FileSource
from nanobot_server.host.location import STATE_FOLDER_NAME


def damage_of_index(workspace: Path) -> VolumeError | None:
    """Check every byte of an index by its checksums. None when it is sound, or not there yet.

    That takes 15 ms for 40 MB of text that is in memory; `Index.verify`, which also looks
    at what the tables say, takes 400 ms and finds nothing more that a disk can do.
    """
    try:
        with open_index(workspace) as index:
            for segment in index.segments:
                if isinstance(segment.source, FileSource):
                    segment.source.check_all()
                _ = segment.live_files
            _ = index.skipped
    except IndexMissingError:
        return None
    except VolumeError as error:
        return error
    return None


def forget_index(workspace: Path) -> None:
    """Make the next ingest read every file again. Open indexes stay valid.

    Raises:
        IndexWriteError: The folder may not be written.
    """
    manifest = workspace / STATE_FOLDER_NAME / "index" / "manifest.json"
    try:
        # A state folder that is no folder is for `ingest` to report.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            manifest.unlink()
    except OSError as error:
        raise IndexWriteError(manifest, error.strerror or str(error)) from error


def rebuilt(error: VolumeError) -> str:
    """Say once why an index is made again."""
    if isinstance(error, VolumeVersionError):
        return f"the index has {error.reason}, so it is built again"
    return f"the index is damaged ({error.path.name}: {error.reason}), so it is built again"
