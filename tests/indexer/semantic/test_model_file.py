"""The file of an embedding model, whole and damaged."""

import json
import os
import random
import struct
from pathlib import Path

import numpy as np
import pytest

from nanobot_indexer.semantic.encoder import Encoder
from nanobot_indexer.semantic.model_file import ModelFile, ModelUnusableError, read_model_file


def model_bytes(header: object, weights: bytes, vocabulary: bytes) -> bytes:
    encoded = json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + weights + vocabulary


def entry(start: int, end: int, *shape: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


WEIGHTS = np.arange(6, dtype="<f4").tobytes() + b"\x01\x00\x00\x00\x00\x00\x00\x00"
HEADER = {
    "__metadata__": {"format": "pt"},
    "a": entry(0, 24, 2, 3),
    "places": entry(24, 32, 1, dtype="I64"),
}
GOOD = model_bytes(HEADER, WEIGHTS, b"[CLS]\nx\n")


def read(folder: Path, content: bytes) -> ModelFile:
    path = folder / "model"
    path.write_bytes(content)
    fd = os.open(path, os.O_RDONLY)
    try:
        return read_model_file(fd)
    finally:
        os.close(fd)


def test_weights_and_vocabulary_are_read(tmp_path: Path) -> None:
    file = read(tmp_path, GOOD)

    assert file.pieces == ("[CLS]", "x")
    assert list(file.arrays) == ["a"]
    assert file.arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        struct.pack("<Q", 1 << 62) + b"{}",
        model_bytes({"a": entry(0, 240, 60)}, WEIGHTS, b"x\n"),
        model_bytes({"a": entry(-8, 24, 8)}, WEIGHTS, b"x\n"),
        model_bytes({"a": entry(8, 0, 2)}, WEIGHTS, b"x\n"),
        model_bytes({"a": entry(0, 24, 7)}, WEIGHTS, b"x\n"),
        model_bytes({"a": {"dtype": "F32"}}, WEIGHTS, b"x\n"),
        model_bytes({}, WEIGHTS, b"x\n"),
        model_bytes([1], WEIGHTS, b"x\n"),
        model_bytes({"a": entry(0, 32, 8)}, WEIGHTS, b""),
        model_bytes({"a": entry(0, 32, 8)}, WEIGHTS, b"\xff\xfe"),
        struct.pack("<Q", 200_000) + b"[" * 200_000,
    ],
)
def test_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelUnusableError, match="setup"):
        read(tmp_path, content)


def test_damage_is_refused_or_read_within_bounds(tmp_path: Path) -> None:
    order = random.Random(11)
    for _ in range(300):
        content = bytearray(GOOD)
        for _ in range(order.randint(1, 4)):
            content[order.randrange(len(content))] = order.randrange(256)
        cut = order.choice([len(content), order.randrange(len(content))])
        try:
            file = read(tmp_path, bytes(content[:cut]))
        except ModelUnusableError:
            continue
        for array in file.arrays.values():
            assert array.nbytes <= len(content)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusableError, match="word_embeddings"):
        Encoder(read(tmp_path, GOOD))
