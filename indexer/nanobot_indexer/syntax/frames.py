"""What a parse worker and its parent say to each other, as length-prefixed frames.

    worker → parent   HELLO, once
    parent → worker   request: id, how many texts, language; their sizes; the texts
    worker → parent   reply:   id, how much follows; per text `COUNTS`; the definitions of
                      all texts, the imports of all, the names of all

Several texts share a frame: most files are small, and to wake a process up and to check
what it says costs as much as to parse one. Numbers and UTF-8, never pickle: the worker has
read hostile data, so its parent checks every field before it believes one (`table`).
"""

import struct
from collections.abc import Sequence
from typing import BinaryIO, Final

from nanobot_indexer.syntax.rows import DEFINITION_FIELDS, IMPORT_FIELDS, SyntaxRows

# 2: rows of numbers instead of JSON; signatures, documentation and imports.
# 3: several texts at once.
HELLO: Final = b"nanobot-parse-3\n"

REQUEST: Final = struct.Struct("<IIB")  # request id, texts, length of the language
REPLY: Final = struct.Struct("<II")
"""Request id, payload size in bytes."""
COUNTS: Final = struct.Struct("<IIII")
"""Of one text: definitions, imports, size of its names in bytes, 1 when its tree has errors."""

REPLY_SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
DEFINITION_SIZE_BYTES: Final = 4 * len(DEFINITION_FIELDS)
IMPORT_SIZE_BYTES: Final = 4 * len(IMPORT_FIELDS)


class FrameError(Exception):
    """A frame does not say what it must: whoever sent it is not to be trusted."""


def encoded_request(request_id: int, language: str, texts: Sequence[bytes]) -> bytes:
    """Return the request for the syntax of texts of one language."""
    name = language.encode("ascii")
    head = REQUEST.pack(request_id, len(texts), len(name)) + name
    return b"".join((head, struct.pack(f"<{len(texts)}I", *map(len, texts)), *texts))


def read_request(stream: BinaryIO) -> tuple[int, str, list[bytes]] | None:
    """Return the next request: its id, its language and its texts.

    Returns:
        None where the stream ends: the parent is done, or died in the middle of a request.
    """
    try:
        request_id, count, language_size = REQUEST.unpack(stream.read(REQUEST.size))
        language = _read(stream, language_size).decode("ascii")
        sizes = struct.unpack(f"<{count}I", _read(stream, 4 * count))
        return request_id, language, [_read(stream, size_bytes) for size_bytes in sizes]
    except (struct.error, EOFError):
        return None


def _read(stream: BinaryIO, size_bytes: int) -> bytes:
    data = stream.read(size_bytes)
    if len(data) < size_bytes:
        raise EOFError
    return data


def encoded_payload(answers: Sequence[SyntaxRows]) -> bytes:
    """Return what a reply says about texts, in their order."""
    heads, definitions, imports, names = [], [], [], []
    for rows in answers:
        heads.append(
            COUNTS.pack(rows.definition_count, rows.import_count, len(rows.names), rows.has_errors)
        )
        definitions.append(rows.definition_bytes())
        imports.append(rows.import_bytes())
        names.append(rows.names)
    return b"".join((*heads, *definitions, *imports, *names))


def encoded_reply(request_id: int, answers: Sequence[SyntaxRows]) -> bytes:
    """Return the reply to a request: header and payload."""
    payload = encoded_payload(answers)
    return REPLY.pack(request_id, len(payload)) + payload
