"""Ctrl-C, and what else asks a command to end: all of it does the same.

A program that just dies leaves its folders and its workers behind. So a shutdown
(SIGTERM) and a terminal that is closed (SIGHUP) end a command the way Ctrl-C does:
it cleans up and exits with `EXIT_INTERRUPTED`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_LIKE_CTRL_C: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def ended_like_by_ctrl_c() -> Iterator[None]:
    """Make other signals do what Ctrl-C does, whatever that is at the time.

    Who starts a program may have it ignore a signal, as `nohup` does; that stays so.
    Outside of the main thread nothing changes: only that one can have handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: handler
        for number in _LIKE_CTRL_C
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, _interrupted)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C and the others until the block is done: for cleaning up, which is short."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *_LIKE_CTRL_C})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _interrupted(_: int, __: FrameType | None) -> None:
    # A shell starts programs in the background with SIGINT ignored: it would be lost.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    # Not `raise KeyboardInterrupt`: an event loop ends its tasks in its own way.
    signal.raise_signal(signal.SIGINT)
