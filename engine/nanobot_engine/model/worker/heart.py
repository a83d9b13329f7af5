"""The heartbeat of a worker: a number that its thread counts up and its parent reads.

A file without a name, not a pipe: a parent that does not read must not stop the heart,
and a worker can not make the parent read more than eight bytes.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

BEAT_S: Final = 0.25
_BEAT_BYTES: Final = 8


def new_pulse(folder: Path) -> int:
    """Return the descriptor of a file for the count; the caller closes it."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("nanobot-pulse", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.dup(file.fileno())


def beat(fd: int, count: int) -> None:
    """Say as a worker that one is alive."""
    os.pwrite(fd, count.to_bytes(_BEAT_BYTES, "little"), 0)


def pulse(fd: int) -> int:
    """Return the count; 0 before the first beat."""
    return int.from_bytes(os.pread(fd, _BEAT_BYTES, 0), "little")
