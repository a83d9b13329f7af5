"""What goes into the log goes to the editor too, as `window/logMessage`.

The editor shows it where its user looks for it. Texts of documents are in no log; a
traceback is only in our own file.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

LINES_PER_SECOND_MAX: Final = 50
"""An editor that sends nonsense all the time must not be flooded with what we think of it."""

# `MessageType` of the protocol; `Debug` is of 3.18, and older editors know `Log` instead.
_ERROR, _WARNING, _INFO, _LOG, _DEBUG = 1, 2, 3, 4, 5


class LogMessages(logging.Handler):
    """A handler of `logging` that sends. Safe to share between threads.

    Args:
        send: Sends one message; may be called from any thread.
        knows_debug: The editor knows the message type of 3.18.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None], *, knows_debug: bool) -> None:
        super().__init__()
        self._send = send
        self._debug = _DEBUG if knows_debug else _LOG
        self._second = 0
        self._sent = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record, unless there were too many in this second."""
        second = int(time.monotonic())
        left_out = self._sent - LINES_PER_SECOND_MAX
        if second != self._second:
            self._second, self._sent = second, 0
            if left_out > 0:
                self._message(_WARNING, f"{left_out} more lines are only in the log file")
        self._sent += 1
        if self._sent <= LINES_PER_SECOND_MAX:
            self._message(self._kind(record.levelno), self._text(record))

    def _kind(self, level: int) -> int:
        if level >= logging.ERROR:
            return _ERROR
        if level >= logging.WARNING:
            return _WARNING
        return _INFO if level >= logging.INFO else self._debug

    @staticmethod
    def _text(record: logging.LogRecord) -> str:
        text = f"{record.name.removeprefix('nanobot_')}: {record.getMessage()}"
        error = record.exc_info[0] if record.exc_info else None
        return f"{text} ({error.__name__}; the log file has more)" if error else text

    def _message(self, kind: int, text: str) -> None:
        params = {"type": kind, "message": text}
        self._send({"jsonrpc": "2.0", "method": "window/logMessage", "params": params})
