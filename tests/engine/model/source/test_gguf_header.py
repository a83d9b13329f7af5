"""The header of a model file is read without believing it."""

import os
import random
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import load_catalogue
from nanobot_engine.model.errors import GgufError
from nanobot_engine.model.prompt.families import template_of_file
from nanobot_engine.model.source.gguf_header import HEADER_BYTES_MAX, GgufHeader, read_gguf_header
from support.gguf_file import (
    ARRAY,
    SOUND,
    STRING,
    U32,
    Value,
    damaged,
    gguf_bytes,
    header_size,
    text,
    written,
)

SEED = 20260611
MUTANTS = 100_000 if os.environ.get("NANOBOT_LONG_TESTS") else 2_000
MEMORY_BYTES_MAX = 50 << 20


def _without(key: str) -> dict[str, Value]:
    return {name: value for name, value in SOUND.items() if name != key}


def test_a_sound_header_is_read(tmp_path: Path) -> None:
    header = read_gguf_header(written(tmp_path / "m.gguf", gguf_bytes()))

    assert header == GgufHeader(
        size_bytes=len(gguf_bytes()),
        architecture="llama",
        name="Tiny",
        quantisation="F32",
        parameters=2 * 64 * 64 + 64,
        tensor_bytes=4 * (2 * 64 * 64 + 64),
        context_tokens=512,
        vocabulary_tokens=64,
        layers=2,
        embedding_length=64,
        heads_by_layer=(4, 4),
        kv_heads_by_layer=(2, 1),
        key_length=16,
        value_length=16,
        chat_template=str(SOUND["tokenizer.chat_template"]),
    )
    assert header.kv_bytes(512) == 512 * 3 * (16 + 16) * 2


def test_of_a_long_template_the_beginning_is_kept(tmp_path: Path) -> None:
    raw = gguf_bytes(SOUND | {"tokenizer.chat_template": "<|im_start|>" * 10_000})

    header = read_gguf_header(written(tmp_path / "m.gguf", raw))

    assert len(header.chat_template) == 64 << 10


@pytest.mark.model
def test_the_headers_of_the_trio_agree_with_the_catalogue(models_dir: Path) -> None:
    for entry in load_catalogue().models:
        path = models_dir / entry.file_name
        if not path.exists():  # Of a tier that is not installed here.
            continue

        header = read_gguf_header(path)

        assert (header.architecture, header.quantisation, header.size_bytes) == (
            entry.architecture,
            entry.quantisation,
            entry.size_bytes,
        )
        assert header.context_tokens == entry.context_tokens
        assert 0 < header.tensor_bytes < entry.size_bytes
        template = template_of_file(header.architecture, header.chat_template)
        assert template.name == entry.template


def test_a_long_vocabulary_is_passed_over(tmp_path: Path) -> None:
    words = [f"word {number}" for number in range(150_000)]
    raw = gguf_bytes({**SOUND, "tokenizer.ggml.tokens": words})

    assert len(raw) > 2 << 20  # More than is read at first.
    header = read_gguf_header(written(tmp_path / "m.gguf", raw))

    assert header.vocabulary_tokens == 150_000


def test_a_list_that_ends_where_the_first_read_ends_is_passed_over(tmp_path: Path) -> None:
    before = gguf_bytes({"pad": "x", **SOUND})
    for shift in range(8):
        pad = "x" * ((1 << 20) - len(before) + shift)
        read_gguf_header(written(tmp_path / "m.gguf", gguf_bytes({"pad": pad, **SOUND})))


ONE = struct.pack("<II", U32, 1)
WRONG = {
    "empty": (b"", "longer than the file"),
    "no magic": (b"GGML" + gguf_bytes()[4:], "not a GGUF file"),
    "only magic": (b"GGUF", "longer than the file"),
    "version 1": (gguf_bytes(version=1), "version 1"),
    "big end first": (gguf_bytes(version=3 << 24), "another byte order"),
    "no tensors": (gguf_bytes(tensor_count=0), "0 tensors"),
    "2**63 tensors": (gguf_bytes(tensor_count=2**63), "tensors; 1 to"),
    "2**63 values": (gguf_bytes(value_count=2**63), "values; 1 to"),
    "more values than there are": (gguf_bytes(value_count=900), "a key has|longer than the file"),
    "an unknown kind": (gguf_bytes({**SOUND, "x": struct.pack("<I", 99)}), "kind 99"),
    "a list of lists": (
        gguf_bytes({**SOUND, "x": struct.pack("<IIQ", ARRAY, ARRAY, 1)}),
        "list of the unknown kind 9",
    ),
    "a list of 2**61 numbers": (
        gguf_bytes({**SOUND, "x": struct.pack("<IIQ", ARRAY, U32, 2**61)}),
        "longer than the file",
    ),
    "a list of 2**63 texts": (
        gguf_bytes({**SOUND, "x": struct.pack("<IIQ", ARRAY, STRING, 2**63)}),
        "a list of 9223372036854775808 texts",
    ),
    "a text of 2**64 - 8 bytes in a list": (
        gguf_bytes({**SOUND, "x": struct.pack("<IIQQ", ARRAY, STRING, 2, 2**64 - 8)}),
        "a text is longer than the file",
    ),
    "a text of 2**63 bytes": (
        gguf_bytes({**SOUND, "x": struct.pack("<IQ", STRING, 2**63)}),
        "longer than the file",
    ),
    "a key twice": (
        gguf_bytes({**SOUND, "x": ONE + text("x") + ONE}, value_count=len(SOUND) + 2),
        "key 'x' twice",
    ),
    "a long key": (gguf_bytes({"k" * 300: 1, **SOUND}), "a key has 300 bytes"),
    "no architecture": (gguf_bytes(_without("general.architecture")), "its architecture"),
    "no layers": (gguf_bytes(_without("llama.block_count")), "not a language model: 0 layers"),
    "2**31 layers": (gguf_bytes({**SOUND, "llama.block_count": 2**31}), "2147483648 layers"),
    "heads of other layers": (
        gguf_bytes({**SOUND, "llama.attention.head_count": [1, 2, 3]}),
        "2 layers and",
    ),
    "negative heads": (gguf_bytes({**SOUND, "llama.attention.head_count": [-1, 2]}), "2 layers"),
    "an alignment of 2**31": (gguf_bytes({**SOUND, "general.alignment": 2**31}), "alignment"),
    "an alignment of 0": (gguf_bytes({**SOUND, "general.alignment": 0}), "alignment of 0"),
    "an alignment of 24": (gguf_bytes({**SOUND, "general.alignment": 24}), "alignment of 24"),
    "an adapter": (gguf_bytes({**SOUND, "general.type": "adapter"}), "type 'adapter'"),
    "a part": (gguf_bytes({**SOUND, "split.count": 5}), "one part of 5"),
    "no dimensions": (gguf_bytes(tensors={"t": ()}), "0 dimensions"),
    "five dimensions": (gguf_bytes(tensors={"t": (1, 1, 1, 1, 1)}), "5 dimensions"),
    "a dimension of 0": (gguf_bytes(tensors={"t": (0,)}), r"shape \(0,\)"),
    "an overflowing shape": (
        gguf_bytes(tensors={"t": (2**32, 2**32, 2)}, tail=b""),
        "has the shape",
    ),
    "an unknown form": (gguf_bytes(form=4), "unknown form 4"),
    "rows that are no blocks": (gguf_bytes(tensors={"t": (3,)}, form=2), "rows of 3 Q4_0"),
    "a gap": (gguf_bytes(tensors={"a": (8,), "b": (8,)}, form=28), "at 32 instead of 64"),
    "a missing end": (gguf_bytes()[:-1_000], "incomplete: 1000 bytes"),
    "tensors cut off": (gguf_bytes(tail=b""), "incomplete"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, name: str) -> None:
    raw, reason = WRONG[name]

    with pytest.raises(GgufError, match=reason):
        read_gguf_header(written(tmp_path / "m.gguf", raw))


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    raw = gguf_bytes()
    path = written(tmp_path / "m.gguf", raw)

    for size in (*range(header_size(raw), 0, -1), 0):
        os.truncate(path, size)
        with pytest.raises(GgufError):
            read_gguf_header(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch(mode=0o600)

    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(GgufError, match="not a regular file"):
            read_gguf_header(path)
    for path in (tmp_path / "none", tmp_path / "file" / "x", Path("a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(GgufError, match="can not be opened"):
            read_gguf_header(path)


def test_a_header_without_end_is_refused_in_little_memory(tmp_path: Path) -> None:
    raw = gguf_bytes({**SOUND, "x": struct.pack("<IIQ", ARRAY, STRING, 900_000)})
    path = written(tmp_path / "m.gguf", raw)
    os.truncate(path, 1 << 40)  # Sparse: texts of no length for ever, all zeros.
    tracemalloc.start()

    with pytest.raises(GgufError):
        read_gguf_header(path)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX
    long_text = struct.pack("<IQ", STRING, HEADER_BYTES_MAX)
    path.write_bytes(gguf_bytes({**SOUND, "x": long_text}))
    os.truncate(path, 1 << 40)
    with pytest.raises(GgufError, match="longer than any header"):
        read_gguf_header(path)


@pytest.mark.timeout(1_800)
def test_a_damaged_header_gives_an_answer_or_a_gguf_error(tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - for who repeats it
    chance = random.Random(SEED)
    raw = gguf_bytes()
    header_bytes = header_size(raw)
    path = tmp_path / "m.gguf"
    accepted, slowest_s, longest = 0, 0.0, 0
    tracemalloc.start()

    for _ in range(MUTANTS):
        path.write_bytes(damaged(raw, header_bytes, chance))
        started = time.process_time()
        try:
            read_gguf_header(path)
            accepted += 1
        except GgufError as error:
            longest = max(longest, len(str(error)))
        slowest_s = max(slowest_s, time.process_time() - started)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figures = f"slowest {slowest_s * 1000:.1f} ms, peak {peak} bytes"
    print(f"{accepted} of {MUTANTS} accepted, {figures}")  # noqa: T201 - figures of a long run
    assert peak < MEMORY_BYTES_MAX
    assert longest < 1_000
    # What is damaged may be a name; but most of a header counts.
    assert 0 < accepted < MUTANTS / 2
