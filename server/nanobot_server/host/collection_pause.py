"""No garbage collection while much is parsed.

What is parsed stays, and looking it through again and again takes nearly half of the time
and stops every thread of the host meanwhile.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")

_lock = threading.Lock()
_count = 0


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause it in this OS process. In several threads at a time: until the last is done."""
    global _count  # noqa: PLW0603 - there is one collector
    with _lock:
        _count += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _count -= 1
            if not _count:
                gc.enable()


def uncollected(work: Callable[..., Result], *arguments: object, **options: object) -> Result:
    """Call something, with the collection paused meanwhile."""
    with collection_paused():
        return work(*arguments, **options)
