"""How much memory of its own a worker may take.

The catalogue has what was measured with the default options; keys and values of more
slots or a longer context come on top. A worker that needs more has a fault, or was given
a file that is not what it says: it dies, not the machine.
"""

from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry
from nanobot_engine.model.errors import GgufError
from nanobot_engine.model.source.gguf_header import read_gguf_header
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS, ModelOptions

_MARGIN_BYTES_MIN: Final = 512 << 20
"""Stacks of threads count in full, and are hardly used."""
_MARGIN_SHARE: Final = 0.25


def memory_limit_bytes(entry: ModelEntry, model_path: Path, options: ModelOptions) -> int:
    """Return the limit, without the file of the model that is mapped."""
    more_tokens = _context_tokens(options) - _context_tokens(DEFAULT_MODEL_OPTIONS)
    try:
        more = read_gguf_header(model_path).kv_bytes(max(0, more_tokens))
    except GgufError:  # The worker says it better.
        more = 0
    margin = max(_MARGIN_BYTES_MIN, int(entry.memory_bytes * _MARGIN_SHARE))
    return entry.memory_bytes + more + margin


def _context_tokens(options: ModelOptions) -> int:
    return options.slots * options.context_tokens_per_slot
