"""Where the model host of this user is, and how it is reached."""

from pathlib import Path
from typing import Final

from nanobot_server.channel.host_address import HostAddress
from nanobot_server.channel.runtime_folder import (
    private_folder,
    runtime_dir,
    socket_in_runtime_dir,
)

# Bump when a method, a parameter or an event changes its meaning.
# 1: first version.
PROTOCOL_VERSION: Final = 1

NOUN: Final = "nanobot model host"
_STEM: Final = "models"


def socket_path() -> Path:
    """Return where the model host listens.

    Raises:
        RuntimeFolderError: The folder can not be used, or its path is too long.
    """
    return socket_in_runtime_dir(_STEM)


def lock_path() -> Path:
    """Return the file whose `flock` the model host holds as long as it lives.

    Raises:
        RuntimeFolderError: The folder can not be used.
    """
    return runtime_dir() / f"{_STEM}.lock"


def workers_dir() -> Path:
    """Return the folder for sockets, logs and stored prefixes of workers, and create it.

    Raises:
        RuntimeFolderError: The folder can not be used.
    """
    return private_folder(runtime_dir() / _STEM, uid=runtime_dir().stat().st_uid)


def model_host() -> HostAddress:
    """Return how the model host of this user is reached.

    Raises:
        RuntimeFolderError: The folder can not be used.
    """
    return HostAddress(
        name="models",
        noun=NOUN,
        socket_path=socket_path(),
        lock_path=lock_path(),
        module="nanobot_server.model_host",
        arguments=(),
        advice="run 'nanobot doctor'",
    )
