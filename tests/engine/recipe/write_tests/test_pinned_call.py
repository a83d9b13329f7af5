"""Which calls are pinned."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.check.scratch import scratch_workspace
from nanobot_engine.recipe.write_tests.pinned_call import Pin, Target, outcomes, telling_pins

CALLS = [f"f({number})" for number in range(6)]


def pins(*outcomes: str) -> list[Pin | None]:
    """Values, errors with a `!`, and `?` for what can not be written down."""
    return [
        None if one == "?" else Pin(call, "", one[1:]) if one[0] == "!" else Pin(call, one, "")
        for call, one in zip(CALLS, outcomes, strict=False)
    ]


def check(gives: list[Pin | None], *mutants: list[Pin | None]) -> tuple[list[str], int]:
    """Return the chosen calls; the only place that knows the API under test."""
    chosen, told = telling_pins([one for one in gives if one], mutants, CALLS)
    return [pin.call for pin in chosen], told


def test_calls_that_tell_all_mistakes_are_chosen() -> None:
    gives = pins("1", "2", "3", "4", "5", "6")

    found = check(gives, pins("0", "2", "3", "4", "5", "6"), pins("1", "2", "3", "4", "0", "0"))

    assert found == (["f(0)", "f(4)", "f(5)"], 2)


def test_a_call_that_tells_nothing_is_not_pinned() -> None:
    assert check(pins("1", "2"), pins("1", "2")) == ([], 0)
    assert check(pins("1", "2"), pins("1", "0")) == (["f(1)"], 1)


def test_a_mutant_that_breaks_the_module_says_nothing() -> None:
    assert check(pins("1", "2"), []) == ([], 0)


def test_results_of_their_own_are_preferred_and_one_refusal_is_kept() -> None:
    gives = pins("1", "1", "1", "2", "3", "!ValueError")
    mutant = pins("None", "None", "None", "None", "None", "None")

    assert check(gives, mutant) == (["f(0)", "f(3)", "f(4)", "f(5)"], 1)


@pytest.mark.parametrize("name", ["calls.json", "outcomes.jsonl"])
def test_no_link_that_the_code_planted_is_written_through(tmp_path: Path, name: str) -> None:
    root, theirs = tmp_path / "workspace", tmp_path / "notes.txt"
    root.mkdir()
    theirs.write_text("mine\n")
    data = b"def f(a):\n    return a\n"
    (root / "mod.py").write_bytes(data)
    target = Target("mod.py", "", "mod", "f")
    with scratch_workspace(root) as scratch:
        outcomes(scratch, Path(sys.executable), target, ["f(1)"], [data])
        place = scratch.home / name
        place.unlink()
        place.symlink_to(theirs)

        (found,) = outcomes(scratch, Path(sys.executable), target, ["f(1)"], [data])

    assert found.pins == [Pin("f(1)", "1", "")]
    assert theirs.read_text() == "mine\n"
