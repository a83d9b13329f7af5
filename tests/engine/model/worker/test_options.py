"""Options that llama.cpp would round or die of are refused."""

from dataclasses import replace
from typing import Any

import pytest

from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS


@pytest.mark.parametrize("context", [0, 100, 2_000, -256])
def test_a_context_that_would_be_rounded_is_refused(context: int) -> None:
    with pytest.raises(ValueError, match="no multiple of 256"):
        replace(DEFAULT_MODEL_OPTIONS, context_tokens_per_slot=context)


@pytest.mark.parametrize("name", ["threads", "slots", "restarts_max", "prefixes_kept"])
def test_none_of_something_is_refused(name: str) -> None:
    changed: dict[str, Any] = {name: 0}

    with pytest.raises(ValueError, match=f"{name}: 0"):
        replace(DEFAULT_MODEL_OPTIONS, **changed)


def test_the_default_leaves_cores_to_the_user() -> None:
    assert 1 <= DEFAULT_MODEL_OPTIONS.threads <= 4
