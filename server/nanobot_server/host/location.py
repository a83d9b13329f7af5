"""Where a workspace's host can be found, and where its state lies.

A Unix socket path may have about 100 bytes, so it is named after a hash of the
workspace and not after its path.
"""

import hashlib
import os
import stat
import sys
from pathlib import Path

from nanobot_server.host.errors import RuntimeFolderError

STATE_FOLDER_NAME = ".nanobot"


def runtime_dir() -> Path:
    """Return the private folder for sockets of this user, and create it.

    `$XDG_RUNTIME_DIR` where the system gives one, else a folder in the user's
    home: never a guessable name in a folder that others can write.

    Raises:
        RuntimeFolderError: It belongs to somebody else or may not be created.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    parent = Path(given) if given else Path.home() / ".local" / "state"
    folder = parent / "nanobot"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise RuntimeFolderError(folder, error.strerror or str(error)) from error
    if sys.platform != "win32" and found.st_uid != os.getuid():
        raise RuntimeFolderError(folder, "it belongs to another user")
    if not stat.S_ISDIR(found.st_mode):
        raise RuntimeFolderError(folder, "it is not a folder")
    folder.chmod(0o700)
    return folder


def workspace_key(workspace: Path) -> str:
    """Return a short name that is the same for every spelling of one folder."""
    return hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:16]


def socket_path(workspace: Path) -> Path:
    """Return where the host of `workspace` listens."""
    return runtime_dir() / f"host-{workspace_key(workspace)}.sock"


def state_dir(workspace: Path) -> Path:
    """Return `.nanobot` of a workspace, created with its own ignore file.

    Raises:
        RuntimeFolderError: The workspace may not be written.
    """
    folder = workspace / STATE_FOLDER_NAME
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise RuntimeFolderError(folder, error.strerror or str(error)) from error
    return folder


def host_lock_path(workspace: Path) -> Path:
    """Return the file whose `flock` the host holds as long as it lives."""
    return state_dir(workspace) / "host.lock"


def ledger_path(workspace: Path) -> Path:
    """Return the ledger of a workspace."""
    return state_dir(workspace) / "ledger.db"
