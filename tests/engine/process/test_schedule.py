"""Which steps go into the next wave."""

from dataclasses import replace

from nanobot_engine.process.schedule import next_wave, wave_seed
from support.small_process import OPTIONS


def test_new_steps_fill_the_slots_in_order() -> None:
    assert next_wave(10, {}, set(), OPTIONS) == [0, 1, 2, 3]
    assert next_wave(3, {}, set(), OPTIONS) == [0, 1, 2]


def test_undecided_steps_go_first() -> None:
    assert next_wave(10, {2: 2, 1: 2}, {0, 3}, OPTIONS) == [1, 2, 4, 5]


def test_a_wave_is_never_empty_before_all_is_decided() -> None:
    narrow = replace(OPTIONS, slots=1)

    assert next_wave(2, {}, set(), narrow) == [0]
    assert next_wave(2, {}, {0, 1}, narrow) == []


def test_steps_beyond_the_budget_are_not_started() -> None:
    assert next_wave(10, {}, {0}, replace(OPTIONS, steps_max=2)) == [1]


def test_seeds_of_waves_do_not_overlap() -> None:
    seeds = [wave_seed(OPTIONS, index) for index in range(1000)]

    assert min(b - a for a, b in zip(sorted(seeds), sorted(seeds)[1:], strict=False)) >= 64
    assert all(0 <= seed < 2**31 for seed in seeds)
