"""What a model worker gives up before it reads a byte of its model.

llama.cpp parses a file of strangers with native code, so a worker that was taken over
must find nothing: no file but its model, its libraries and its own folder, no network,
no other program. Where the system lacks a wall it does without and says so.
`docs/decisions/0015-worker-sandbox.md` has the reasons and the gaps.

Called by the main thread while it is the only one: what is given up by one thread is
not given up by its elder sisters.
"""

import contextlib
import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Final

from nanobot_engine.landlock import (
    READ,
    READ_FILE,
    RUN,
    TCP_VERSION,
    WRITE_FILE,
    changes,
    landlock_version,
    restrict_thread,
)

_CLONE_NEWUSER: Final = 0x1000_0000
_CLONE_NEWNET: Final = 0x4000_0000
_FILES_MAX: Final = 1_024
# Libraries that are loaded late, such as those of graphics cards, and what says which
# processors there are. Nothing of the user.
_READABLE: Final = (
    "/usr", "/lib", "/lib64", "/opt", "/etc/ld.so.cache", "/etc/OpenCL",
    "/etc/vulkan", "/etc/localtime", "/sys", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/driver", "/proc/sys/vm",
)  # fmt: skip
_DEVICES: Final = ("null", "zero", "urandom", "dri", "kfd")
_GPU_DEVICES: Final = ("nvidia*", "kfd", "dri")


def enter_sandbox(model_fd: int, folder: Path, memory_bytes_max: int) -> str:
    """Give up what a worker does not need.

    Args:
        model_fd: Of the model, opened for reading.
        folder: Its own: here it may do anything.
        memory_bytes_max: Of its own memory, without the file of the model that it maps.

    Returns:
        In words, what holds: for `nanobot doctor`.
    """
    walls = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_NOFILE, _FILES_MAX)
    # Drivers of graphics cards reserve far more than they use; there the parent looks alone.
    if sys.platform == "linux" and not has_gpu_device():
        _limit(resource.RLIMIT_DATA, memory_bytes_max)
    has_own_network = _leave_network()
    is_walled = _restrict(model_fd, folder)
    walls.append("own files only" if is_walled else "all files of the user")
    if has_own_network:
        walls.append("no network")
    else:
        is_without_tcp = is_walled and landlock_version() >= TCP_VERSION
        walls.append("no TCP" if is_without_tcp else "network not closed")
    return ", ".join(walls)


def has_gpu_device() -> bool:
    """Say whether a graphics card could be used from here."""
    return any(any(Path("/dev").glob(pattern)) for pattern in _GPU_DEVICES)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(OSError, ValueError):  # Not on every system.
        resource.setrlimit(what, (most, most))


def _leave_network() -> bool:
    """Enter a network of our own, which has nothing in it; a socket with a path still works."""
    if sys.platform != "linux":
        return False
    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False  # Many systems and most containers do not let users do it.
    # We stay who we are, where the system asks it of us by name.
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")
    return True


def _restrict(model_fd: int, folder: Path) -> bool:
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    readable = [*_READABLE, sys.prefix, sys.base_prefix, *(one for one in libraries if one)]
    devices = [Path("/dev", name) for name in _DEVICES] + list(Path("/dev").glob("nvidia*"))
    return restrict_thread(
        RUN | READ | changes(),
        [
            (model_fd, READ_FILE),
            (folder, READ | changes()),
            *((Path(place), READ) for place in readable),
            *((place, READ | WRITE_FILE) for place in devices),
        ],
        is_alone=True,
    )
