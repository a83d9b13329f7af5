"""The format of the file of vectors: a header, then blocks that are only ever appended.

    header │ block │ block │ …

    header  magic, format, width, rules of passages, sha256 of the model, CRC32
    block   magic, chunks, passages, CRC32 of its body, CRC32 of the fields before
            body: keys u64, scales f32, passages per chunk u16, vectors i8

A vector is stored as whole numbers of -127 to 127 and a scale. `docs/formats/vectors.md`
has every field. A block that is damaged is left out, and with it its chunks: they are
embedded again. Where the framing itself is damaged, everything behind it is left out.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.semantic.encoder import WIDTH
from nanobot_indexer.semantic.passage import PASSAGE_VERSION, PASSAGES_MAX

# Bump on every change of the layout. A file of vectors is a cache: an old one is made again.
# 1: header, blocks.
FORMAT_VERSION: Final = 1

HEADER: Final = struct.Struct("<8sHHHxx32s")
BLOCK: Final = struct.Struct("<4sIII")
CRC: Final = struct.Struct("<I")
HEADER_BYTES: Final = HEADER.size + CRC.size
BLOCK_BYTES: Final = BLOCK.size + CRC.size
_MAGIC: Final = b"nbvector"
_BLOCK_MAGIC: Final = b"vblk"
_CHUNK_BYTES: Final = 8 + 2
_ROW_BYTES: Final = 4 + WIDTH
BLOCK_CHUNKS_MAX: Final = 1 << 20
_LEVELS: Final = np.float32(127.0)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Chunks and the vectors of their passages."""

    keys: NDArray[np.uint64]
    """Shape `(chunk,)`."""
    counts: NDArray[np.int64]
    """Passages of each chunk, at least 1. Shape `(chunk,)`."""
    scales: NDArray[np.float32]
    """What a stored vector is multiplied with. Shape `(passage,)`."""
    rows: NDArray[np.int8]
    """Chunk by chunk. Shape `(passage, WIDTH)`."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What could be read of a file."""

    blocks: tuple[Block, ...]
    is_whole: bool
    """Nothing was left out. A file that is not is written anew before it grows."""


def stored(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return vectors as whole numbers, and their scales."""
    scales = np.abs(vectors).max(axis=1) / _LEVELS
    rows = np.rint(vectors / np.maximum(scales, np.float32(1e-12))[:, None]).astype(np.int8)
    return rows, scales.astype(np.float32)


def joined(blocks: Sequence[Block]) -> Block:
    """Return several blocks as one."""
    return Block(
        np.concatenate([one.keys for one in blocks]),
        np.concatenate([one.counts for one in blocks]),
        np.concatenate([one.scales for one in blocks]),
        np.concatenate([one.rows for one in blocks]),
    )


def encoded_header(model: bytes) -> bytes:
    """Return the header of a file.

    Args:
        model: The sha256 of the model file.
    """
    fields = HEADER.pack(_MAGIC, FORMAT_VERSION, WIDTH, PASSAGE_VERSION, model)
    return fields + CRC.pack(zlib.crc32(fields))


def encoded_block(block: Block) -> bytes:
    """Return a block as bytes."""
    body = b"".join(
        (
            block.keys.astype("<u8").tobytes(),
            block.scales.astype("<f4").tobytes(),
            block.counts.astype("<u2").tobytes(),
            block.rows.tobytes(),
        )
    )
    fields = BLOCK.pack(_BLOCK_MAGIC, len(block.keys), len(block.rows), zlib.crc32(body))
    return fields + CRC.pack(zlib.crc32(fields)) + body


def decoded(content: bytes, model: bytes) -> Decoded | None:
    """Return what a file says; None when it is of another model, or of other rules.

    Args:
        content: The whole file.
        model: The sha256 of the model whose vectors are wanted.
    """
    if content[:HEADER_BYTES] != encoded_header(model):
        return None
    view = memoryview(content)
    blocks: list[Block] = []
    is_whole = True
    place = HEADER_BYTES
    while place < len(content):
        head = _block_head(view[place : place + BLOCK_BYTES])
        if head is None:
            return Decoded(tuple(blocks), is_whole=False)
        chunk_count, row_count, crc = head
        place += BLOCK_BYTES
        body = view[place : place + chunk_count * _CHUNK_BYTES + row_count * _ROW_BYTES]
        place += chunk_count * _CHUNK_BYTES + row_count * _ROW_BYTES
        block = _block(body, chunk_count, row_count) if zlib.crc32(body) == crc else None
        if block is None:
            is_whole = False
        else:
            blocks.append(block)
    return Decoded(tuple(blocks), is_whole and place == len(content))


def _block_head(fields: memoryview) -> tuple[int, int, int] | None:
    if len(fields) < BLOCK_BYTES:
        return None
    magic, chunk_count, row_count, crc = BLOCK.unpack_from(fields)
    if magic != _BLOCK_MAGIC or CRC.unpack_from(fields, BLOCK.size)[0] != zlib.crc32(
        fields[: BLOCK.size]
    ):
        return None
    if not 0 < chunk_count <= row_count <= PASSAGES_MAX * chunk_count:
        return None
    return (chunk_count, row_count, crc) if chunk_count <= BLOCK_CHUNKS_MAX else None


def _block(body: memoryview, chunk_count: int, row_count: int) -> Block | None:
    def part(dtype: str, count: int, start: int) -> NDArray[Any]:
        return np.frombuffer(body, dtype, count, start)

    keys_end = 8 * chunk_count
    scales_end = keys_end + 4 * row_count
    counts_end = scales_end + 2 * chunk_count
    if len(body) != counts_end + WIDTH * row_count:
        return None
    counts = part("<u2", chunk_count, scales_end).astype(np.int64)
    scales = part("<f4", row_count, keys_end)
    if counts.min() < 1 or counts.sum() != row_count or not np.isfinite(scales).all():
        return None
    rows = part("i1", WIDTH * row_count, counts_end).reshape(row_count, WIDTH)
    return Block(part("<u8", chunk_count, 0), counts, scales, rows)
