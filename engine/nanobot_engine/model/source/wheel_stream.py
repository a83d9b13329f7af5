"""Take members out of a wheel while it arrives.

A wheel is a zip file. Its central directory is at its end, so what is read here are the
headers before each member (APPNOTE.TXT of PKWARE, 4.3.7), in the order of the file.
Nothing is believed that they say but where a member is: the caller knows its size, and
checks the hash of the wheel.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final

_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_LOCAL: Final = b"PK\x03\x04"
_DESCRIPTOR: Final = b"PK\x07\x08"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZE_FOLLOWS = 1, 8
_NAME_BYTES_MAX: Final = 4_096
_INFLATED_AT_ONCE_BYTES: Final = 1 << 20
# Behind a member whose size follows: a signature or none, sizes of 4 or 8 bytes.
_DESCRIPTOR_SIZES: Final = (16, 24, 12, 20)


class WheelFormatError(Exception):
    """Not a zip file, or one of a kind that no wheel has."""


class WheelStream:
    """Fed with the bytes of a wheel in order; calls for each piece of a wanted member.

    Args:
        wanted: What to do with a piece of a member, by its path. What it raises ends the feeding.
    """

    def __init__(self, wanted: Mapping[str, Callable[[bytes], None]]) -> None:
        self._wanted = dict(wanted)
        self._rest = b""
        self._state: Callable[[], bool] = self._header
        self._sink: Callable[[bytes], None] | None = None
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._left = 0
        self._size_follows = False

    @property
    def is_done(self) -> bool:
        """Whether every wanted member came whole."""
        return not self._wanted and self._sink is None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            WheelFormatError: They are not those of a wheel.
        """
        if self.is_done:
            return
        self._rest += chunk
        try:
            while not self.is_done and self._state():
                pass
        except zlib.error as error:
            raise WheelFormatError(str(error)) from error

    def _header(self) -> bool:
        if len(self._rest) < _HEADER.size:
            return False
        (magic, _, flags, method, _, _, _, packed, _, name_size, extra_size) = _HEADER.unpack_from(
            self._rest
        )
        if magic != _LOCAL:
            msg = f"has no {', '.join(self._wanted) or 'end'}"
            raise WheelFormatError(msg)
        if name_size > _NAME_BYTES_MAX:
            msg = f"a name of {name_size} bytes"
            raise WheelFormatError(msg)
        start = _HEADER.size + name_size + extra_size
        if len(self._rest) < start:
            return False
        name = self._rest[_HEADER.size : _HEADER.size + name_size].decode("utf-8", "replace")
        self._size_follows = bool(flags & _SIZE_FOLLOWS)
        if flags & _ENCRYPTED or method not in {_STORED, _DEFLATED}:
            msg = f"{name}: packed in a way that wheels are not"
            raise WheelFormatError(msg)
        if method == _STORED and (self._size_follows or packed == 0xFFFFFFFF):
            msg = f"{name}: its size is not known"
            raise WheelFormatError(msg)
        self._rest = self._rest[start:]
        self._sink = self._wanted.pop(name, _ignored)
        self._left = packed
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._state = self._stored if method == _STORED else self._deflated
        return True

    def _stored(self) -> bool:
        assert self._sink is not None
        piece, self._rest = self._rest[: self._left], self._rest[self._left :]
        self._left -= len(piece)
        if piece:
            self._sink(piece)
        if self._left:
            return False
        self._sink, self._state = None, self._header
        return True

    def _deflated(self) -> bool:
        assert self._sink is not None
        piece = self._inflater.decompress(self._rest, _INFLATED_AT_ONCE_BYTES)
        if piece:
            self._sink(piece)
        if not self._inflater.eof:
            self._rest = self._inflater.unconsumed_tail
            # A piece that is full may have more behind it, with nothing left to read.
            return len(piece) == _INFLATED_AT_ONCE_BYTES or bool(self._rest)
        self._rest = self._inflater.unused_data
        self._sink, self._state = None, self._behind if self._size_follows else self._header
        return True

    def _behind(self) -> bool:
        longest = max(_DESCRIPTOR_SIZES)
        if len(self._rest) < longest + 4:
            return False
        for size in _DESCRIPTOR_SIZES:
            has_signature = self._rest.startswith(_DESCRIPTOR)
            if has_signature == (size in {16, 24}) and self._rest[size : size + 2] == b"PK":
                self._rest, self._state = self._rest[size:], self._header
                return True
        msg = "what follows a member is not understood"
        raise WheelFormatError(msg)


def _ignored(_: bytes) -> None:
    """What nobody wants."""
