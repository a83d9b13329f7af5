"""`$/logTrace`: what is exchanged with the editor, told to it when it asks with `$/setTrace`.

No text of a document is told: it is replaced by its length.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

LOG_TRACE: Final = "$/logTrace"
VALUES: Final = ("off", "messages", "verbose")
_VERBOSE_CHARS_MAX: Final = 2_000
_STRING_CHARS_MAX: Final = 200
_TEXT_KEYS: Final = frozenset(
    {"contentChanges", "text", "newText", "insertText", "contents", "value"}
)
# To tell of these would never end.
_SILENT: Final = frozenset({LOG_TRACE, "window/logMessage"})


class Trace:
    """Tells of messages. Runs on the event loop.

    Args:
        send: Sends a message as it is.
        value: What the editor asked for when it started.
    """

    def __init__(self, send: Callable[[dict[str, Any]], None], value: str) -> None:
        self._send = send
        self._value = "off"
        self._begun_at_by_id: dict[int | str, tuple[str, float]] = {}
        self.set(value)

    def set(self, value: object) -> None:
        """Take what the editor wants to be told; what is none of the values is `off`."""
        self._value = value if isinstance(value, str) and value in VALUES else "off"
        if self._value == "off":
            self._begun_at_by_id.clear()

    def received(self, message: dict[str, Any]) -> None:
        """Tell of a message of the editor."""
        if self._value == "off":
            return
        method, message_id = message.get("method"), message.get("id")
        if not isinstance(method, str):
            self._tell(f"received answer ({message_id})", message.get("error"))
        elif message_id is None:
            self._tell(f"received notification {method}", message.get("params"))
        else:
            self._tell(f"received request {method} ({message_id})", message.get("params"))
            if isinstance(message_id, (int, str)):
                self._begun_at_by_id[message_id] = method, time.monotonic()

    def sent(self, message: dict[str, Any]) -> None:
        """Tell of a message to the editor."""
        method, message_id = message.get("method"), message.get("id")
        if self._value == "off" or method in _SILENT:
            return
        if method is not None:
            what = "notification" if message_id is None else "request"
            number = "" if message_id is None else f" ({message_id})"
            self._tell(f"sent {what} {method}{number}", message.get("params"))
            return
        name, text = "request", ""
        if message_id in self._begun_at_by_id:
            name, begun_at = self._begun_at_by_id.pop(message_id)
            text = f" after {1000 * (time.monotonic() - begun_at):.0f} ms"
        error = message.get("error")
        how = f"with error {error.get('code')}" if isinstance(error, dict) else "with a result"
        self._tell(f"answered {name} ({message_id}) {how}{text}", error)

    def _tell(self, text: str, more: object) -> None:
        params = {"message": text}
        if self._value == "verbose" and more is not None:
            outlined = json.dumps(without_texts(more), ensure_ascii=False)
            params["verbose"] = outlined[:_VERBOSE_CHARS_MAX]
        # Not by way of pygls: its way leads back here.
        self._send({"jsonrpc": "2.0", "method": LOG_TRACE, "params": params})


def without_texts(value: Any, key: str = "") -> Any:
    """Return a JSON value with the length of each text of a document, and of any long one."""
    if isinstance(value, dict):
        return {name: without_texts(one, str(name)) for name, one in value.items()}
    if isinstance(value, list):
        return [without_texts(one, key) for one in value]
    if isinstance(value, str) and (key in _TEXT_KEYS or len(value) > _STRING_CHARS_MAX):
        return f"<{len(value)} characters>"
    return value
