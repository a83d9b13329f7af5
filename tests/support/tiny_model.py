"""A model of 400 KB that llama.cpp really loads and runs: noise, but always the same noise."""

import math
import random
import struct

from support.gguf_file import ARRAY, F32, Value, gguf_bytes

_WIDTH, _INNER, _LAYERS = 64, 128, 2
_TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
_SCORES = struct.pack(f"<IIQ{len(_TOKENS)}f", ARRAY, F32, len(_TOKENS), *[0.0] * len(_TOKENS))
_UNKNOWN, _CONTROL, _BYTE = 2, 3, 6


def tiny_model() -> bytes:
    """The bytes of its file. Each byte of a text is one token."""
    values: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": "Tiny",
        "general.file_type": 0,
        "llama.block_count": _LAYERS,
        "llama.embedding_length": _WIDTH,
        "llama.context_length": 2_048,
        "llama.feed_forward_length": _INNER,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": _WIDTH // 4,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": _TOKENS,
        "tokenizer.ggml.scores": _SCORES,
        "tokenizer.ggml.token_type": [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (_WIDTH, len(_TOKENS)),
        "output_norm.weight": (_WIDTH,),
        "output.weight": (_WIDTH, len(_TOKENS)),
    }
    for layer in range(_LAYERS):
        block = {
            "attn_norm": (_WIDTH,),
            "attn_q": (_WIDTH, _WIDTH),
            "attn_k": (_WIDTH, _WIDTH // 2),
            "attn_v": (_WIDTH, _WIDTH // 2),
            "attn_output": (_WIDTH, _WIDTH),
            "ffn_norm": (_WIDTH,),
            "ffn_gate": (_WIDTH, _INNER),
            "ffn_up": (_WIDTH, _INNER),
            "ffn_down": (_INNER, _WIDTH),
        }
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in block.items()}
    chance = random.Random(1)
    count = sum(math.prod(shape) for shape in shapes.values())
    weights = (chance.gauss(0, 0.3) for _ in range(count))
    return gguf_bytes(values, shapes, tail=struct.pack(f"<{count}f", *weights))
