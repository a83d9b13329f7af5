"""How fast a model may be, before it is there. An estimate, and said as one.

A token reads every weight that it uses once, so its time is the bytes over the speed of
the memory, and something for each layer. The two numbers of the processor are fitted to
the table of docs/models.md (2 cores, three models, within a fifth of what was measured).
That of a GPU is no measurement: the slower half of cards of the last years.
"""

from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry

_CORE_BYTES_PER_S: Final = 15e9
_CORES_MAX: Final = 4
"""More do not read memory faster on most machines, and a worker uses no more."""
_LAYER_S: Final = 0.2e-3
_GPU_BYTES_PER_S: Final = 300e9
_GPU_LAYER_S: Final = 0.05e-3


def tokens_per_second(entry: ModelEntry, *, cores: int, gpu_layers: int) -> float:
    """Return how many tokens one answer may grow by in a second.

    Args:
        entry: The model.
        cores: That a worker may use.
        gpu_layers: How many layers run on a GPU.
    """
    layers = entry.shape.layers
    on_gpu = min(gpu_layers, layers) / layers
    active_bytes = entry.size_bytes * entry.shape.active_share
    processor_s = active_bytes / (_CORE_BYTES_PER_S * min(cores, _CORES_MAX)) + layers * _LAYER_S
    gpu_s = active_bytes / _GPU_BYTES_PER_S + layers * _GPU_LAYER_S
    return 1 / ((1 - on_gpu) * processor_s + on_gpu * gpu_s)
