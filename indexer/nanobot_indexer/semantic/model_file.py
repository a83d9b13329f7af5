"""The file of an embedding model: its weights in the safetensors format, then its vocabulary.

    u64 size of the header │ header (JSON) │ weights │ vocabulary, one piece per line

The weights are byte for byte the publisher's file; the vocabulary is appended, so that a
model is one file with one sha256. Whoever opens the file has checked that sha256; what is
read here is checked again only as far as it keeps an index from leaving an array.

https://github.com/huggingface/safetensors describes the format.
"""

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES_MAX: Final = 1 << 20
PIECES_MAX: Final = 1 << 18

_HEADER_SIZE: Final = struct.Struct("<Q")


class ModelUnusableError(Exception):
    """The file is no model that this version can run: a bug, or a file of another model."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"embedding model: {reason}; run 'nanobot setup --semantic' again")
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """What a file has. The arrays are views of a map of the file."""

    arrays: Mapping[str, NDArray[np.float32]]
    pieces: tuple[str, ...]
    """The vocabulary, in the order of the numbers."""


def read_model_file(fd: int) -> ModelFile:
    """Map a file and return what it has.

    Args:
        fd: Open for reading. It may be closed afterwards.

    Raises:
        ModelUnusableError: It has another form.
    """
    size_bytes = os.fstat(fd).st_size
    if size_bytes < _HEADER_SIZE.size:
        raise ModelUnusableError(f"has {size_bytes} bytes")
    with os.fdopen(os.dup(fd), "rb") as file:
        content = np.memmap(file, np.uint8, "r")
    (header_bytes,) = _HEADER_SIZE.unpack(content[: _HEADER_SIZE.size].tobytes())
    base = _HEADER_SIZE.size + header_bytes
    if header_bytes > HEADER_BYTES_MAX or base > size_bytes:
        raise ModelUnusableError(f"has a header of {header_bytes} bytes")
    try:
        header = json.loads(content[_HEADER_SIZE.size : base].tobytes())
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        arrays = {
            name: _array(content[base:], entry)
            for name, entry in entries.items()
            if entry["dtype"] == "F32"
        }
        end = base + max(entry["data_offsets"][1] for entry in entries.values())
        pieces = tuple(content[end:].tobytes().decode("utf-8").splitlines())
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ModelUnusableError(f"can not be read: {error}") from error
    if not 0 < len(pieces) <= PIECES_MAX:
        raise ModelUnusableError(f"has a vocabulary of {len(pieces)}")
    return ModelFile(arrays, pieces)


def _array(weights: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float32]:
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= len(weights):
        raise ModelUnusableError(f"has weights at {start} to {end} of {len(weights)}")
    array: NDArray[np.float32] = weights[start:end].view("<f4").reshape(entry["shape"])
    return array
