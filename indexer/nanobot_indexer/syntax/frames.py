"""What a parse worker and its parent say to each other, as length-prefixed frames.

    worker → parent   HELLO, once
    parent → worker   request: id, language, text
    worker → parent   reply:   id, flags, definitions as JSON

JSON and structs, never pickle: the worker has read hostile data, so its parent
checks every field before it believes one.
"""

import json
import struct
from itertools import pairwise
from typing import Final

from nanobot_indexer.syntax.definition import DefinitionKind, DefinitionRange

HELLO: Final = b"nanobot-parse-1\n"

REQUEST: Final = struct.Struct("<IIB")  # request id, text size in bytes, length of the language
REPLY: Final = struct.Struct(
    "<IIB"
)  # request id, payload size in bytes, 1 when the tree has errors

REPLY_SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
DEFINITIONS_MAX: Final = 200_000

_FIELD_COUNT: Final = 8


class FrameError(Exception):
    """A frame does not say what it must: whoever sent it is not to be trusted."""


def encoded_definitions(definitions: list[DefinitionRange]) -> bytes:
    """Return the payload of a reply."""
    rows = [
        (
            one.kind,
            one.name,
            one.qualified_name,
            one.start_byte,
            one.end_byte,
            one.name_start_byte,
            one.name_end_byte,
            one.parent,
        )
        for one in definitions[:DEFINITIONS_MAX]
    ]
    return json.dumps(rows, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def decoded_definitions(payload: bytes, *, text_size_bytes: int) -> list[DefinitionRange]:
    """Return the definitions of a reply.

    Args:
        payload: From a worker that may be broken.
        text_size_bytes: No range may reach beyond it.

    Raises:
        FrameError: The payload is not a list of definitions of such a text.
    """
    try:
        rows = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error
    if not isinstance(rows, list) or len(rows) > DEFINITIONS_MAX:
        raise FrameError("not a list of definitions")
    definitions = [
        _decoded(row, index=index, text_size_bytes=text_size_bytes)
        for index, row in enumerate(rows)
    ]
    if any(one.start_byte > two.start_byte for one, two in pairwise(definitions)):
        raise FrameError("definitions out of order")
    return definitions


def _decoded(row: object, *, index: int, text_size_bytes: int) -> DefinitionRange:
    if not isinstance(row, list) or len(row) != _FIELD_COUNT:
        raise FrameError(f"definition {index} is no row")
    kind, name, qualified_name, *positions, parent = row
    if not (isinstance(name, str) and isinstance(qualified_name, str) and name):
        raise FrameError(f"definition {index} has no name")
    if not all(type(position) is int for position in positions):
        raise FrameError(f"definition {index} has no range")
    start, end, name_start, name_end = positions
    if not 0 <= start <= name_start <= name_end <= end <= text_size_bytes:
        raise FrameError(f"definition {index} lies outside of the text")
    if parent is not None and not (type(parent) is int and 0 <= parent < index):
        raise FrameError(f"definition {index} has an impossible parent")
    try:
        # Lone surrogates pass through JSON but can not be stored.
        qualified_name.encode()
        name.encode()
        return DefinitionRange(
            DefinitionKind(kind), name, qualified_name, start, end, name_start, name_end, parent
        )
    except ValueError as error:
        raise FrameError(f"definition {index}: {error}") from error
