"""One OS process at a time: a lock that dies with its holder."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanobot_engine.model.errors import DownloadCancelledError

Cancelled = Callable[[], bool]

_POLL_S: Final = 0.1


@contextmanager
def locked(
    path: Path, cancelled: Cancelled, name: str, *, on_wait: Callable[[], None] = lambda: None
) -> Generator[None]:
    """Hold an exclusive lock between OS processes.

    Args:
        path: Of the lock file, which is created and stays.
        cancelled: Return True to stop waiting.
        name: For messages.
        on_wait: Called again and again while another holds the lock.

    Raises:
        DownloadCancelledError: `cancelled` returned True while waiting.
    """
    while True:
        with locked_now(path) as is_free:
            if is_free:
                yield
                return
        stop_if(cancelled, name)
        on_wait()
        time.sleep(_POLL_S)


@contextmanager
def locked_now(path: Path) -> Generator[bool]:
    """Hold a lock between OS processes if nobody else does; the value says whether."""
    import fcntl  # noqa: PLC0415 - not on Windows, where only this function needs a twin

    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(path, flags, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)


def stop_if(cancelled: Cancelled, name: str) -> None:
    """Raise DownloadCancelledError if the caller asked to stop."""
    if cancelled():
        raise DownloadCancelledError(name)
