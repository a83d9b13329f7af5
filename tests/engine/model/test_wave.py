"""A wave that can never be answered is refused when it is made."""

from dataclasses import replace
from typing import Any

import pytest

from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.wave import SEED_MAX, Wave

WAVE = Wave((Segment("prefix"),), ((Segment("prompt"),),), 1, 4, 0.5, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"prefix": ()},
        {"prompts": ()},
        {"prompts": ((),)},
        {"prompts": WAVE.prompts * 65},
        {"samples": 0},
        {"samples": 65},
        {"tokens_max": 0},
        {"tokens_max": 8_193},
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"seed": -1},
        {"seed": SEED_MAX + 1},
        {"stop": ("",)},
        {"stop": ("x",) * 17},
        {"grammar": ""},
        {"grammar": "x" * 65_537},
        {"prefix": (Segment("x" * 4_000_001),)},
    ],
)
def test_a_value_out_of_range_is_refused(changes: dict[str, Any]) -> None:
    (name,) = changes

    with pytest.raises(ValueError, match=r"wave .*out of range"):
        replace(WAVE, **changes)
    assert getattr(WAVE, name) != changes[name]


def test_equal_waves_are_equal_keys() -> None:
    assert len({WAVE, replace(WAVE), replace(WAVE, seed=2)}) == 2
