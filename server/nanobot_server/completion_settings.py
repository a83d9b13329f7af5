"""From the user's settings to the options of completions."""

from dataclasses import replace
from typing import Any, Final

from nanobot_engine.completion.completer import SLOTS_PER_DOCUMENT, CompletionOptions
from nanobot_engine.completion.prompt import DEFAULT_BUDGET, QUICK_BUDGET
from nanobot_engine.model import (
    DEFAULT_MODEL_OPTIONS,
    ModelEntry,
    ModelOptions,
)
from nanobot_server.chosen_models import COMPLETION, completion_entry, gpu_share
from nanobot_server.settings import Settings

_CONTEXT_TOKENS: Final = 1_280
_BATCH_TOKENS: Final = 64
"""Read at once. A key that makes them useless is noticed behind them."""
_LOGPROB_MIN: Final = -2.0


def completion_model(settings: Settings) -> ModelEntry:
    """Return the model that makes suggestions at the cursor.

    Raises:
        UnknownModelError, OwnModelsError: As `completion_entry`.
    """
    return completion_entry(settings)


def completion_worker_options(settings: Settings) -> ModelOptions:
    """Return how the worker of completions is run: for one who waits, not for throughput."""
    changes: dict[str, Any] = (
        {} if settings.model.threads is None else {"threads": settings.model.threads}
    )
    share = gpu_share(settings, COMPLETION)
    return replace(
        DEFAULT_MODEL_OPTIONS,
        engine=settings.model.provider,
        gpu_layers=share.layers,
        gpu=share.index,
        # For the document that is typed in, and for that before it.
        slots=2 * SLOTS_PER_DOCUMENT,
        context_tokens_per_slot=_CONTEXT_TOKENS,
        batch_tokens=_BATCH_TOKENS,
        # Somebody waits for it: before waves, and not before the editor.
        nice=0,
        **changes,
    )


def completion_options(settings: Settings) -> CompletionOptions:
    """Return how suggestions are made."""
    return CompletionOptions(
        delay_s=settings.completion.delay_ms / 1000,
        lines_max=settings.completion.lines_max,
        budget=DEFAULT_BUDGET,
        quick_budget=QUICK_BUDGET,
        mean_logprob_min=_LOGPROB_MIN,
    )
