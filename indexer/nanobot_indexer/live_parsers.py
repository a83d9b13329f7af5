"""Parse workers that are there while they are needed, for whoever needs them.

A worker takes memory and a moment to start, so they are shared, kept for a while, and
ended when nobody used them for longer.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError as FutureCancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IngestCancelledError
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.parse_pool import ParsePool

# Who uses parse workers notices a close within this time, unless a whole segment is parsed.
_CLOSE_WAIT_S: Final = 0.5


class LiveParsers:
    """Safe to share between threads. Close it.

    Args:
        root: The workspace, for messages.
        options: Limits and the number of workers.
    """

    def __init__(self, root: Path, options: IndexOptions) -> None:
        self._root = root
        self._options = options
        self._changed = threading.Condition()
        self._pool: ParsePool | None = None
        self._user_count = 0
        self._used_at = 0.0
        self._is_closed = False

    @contextmanager
    def used(self) -> Iterator[ParsePool]:
        """Keep the workers as long as the block.

        Raises:
            IngestCancelledError: They were closed, before or meanwhile.
        """
        with self._changed:
            if self._is_closed:
                raise IngestCancelledError(self._root)
            if self._pool is None:
                # Starts nothing yet: a worker comes with the first text.
                self._pool = ParsePool(self._options)
            pool = self._pool
            self._user_count += 1
        try:
            yield pool
        except (FutureCancelledError, RuntimeError) as error:
            # A closed pool gives nothing back and takes nothing more.
            if self._is_closed:
                raise IngestCancelledError(self._root) from error
            raise
        finally:
            with self._changed:
                self._user_count -= 1
                self._used_at = time.monotonic()
                self._changed.notify_all()

    def rest(self, *, idle_s: float) -> bool:
        """End the workers if they were not used for so long."""
        with self._changed:
            is_idle = time.monotonic() - self._used_at >= idle_s
            if self._pool is None or self._user_count or not is_idle:
                return self._pool is None
            pool, self._pool = self._pool, None
        pool.close()
        return True

    def close(self) -> None:
        """End the workers. Their users have been told, and get an error if they go on."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._user_count, _CLOSE_WAIT_S)
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
