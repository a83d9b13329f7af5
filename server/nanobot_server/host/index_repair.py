"""What is done about a damaged index: it is a cache, so it is made again.

`ingest` keeps a generation whose files are as they were, and does not read their
stored text to find out. So damage there is found by readers, who forget the
index before they ingest again.
"""

import contextlib
from pathlib import Path

from nanobot_indexer import IndexMissingError, IndexWriteError, VolumeError, open_index
from nanobot_server.host.location import STATE_FOLDER_NAME


def damage_of_index(workspace: Path) -> VolumeError | None:
    """Check every byte of an index. None when it is sound, or not there yet."""
    try:
        with open_index(workspace) as index:
            index.verify()
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
    """Say once that an index was damaged and is made again."""
    return f"the index is damaged ({error.path.name}: {error.reason}), so it is built again"
