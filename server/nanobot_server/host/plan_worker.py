"""The OS process that plans: `python -m nanobot_server.host.plan_worker ROOT PARENT_PID`.

Parsing hundreds of files holds the interpreter's lock for seconds, and the host answers
everybody. So it happens here. The worker reads the published index and writes nothing; it
may be killed at any moment. It ends with the end of its stdin.
"""

import contextlib
import ctypes
import logging
import os
import queue
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final

from nanobot_indexer.worker_streams import private_streams
from nanobot_server.host.error_code import KNOWN_ERRORS
from nanobot_server.host.plan_job import PlanJobs
from nanobot_server.host.plan_wire import Message, error_to_json, line_of, message_of
from nanobot_server.log_file import log_to_file

log = logging.getLogger(__name__)

_NICE: Final = 5
_PR_SET_PDEATHSIG: Final = 1
_MEMORY_BYTES_MAX: Final = 8 * 1024**3
"""Address space. Django parsed whole takes less than 1 GiB; the index is mapped besides."""


def main() -> None:
    """Do jobs until the host is gone."""
    root, parent_pid = Path(sys.argv[1]), int(sys.argv[2])
    requests, replies = private_streams()
    _die_with_parent(parent_pid)
    os.nice(max(0, _NICE - os.nice(0)))  # Not on top of what we inherited.
    with contextlib.suppress(ValueError, OSError):  # A lower limit is there already.
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, hard))
    log_to_file("plan")
    _Worker(root, requests, replies).serve()


class _Worker:
    """Its main thread does jobs, and another one hears what the host says meanwhile."""

    def __init__(self, root: Path, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._jobs: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[int | list[str] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._work = PlanJobs(root, self._send, self._answers.get, self._stopped.is_set)

    def serve(self) -> None:
        """Do jobs; never returns."""
        threading.Thread(target=self._hear, daemon=True).start()
        while True:
            self._serve_one(self._jobs.get())

    def _serve_one(self, job: Message) -> None:
        try:
            result = {"done": self._work.run(job)}
        except KNOWN_ERRORS as error:
            result = {"failed": error_to_json(error)}
        except Exception as error:
            # A bug in one job ends that job.
            log.exception("planning broke: job=%s", job["job"])
            result = {"failed": error_to_json(error)}
        self._send(result)

    def _hear(self) -> None:
        for line in self._requests:
            message = message_of(line)
            if "job" in message:
                # The one before has ended, perhaps without looking at what stopped it.
                self._stopped.clear()
                while not self._answers.empty():
                    self._answers.get()
                self._jobs.put(message)
            elif "stop" in message:
                self._stopped.set()
                self._answers.put(None)
            else:
                self._answers.put(message["answer"])
        os._exit(0)

    def _send(self, message: Message) -> None:
        try:
            self._replies.write(line_of(message))
            self._replies.flush()
        except OSError:
            os._exit(0)  # The host is gone.


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # It died before the line above.
        os._exit(0)


if __name__ == "__main__":
    main()
