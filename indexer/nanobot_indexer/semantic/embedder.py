"""The parent's side of the embedding worker: texts in, checked vectors out.

A worker that fails is killed, and the next request starts another. After a few starts
that fail in a row none is tried for a while: a machine without memory stays usable.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.child_process import ChildError, ChildProcess, ChildTimeoutError
from nanobot_indexer.semantic.encoder import WIDTH
from nanobot_indexer.semantic.frames import (
    HELLO,
    REPLY,
    REQUEST,
    TEXT_BYTES_MAX,
    TEXT_SIZE,
    TEXTS_MAX,
)

log = logging.getLogger(__name__)

OpenModel = Callable[[], int]
"""Returns a descriptor of a model file whose sha256 was checked; the caller closes it.

It raises OSError or EmbeddingError when there is no such file."""

MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
"""Address space of a worker. It has 91 MB of weights mapped and needs 150 MB besides."""
STARTS_FAILED_MAX: Final = 3
REST_AFTER_FAILURES_S: Final = 60.0

_LENGTH_ERROR_MAX: Final = 1e-3
_HEADER: Final = REPLY.size
# One thread: two gain a tenth, and the second core is the editor's.
_VARIABLES: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class EmbeddingError(Exception):
    """There are no vectors: answer without them."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"embedding: {reason}")
        self.reason = reason


class EmbeddingTimeoutError(EmbeddingError, TimeoutError):
    """They were not there by the deadline. The worker was killed."""


class Embedder:
    """One worker at a time, started when it is first asked. Close it.

    Safe to share between threads: requests take turns, and who waits for a turn gives up
    at its own deadline.

    Args:
        open_model: Called at each start of a worker.
        niceness: Of the worker: 0 for what somebody waits for, 19 for the background.
        memory_bytes_max: Address space of the worker.
    """

    def __init__(
        self,
        open_model: OpenModel,
        *,
        niceness: int,
        memory_bytes_max: int = MEMORY_BYTES_MAX,
    ) -> None:
        self._open_model = open_model
        self._arguments = (str(memory_bytes_max), str(niceness))
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._child: ChildProcess | None = None
        self._is_ready = False
        self._request_id = 0
        self._starts_failed = 0
        self._rest_until = 0.0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The operating-system id of the worker; None while there is none."""
        child = self._child
        return None if child is None else child.pid

    def vectors(
        self, texts: Sequence[str], *, tokens_max: int, timeout_s: float
    ) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: At most `TEXTS_MAX`.
            tokens_max: What is behind so many tokens of a text is not read.
            timeout_s: For a start, if there has to be one, and the answer.

        Returns:
            Vectors of length 1. Shape `(text, WIDTH)`.

        Raises:
            EmbeddingTimeoutError: It took longer. The worker was killed.
            EmbeddingError: The worker died or does not start.
        """
        assert 0 < len(texts) <= TEXTS_MAX
        deadline = time.monotonic() + timeout_s
        if not self._turn.acquire(timeout=max(0.0, timeout_s)):
            raise EmbeddingTimeoutError(f"no turn within {timeout_s:g} s")
        try:
            try:
                child = self._ready_child(deadline)
                return self._asked(child, texts, tokens_max, deadline)
            except ChildTimeoutError as error:
                self._discard()
                raise EmbeddingTimeoutError(f"no answer within {timeout_s:g} s") from error
            except ChildError as error:
                self._discard()
                raise EmbeddingError(error.detail) from error
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the worker, whatever it does. Further requests fail."""
        with self._state:
            self._is_closed = True
            if self._child is not None:
                self._child.kill()
        # Whoever has the turn notices at once that its worker is dead.
        with self._turn:
            self._discard()

    def rest(self) -> None:
        """End the worker; the next request starts another."""
        with self._turn:
            self._discard()

    def _ready_child(self, deadline: float) -> ChildProcess:
        if self._child is not None and self._is_ready:
            return self._child
        if time.monotonic() < self._rest_until:
            raise ChildError(f"{STARTS_FAILED_MAX} starts failed; the next try is in a minute")
        try:
            child = self._started(deadline)
        except ChildError:
            self._starts_failed += 1
            if self._starts_failed >= STARTS_FAILED_MAX:
                self._starts_failed = 0
                self._rest_until = time.monotonic() + REST_AFTER_FAILURES_S
            raise
        self._starts_failed = 0
        self._is_ready = True
        return child

    def _started(self, deadline: float) -> ChildProcess:
        child = self._spawned()
        hello = child.exchange(b"", len(HELLO), deadline=deadline)
        if hello != HELLO:
            raise ChildError(f"said {hello[:20]!r} at start")
        return child

    def _spawned(self) -> ChildProcess:
        try:
            fd = self._open_model()
        except OSError as error:
            raise ChildError(f"no model: {error}") from error
        try:
            with self._state:
                if self._is_closed:
                    raise ChildError("closed")
                self._child = ChildProcess(
                    "nanobot_indexer.semantic.worker",
                    (str(fd), *self._arguments),
                    variables=_VARIABLES,
                    pass_fds=(fd,),
                )
        except OSError as error:
            raise ChildError(f"no start: {error}") from error
        finally:
            os.close(fd)
        return self._child

    def _asked(
        self, child: ChildProcess, texts: Sequence[str], tokens_max: int, deadline: float
    ) -> NDArray[np.float32]:
        self._request_id = (self._request_id + 1) % (1 << 32)
        parts = [REQUEST.pack(self._request_id, len(texts), tokens_max)]
        for text in texts:
            content = text.encode("utf-8", "replace")[:TEXT_BYTES_MAX]
            parts += [TEXT_SIZE.pack(len(content)), content]
        size = _HEADER + 4 * WIDTH * len(texts)
        reply = child.exchange(b"".join(parts), size, deadline=deadline)
        if REPLY.unpack(reply[:_HEADER]) != (self._request_id, len(texts)):
            raise ChildError(f"frame {reply[:_HEADER].hex()}")
        vectors = np.frombuffer(reply, "<f4", offset=_HEADER).reshape(len(texts), WIDTH)
        lengths = np.einsum("ij,ij->i", vectors, vectors)
        # Not a number is not near 1 either.
        if not bool((np.abs(lengths - 1.0) < _LENGTH_ERROR_MAX).all()):
            raise ChildError("a vector that is none")
        return vectors

    def _discard(self) -> None:
        with self._state:
            child, self._child = self._child, None
            self._is_ready = False
        if child is not None:
            child.close()
