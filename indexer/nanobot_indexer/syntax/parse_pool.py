"""A few parse workers behind one queue.

A worker that fails is killed and replaced; the text it failed on gets a failure
instead of definitions. No text is tried twice alone: what crashed a parser once will
do so again, and the next ingest gives it another chance. Of texts that were asked about
together, nobody knows which one it was: each is tried alone.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.language import LANGUAGES_WITHOUT_DEFINITIONS, Language
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorker, ParseWorkerError
from nanobot_indexer.syntax.table import EMPTY_TABLE, SyntaxBatch
from nanobot_indexer.workspace.skip import SkipReason

log = logging.getLogger(__name__)

# An installation that can not start a worker will not be able to the fourth time.
STARTS_FAILED_MAX: Final = 3


class ParsePool:
    """Parses texts in child processes. Use it in a `with` block.

    One thread per worker, because the kernel ties a worker to the thread that
    started it: these threads live exactly as long as the pool.

    Args:
        options: Limits and the number of workers.
        on_start: Called on the worker's thread with each new worker.
    """

    def __init__(
        self, options: IndexOptions, *, on_start: Callable[[ParseWorker], None] | None = None
    ) -> None:
        self._options = options
        self._on_start = on_start
        self._threads = ThreadPoolExecutor(options.parse_workers, thread_name_prefix="parse")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: set[ParseWorker] = set()
        self._starts_failed = 0
        self._is_closed = False

    def submit(self, text: bytes, language: Language) -> Future[Parsed | ParseWorkerError]:
        """Queue one text. The future never raises: a failure is its result."""
        if language in LANGUAGES_WITHOUT_DEFINITIONS:
            done: Future[Parsed | ParseWorkerError] = Future()
            done.set_result(Parsed(EMPTY_TABLE, text, has_errors=False))
            return done
        return self._threads.submit(self._parsed_one, text, language)

    def submit_batch(
        self, texts: Sequence[bytes], language: Language
    ) -> Future[list[SyntaxBatch | ParseWorkerError]]:
        """Queue texts of one language that are parsed in one go. The future never raises.

        Its result is the syntax of all of them; or, after a failure, one item per text,
        which is the syntax of this one or what went wrong.

        Args:
            texts: At least one. All of them together have the time limit of one text.
            language: Not one of `LANGUAGES_WITHOUT_DEFINITIONS`.
        """
        return self._threads.submit(self._parsed, texts, language)

    def close(self) -> None:
        """Kill the workers and wait for the threads. Queued texts are dropped."""
        with self._lock:
            self._is_closed = True
            workers = list(self._workers)
        for worker in workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        # Their threads are gone, so nobody uses the descriptors any more.
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def _parsed_one(self, text: bytes, language: Language) -> Parsed | ParseWorkerError:
        answer = self._parsed_at_once([text], language)
        if isinstance(answer, ParseWorkerError):
            return answer
        return Parsed(answer.table(0), text, has_errors=answer.has_errors(0))

    def _parsed(
        self, texts: Sequence[bytes], language: Language
    ) -> list[SyntaxBatch | ParseWorkerError]:
        answer = self._parsed_at_once(texts, language)
        if isinstance(answer, ParseWorkerError) and len(texts) > 1:
            return [self._parsed_at_once([text], language) for text in texts]
        return [answer]

    def _parsed_at_once(
        self, texts: Sequence[bytes], language: Language
    ) -> SyntaxBatch | ParseWorkerError:
        worker: ParseWorker | None = getattr(self._own, "worker", None)
        try:
            if worker is None:
                worker = self._started()
                self._own.worker = worker
            return worker.parse(texts, language, timeout_s=self._options.parse_timeout_s)
        except ParseWorkerError as error:
            size_bytes = sum(map(len, texts))
            log.debug(
                "parse failed: language=%s texts=%d bytes=%d reason=%s",
                language, len(texts), size_bytes, error,
            )  # fmt: skip
            if worker is not None:
                self._discard(worker)
            self._own.worker = None
            return error

    def _started(self) -> ParseWorker:
        if self._starts_failed >= STARTS_FAILED_MAX:
            raise ParseWorkerError(SkipReason.PARSE_CRASHED, "workers do not start")
        with self._lock:
            if self._is_closed:
                raise ParseWorkerError(SkipReason.PARSE_CRASHED, "pool closed")
            try:
                worker = ParseWorker(memory_bytes_max=self._options.parse_memory_bytes_max)
            except OSError as error:
                self._starts_failed += 1
                raise ParseWorkerError(SkipReason.PARSE_CRASHED, f"no start: {error}") from error
            self._workers.add(worker)
        try:
            worker.wait_until_ready()
        except ParseWorkerError:
            self._starts_failed += 1
            self._discard(worker)
            raise
        self._starts_failed = 0
        if self._on_start is not None:
            self._on_start(worker)
        return worker

    def _discard(self, worker: ParseWorker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
