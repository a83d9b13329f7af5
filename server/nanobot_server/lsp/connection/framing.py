r"""Messages of the base protocol: bytes in, JSON values out, and back.

    Content-Length: 52\r\n\r\n{"jsonrpc":"2.0", ...}

Invariant: a reader never raises for what a client sends, never allocates more
than one message may have, and is never deaf: after a header it can not believe
it searches for the next one. That search is safe because a raw line end can not
occur inside a JSON string.

Source: Language Server Protocol 3.18, section "Base Protocol".
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

MESSAGE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Larger than any document an editor keeps open with a language server."""
HEADER_BYTES_MAX: Final = 8 * 1024
DEPTH_MAX: Final = 200
"""Nesting of a message. Real ones have about ten levels."""

# Ten digits hold MESSAGE_BYTES_MAX; int() of thousands of digits is refused or slow.
_DIGITS_MAX: Final = 10
_LENGTH_LINE: Final = re.compile(rb"content-length[ \t]*:[ \t]*\d{1,10}[ \t]*\r?\n", re.IGNORECASE)
# Longer than any line that _LENGTH_LINE matches: a match may be cut by a chunk end.
_RESYNC_TAIL_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class BadMessage:
    """Something that is not a message, and why. It is answered with -32700."""

    reason: str


Incoming = dict[str, Any] | BadMessage
"""A JSON object, not yet known to be JSON-RPC, or the reason why there is none."""


class MessageReader:
    """Cut a stream of bytes into messages.

    Runs in the thread that reads the stream; it keeps no lock.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._is_resyncing = False

    def feed(self, data: bytes) -> list[Incoming]:
        """Take the next bytes and return the messages they complete, in order."""
        self._buffer += data
        found: list[Incoming] = []
        while (incoming := self._next()) is not None:
            found.append(incoming)
        return found

    def _next(self) -> Incoming | None:
        if self._is_resyncing and not self._resync():
            return None
        if self._length is None:
            bad = self._read_header()
            if bad is not None:
                self._is_resyncing = True
                return bad
        if self._length is None or len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return self._decoded(body)

    def _resync(self) -> bool:
        """Drop bytes up to the next header; return whether one is there."""
        match = _LENGTH_LINE.search(self._buffer)
        if match is None:
            del self._buffer[:-_RESYNC_TAIL_BYTES]
            return False
        del self._buffer[: match.start()]
        self._is_resyncing = False
        return True

    def _read_header(self) -> BadMessage | None:
        """Read a header block if it is complete; on success `_length` is set."""
        while self._buffer and self._buffer[0] in b"\r\n":
            del self._buffer[:1]  # Blank lines between messages mean nothing.
        end = self._header_end()
        if end is None:
            is_too_long = len(self._buffer) > HEADER_BYTES_MAX
            return self._bad_header("longer than a header may be") if is_too_long else None
        length = _content_length(bytes(self._buffer[:end]))
        if isinstance(length, str):
            return self._bad_header(length)
        del self._buffer[:end]
        self._length = length
        return None

    def _header_end(self) -> int | None:
        """Return the offset behind the blank line, also if lines end with a bare LF."""
        window = bytes(self._buffer[: HEADER_BYTES_MAX + 4])
        ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := window.find(mark)) >= 0]
        return min(ends, default=None)

    def _bad_header(self, reason: str) -> BadMessage:
        # Without its first byte the same header is not found again.
        del self._buffer[:1]
        return BadMessage(f"message header: {reason}")

    def _decoded(self, body: bytes) -> Incoming:
        try:
            value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except RecursionError:
            return BadMessage(f"message: nested deeper than {DEPTH_MAX} levels")
        except ValueError as error:  # Also UnicodeDecodeError and JSONDecodeError.
            # The length may have been wrong, so the next header may lie in this body.
            self._buffer[:0] = body
            self._is_resyncing = True
            return BadMessage(f"message: not JSON ({error})")
        if not isinstance(value, dict):
            return BadMessage(f"message: a JSON {type(value).__name__}, not an object")
        if _is_too_deep(value):
            return BadMessage(f"message: nested deeper than {DEPTH_MAX} levels")
        return value


def encode_message(message: dict[str, Any]) -> bytes:
    """Return one framed message. ASCII only, so a lone surrogate can not break it."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _content_length(header: bytes) -> int | str:
    """Return the length that a header block gives, or what is wrong with it."""
    found: set[bytes] = set()
    for line in header.split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            found.add(value.strip())
    if len(found) != 1:
        return f"{len(found)} values of Content-Length in {_shown(header)}"
    (value,) = found
    if not value.isdigit() or len(value) > _DIGITS_MAX:
        return f"Content-Length is {_shown(value)}"
    if not 0 < int(value) <= MESSAGE_BYTES_MAX:
        return f"Content-Length {int(value)} is not in 1..{MESSAGE_BYTES_MAX}"
    return int(value)


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _is_too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEPTH_MAX):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _shown(value: bytes) -> str:
    return repr(value[:40].decode("ascii", "replace"))
