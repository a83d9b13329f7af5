"""Small GGUF files, written field by field, and files damaged on purpose."""

import random
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

Value = int | float | str | list[int] | list[str] | bytes
"""`bytes` are put into the file as they are, for what no sound file has."""

U32, I32, F32, STRING, ARRAY = 4, 5, 6, 8, 9
ALIGNMENT = 32

SOUND: dict[str, Value] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.file_type": 0,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.context_length": 512,
    "llama.feed_forward_length": 32,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": [2, 1],
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.dimension_count": 16,
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", *[f"token {n}" for n in range(61)]],
    "tokenizer.ggml.token_type": [2, 3, 3, *[1] * 61],
    "tokenizer.chat_template": "{{ cycler.__init__.__globals__.os.system('true') }}" * 20,
}
TENSORS: dict[str, tuple[int, ...]] = {
    "token_embd.weight": (64, 64),
    "output_norm.weight": (64,),
    "blk.0.attn_q.weight": (64, 64),
}


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def packed(value: Value) -> bytes:
    """One value with its kind before it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return struct.pack("<I", STRING) + text(value)
    if isinstance(value, float):
        return struct.pack("<If", F32, value)
    if isinstance(value, int):
        return struct.pack("<II", U32, value)
    head = struct.pack("<II", ARRAY, STRING if isinstance(value[0], str) else I32)
    items = (text(one) if isinstance(one, str) else struct.pack("<i", one) for one in value)
    return head + struct.pack("<Q", len(value)) + b"".join(items)


def gguf_bytes(
    values: Mapping[str, Value] = SOUND,
    tensors: Mapping[str, Sequence[int]] = TENSORS,
    *,
    version: int = 3,
    form: int = 0,
    tensor_count: int | None = None,
    value_count: int | None = None,
    tail: bytes | None = None,
) -> bytes:
    """A whole file; its tensors are zeros of four bytes, unless `tail` is given."""
    counts = (
        len(tensors) if tensor_count is None else tensor_count,
        len(values) if value_count is None else value_count,
    )
    head = b"GGUF" + struct.pack("<IQQ", version, *counts)
    for key, value in values.items():
        head += text(key) + packed(value)
    offset = 0
    for name, shape in tensors.items():
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", form, offset)
        numbers = 1
        for length in shape:
            numbers *= length
        offset += -(-4 * numbers // ALIGNMENT) * ALIGNMENT
    head += bytes(-len(head) % ALIGNMENT)
    return head + (bytes(offset) if tail is None else tail)


EVIL_NUMBERS = (
    0, 1, 2**7, 2**8 - 1, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63,
    2**64 - 1, 2**64 - 8,
)  # fmt: skip


def damaged(raw: bytes, header_bytes: int, chance: random.Random) -> bytes:
    """A file with one to four things wrong with its header."""
    mutant = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        # What counts is at the beginning: magic, version, counts.
        end = min(len(mutant), chance.choice((24, 64, 512, header_bytes)))
        if end < 16:
            break
        at = chance.randrange(end - 8)
        match chance.randrange(6):
            case 0:
                mutant[at] ^= 1 << chance.randrange(8)
            case 1:
                mutant[at : at + 8] = struct.pack("<Q", chance.choice(EVIL_NUMBERS))
            case 2:
                mutant[at : at + 4] = struct.pack("<I", chance.choice(EVIL_NUMBERS) & 0xFFFFFFFF)
            case 3:
                del mutant[chance.randrange(end) :]
            case 4:
                other = chance.randrange(end - 8)
                size = chance.randint(1, 64)
                mutant[at : at + size] = mutant[other : other + size]
            case _:
                mutant[at:at] = chance.randbytes(chance.randint(1, 16))
    return bytes(mutant)


def header_size(raw: bytes) -> int:
    """Where the tensors of a file made by `gguf_bytes()` begin."""
    return len(raw) - len(gguf_bytes()) + len(gguf_bytes(tail=b""))


def written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path
