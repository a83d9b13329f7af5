"""What a parse worker and its parent say to each other, as length-prefixed frames.

    worker → parent   HELLO, once
    parent → worker   request: id, language, text
    worker → parent   reply:   id, counts, flags, then `SyntaxRows.payload`

Numbers and UTF-8, never pickle: the worker has read hostile data, so its parent
checks every field before it believes one (`table`).
"""

import struct
from typing import Final

from nanobot_indexer.syntax.rows import DEFINITION_FIELDS, IMPORT_FIELDS, SyntaxRows

# 2: rows of numbers instead of JSON; signatures, documentation and imports.
HELLO: Final = b"nanobot-parse-2\n"

REQUEST: Final = struct.Struct("<IIB")  # request id, text size in bytes, length of the language
REPLY: Final = struct.Struct("<IIIIB")
"""Request id, payload size in bytes, definitions, imports, 1 when the tree has errors."""

REPLY_SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
DEFINITION_SIZE_BYTES: Final = 4 * len(DEFINITION_FIELDS)
IMPORT_SIZE_BYTES: Final = 4 * len(IMPORT_FIELDS)


class FrameError(Exception):
    """A frame does not say what it must: whoever sent it is not to be trusted."""


def encoded_reply(request_id: int, rows: SyntaxRows) -> bytes:
    """Return the reply to a request: header and payload."""
    payload = rows.payload()
    head = REPLY.pack(
        request_id, len(payload), rows.definition_count, rows.import_count, rows.has_errors
    )
    return head + payload
