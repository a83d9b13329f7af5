"""The parent's side of one parse worker: start it, ask it, kill it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nanobot_indexer.child_process import (
    ChildEndedError,
    ChildProcess,
    ChildTimeoutError,
)
from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.syntax.frames import (
    HELLO,
    REPLY,
    REPLY_SIZE_BYTES_MAX,
    FrameError,
    encoded_request,
)
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.table import DefinitionTable, SyntaxBatch, checked_batch
from nanobot_indexer.workspace.skip import SkipReason

# Starting Python takes 0.1 s on an idle machine. Both cores may be busy with models.
START_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Parsed:
    """The syntax of one text."""

    table: DefinitionTable
    text: bytes = field(repr=False)
    has_errors: bool
    """The tree is partial; the definitions outside of the errors are there."""

    @property
    def definitions(self) -> tuple[DefinitionRange, ...]:
        """The definitions, in order of their start; made anew on each call."""
        return tuple(self.table.definitions(self.text))


class ParseWorkerError(Exception):
    """The worker gave up on a text, or we on the worker. It must be replaced."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ParseWorker:
    """One child process. Used by one thread at a time; `kill` may come from any."""

    def __init__(self, *, memory_bytes_max: int) -> None:
        self._request_id = 0
        self._child = ChildProcess("nanobot_indexer.syntax.worker", (str(memory_bytes_max),))

    @property
    def pid(self) -> int:
        """The operating-system id of the worker."""
        return self._child.pid

    @property
    def reply_fd(self) -> int:
        """Where its answers arrive."""
        return self._child.reply_fd

    def wait_until_ready(self) -> None:
        """Wait for the hello.

        Raises:
            ParseWorkerError: It did not come, or something else did.
        """
        hello = self._exchange(b"", len(HELLO), time.monotonic() + START_TIMEOUT_S)
        if hello != HELLO:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, f"said {hello[:20]!r} at start")

    def parse(self, texts: Sequence[bytes], language: Language, *, timeout_s: float) -> SyntaxBatch:
        """Return the syntax of texts of one language.

        Args:
            texts: The raw bytes of each file.
            language: Not one of `LANGUAGES_WITHOUT_DEFINITIONS`.
            timeout_s: Wall-clock limit for sending, parsing and answering.

        Raises:
            ParseWorkerError: The worker crashed, hung or answered garbage. Kill it.
        """
        deadline = time.monotonic() + timeout_s
        self._request_id += 1
        request = encoded_request(self._request_id, language, texts)
        reply = self._exchange(request, REPLY.size, deadline)
        request_id, size_bytes = REPLY.unpack(reply)
        if request_id != self._request_id or size_bytes > REPLY_SIZE_BYTES_MAX:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, f"frame {reply.hex()}")
        payload = self._exchange(b"", size_bytes, deadline)
        try:
            return checked_batch(payload, texts)
        except FrameError as error:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, str(error)) from error

    def kill(self) -> None:
        """End the worker now and wait for it. Does nothing the second time."""
        self._child.kill()

    def close(self) -> None:
        """Kill the worker and give its descriptors back. Only for the thread that uses it."""
        self._child.close()

    def _exchange(self, request: bytes, reply_size_bytes: int, deadline: float) -> bytes:
        """Send all of `request`, then return `reply_size_bytes` bytes of the answer."""
        try:
            return self._child.exchange(request, reply_size_bytes, deadline=deadline)
        except ChildTimeoutError as error:
            raise ParseWorkerError(SkipReason.PARSE_TIMED_OUT, error.detail) from error
        except ChildEndedError as error:
            raise ParseWorkerError(SkipReason.PARSE_CRASHED, error.detail) from error
