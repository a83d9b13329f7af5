"""The private folder in which the sockets of this user's hosts lie."""

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from nanobot_server.host.errors import RuntimeFolderError

# `sun_path` has 104 bytes on BSD and macOS, 108 on Linux, with a zero at its end.
_SOCKET_PATH_BYTES_MAX: Final = 103


def runtime_dir() -> Path:
    """Return the private folder for sockets of this user, and create it.

    `$XDG_RUNTIME_DIR` where the system gives one, else a folder in the user's
    home: never a guessable name in a folder that others can write.

    Raises:
        RuntimeFolderError: It belongs to somebody else or may not be created.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    parent = Path(given) if given else Path.home() / ".local" / "state"
    return private_folder(parent / "nanobot", uid=os.getuid())


def private_folder(folder: Path, *, uid: int) -> Path:
    """Make sure that `folder` is one that only `uid` may enter, and create it.

    Raises:
        RuntimeFolderError: It belongs to somebody else, is a link or no folder, or
            may not be created.
    """
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700, parents=True)
        found = folder.lstat()
    except OSError as error:
        raise RuntimeFolderError(folder, error.strerror or str(error)) from error
    if found.st_uid != uid:
        raise RuntimeFolderError(folder, "it belongs to another user")
    if not stat.S_ISDIR(found.st_mode):
        raise RuntimeFolderError(folder, "it is not a folder")
    folder.chmod(0o700)
    return folder


def socket_in_runtime_dir(stem: str) -> Path:
    """Return where a host listens.

    Args:
        stem: Of the name of the socket.

    Raises:
        RuntimeFolderError: The folder can not be used, or its path is too long.
    """
    path = runtime_dir() / f"{stem}.sock"
    excess = len(os.fsencode(path)) - _SOCKET_PATH_BYTES_MAX
    if excess > 0:
        reason = f"the path is {excess} bytes too long for a socket"
        raise RuntimeFolderError(path.parent, reason, advice="set XDG_RUNTIME_DIR to a shorter one")
    return path
