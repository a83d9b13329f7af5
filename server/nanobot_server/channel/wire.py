"""One JSON object per line, over a Unix socket.

    request   {"id": 1, "method": "process.start", "params": {...}}
    answer    {"id": 1, "result": {...}}  or  {"id": 1, "error": {"code", "message"}}
    event     {"event": "process", "params": {...}}

Both sides are ours and of one user, yet every line is bounded and checked: the
two may be of different versions.
"""

import json
from typing import Any, Final

from nanobot_server.host.errors import FAILED, HostError

LINE_BYTES_MAX: Final = 64 * 1024 * 1024


def encode(message: dict[str, Any]) -> bytes:
    """Return one line, newline included."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Read one line.

    Raises:
        HostError: It is not a JSON object.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HostError(FAILED, f"host connection: a line is not JSON ({error})") from error
    if not isinstance(message, dict):
        raise HostError(FAILED, "host connection: a line is not a JSON object")
    return message
