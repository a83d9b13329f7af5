"""How model workers are run."""

from dataclasses import dataclass
from typing import Final, Literal

from nanobot_engine.model.hardware.hardware import usable_cores

# llama.cpp pads the context of a slot to this.
CONTEXT_STEP_TOKENS: Final = 256
_THREADS_MAX: Final = 4
SOCKET_NAME: Final = "m.sock"
"""Of a worker, in its folder; it binds the relative path, because the kernel takes
little more than 100 bytes."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Options of every worker.

    `threads`, `slots` and `context_tokens_per_slot` are part of what an answer is a
    function of: changing one may change answers.
    """

    threads: int
    slots: int
    """How many answers are decoded together."""
    context_tokens_per_slot: int
    """A multiple of 256. Costs memory for each slot."""
    start_timeout_s: float
    """Includes hashing a model file that was never loaded before."""
    restarts_max: int
    """Starts that fail in a row before the worker is given up."""
    prefixes_kept: int
    """Stored prefixes per worker, in the runtime folder."""
    log_bytes_max: int
    """Of the log file of a worker."""
    batch_tokens: int
    """How many tokens of a prompt are read at once. Smaller ones are noticed sooner to be
    dropped, and read slower."""
    nice: int
    """Least priority of the worker, 0 to 19: more leaves the cores to others."""
    engine: Literal["xllamacpp", "llama-cpp-python"] = "xllamacpp"
    """Which binding of llama.cpp runs in the worker; another one gives other bits."""
    gpu_layers: int = 0
    """So many layers are computed on a GPU; needs a build of llama.cpp for it."""
    gpu: int = 0
    """Which one, in llama.cpp's own order."""

    def __post_init__(self) -> None:
        """Refuse what llama.cpp would round or die of."""
        context = self.context_tokens_per_slot
        if context < CONTEXT_STEP_TOKENS or context % CONTEXT_STEP_TOKENS:
            msg = f"context_tokens_per_slot: {context} is no multiple of {CONTEXT_STEP_TOKENS}"
            raise ValueError(msg)
        for name in ("threads", "slots", "restarts_max", "prefixes_kept"):
            value = getattr(self, name)
            if not 1 <= value <= 256:
                msg = f"{name}: {value} is not in 1 … 256"
                raise ValueError(msg)


DEFAULT_MODEL_OPTIONS: Final = ModelOptions(
    # More than four decode hardly faster on a CPU, and the editor wants some too.
    threads=min(usable_cores(), _THREADS_MAX),
    slots=8,
    context_tokens_per_slot=2_048,
    start_timeout_s=120.0,
    restarts_max=4,
    prefixes_kept=8,
    log_bytes_max=1 << 20,
    batch_tokens=512,
    nice=5,
)
