"""Where a workspace's host can be found, and where its state lies.

A Unix socket path may have about 100 bytes, so it is named after a hash of the
workspace and not after its path.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from nanobot_server.channel.runtime_folder import socket_in_runtime_dir
from nanobot_server.host.errors import RuntimeFolderError

STATE_FOLDER_NAME: Final = ".nanobot"


def workspace_key(workspace: Path) -> str:
    """Return a short name that is the same for every spelling of one folder."""
    return hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:16]


def socket_path(workspace: Path) -> Path:
    """Return where the host of `workspace` listens.

    Raises:
        RuntimeFolderError: The folder can not be used, or its path is too long.
    """
    return socket_in_runtime_dir(f"host-{workspace_key(workspace)}")


def state_dir(workspace: Path) -> Path:
    """Return `.nanobot` of a workspace, created with its own ignore file.

    Raises:
        RuntimeFolderError: The workspace may not be written, or `.nanobot` is a
            link: a workspace must not choose where nanobot writes.
    """
    folder = workspace / STATE_FOLDER_NAME
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise RuntimeFolderError(folder, "it is not a folder", advice="move it away")
        # "x" never writes through a link that the workspace brought along.
        with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x") as ignore:
            ignore.write("*\n")
    except OSError as error:
        raise RuntimeFolderError(folder, error.strerror or str(error)) from error
    return folder


def host_lock_path(workspace: Path) -> Path:
    """Return the file whose `flock` the host holds as long as it lives.

    Raises:
        RuntimeFolderError: The state folder can not be used.
    """
    return _own_file(state_dir(workspace) / "host.lock")


def ledger_path(workspace: Path) -> Path:
    """Return the ledger of a workspace.

    Raises:
        RuntimeFolderError: The state folder can not be used.
    """
    return _own_file(state_dir(workspace) / "ledger.db")


def _own_file(path: Path) -> Path:
    """Refuse a link: a workspace must not choose which file nanobot writes."""
    if path.is_symlink():
        raise RuntimeFolderError(path, "it is a link", advice="remove it")
    return path
