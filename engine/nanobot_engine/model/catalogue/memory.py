"""How much memory a model worker takes, from the numbers of its model.

    file        every tensor once: mapped, or copied into a GPU or a faster form
    keys        `shape.kv_bytes_per_token` for every token of every slot
    buffers     what layers hand to each other, and the logits
    process     Python, the binding and llama.cpp's own tables

On a processor the buffers are reserved but only what is used becomes memory; on a GPU
they are taken at once. docs/models.md compares this with workers that ran.
"""

from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry, ModelShape

_FLOAT_BYTES: Final = 4
_LAYER_BUFFERS: Final = 16
"""Vectors of the model's width that are alive at once for a token, rounded up."""
PROCESS_BYTES: Final = 128 << 20
GPU_CONTEXT_BYTES: Final = 512 << 20
"""What a driver takes for a process that uses its card at all."""
_REPACKED: Final = ("Q4_K", "Q4_0", "IQ4_NL")
_REPACKED_SHARE: Final = 0.5
"""Of a file in these forms: llama.cpp copies it into an order that suits the processor, and
the pages that it was read from stay until somebody needs the memory."""


def kv_bytes(shape: ModelShape, *, slots: int, context_tokens: int) -> int:
    """Return the memory of keys and values of all slots."""
    return shape.kv_bytes_per_token * slots * context_tokens


def buffer_bytes(shape: ModelShape, *, slots: int, batch_tokens: int) -> int:
    """Return the working memory on a processor: of a batch, and the logits of its answers."""
    numbers = _LAYER_BUFFERS * shape.width * batch_tokens + 2 * slots * shape.vocabulary
    return numbers * _FLOAT_BYTES


def gpu_buffer_bytes(shape: ModelShape, *, batch_tokens: int) -> int:
    """Return the working memory on a GPU: as if every token of a batch had logits."""
    numbers = max(shape.vocabulary, _LAYER_BUFFERS * shape.width) + 4 * shape.width
    return numbers * batch_tokens * _FLOAT_BYTES


def embedding_bytes(entry: ModelEntry) -> int:
    """Return what of a file stays with the processor when all layers are on a GPU."""
    return min(entry.size_bytes, entry.shape.vocabulary * entry.shape.width)


def model_memory_bytes(
    entry: ModelEntry, *, slots: int, context_tokens: int, batch_tokens: int
) -> int:
    """Return what a worker needs when it runs on the processor alone."""
    return (
        entry.size_bytes
        + kv_bytes(entry.shape, slots=slots, context_tokens=context_tokens)
        + buffer_bytes(entry.shape, slots=slots, batch_tokens=batch_tokens)
        + PROCESS_BYTES
    )


def resident_bytes(entry: ModelEntry, *, slots: int, context_tokens: int, batch_tokens: int) -> int:
    """Return what the system may show for that worker: pages that it can drop included."""
    needed = model_memory_bytes(
        entry, slots=slots, context_tokens=context_tokens, batch_tokens=batch_tokens
    )
    is_repacked = entry.quantisation.startswith(_REPACKED)
    return needed + (int(entry.size_bytes * _REPACKED_SHARE) if is_repacked else 0)
