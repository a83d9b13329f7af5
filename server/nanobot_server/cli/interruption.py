"""Ctrl-C, and what else asks a command to end: all of it does the same.

A program that just dies leaves its folders and its workers behind. So a shutdown
(SIGTERM) and a terminal that is closed (SIGHUP) end a command the way Ctrl-C does:
it cleans up and exits with `EXIT_INTERRUPTED`.
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
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
    """
    with _handled(_interrupted, _LIKE_CTRL_C):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C and the others until the block is done: for cleaning up, which is short."""
    came: list[int] = []
    # Not a mask of this thread: another thread would take the signal, and tell this one.
    with _handled(lambda number, _: came.append(number), (signal.SIGINT, *_LIKE_CTRL_C)):
        yield
    for number in came[:1]:
        signal.raise_signal(number)


@contextmanager
def _handled(
    handler: Callable[[int, FrameType | None], None], numbers: Iterable[signal.Signals]
) -> Iterator[None]:
    """Handle those of some signals that are not ignored.

    Outside of the main thread nothing changes: only that one can have handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: own for number in numbers if (own := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, own in before.items():
            signal.signal(number, own)


def _interrupted(_: int, __: FrameType | None) -> None:
    # A shell starts programs in the background with SIGINT ignored: it would be lost.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    # Not `raise KeyboardInterrupt`: an event loop ends its tasks in its own way.
    signal.raise_signal(signal.SIGINT)
