"""First answer ahead by k, over what answers mean."""

from hypothesis import given
from hypothesis import strategies as st

from nanobot_engine.process.voting import tally
from nanobot_engine.recipe import Candidate


def check_tally(answers: str, *, ahead_by: int) -> str:
    """The only place that knows the API: letters are answers, equal letters agree."""
    candidates = [
        Candidate(f"{letter}{i}", frozenset({letter})) for i, letter in enumerate(answers)
    ]
    result = tally(candidates, ahead_by=ahead_by, agrees=lambda a, b: a.features == b.features)
    return f"{result.winner.text if result.winner else '-'} margin {result.margin}"


def test_no_votes_decide_nothing() -> None:
    assert check_tally("", ahead_by=1) == "- margin 0"


def test_one_class_must_lead_by_k() -> None:
    assert check_tally("a", ahead_by=2) == "- margin 1"
    assert check_tally("aa", ahead_by=2) == "a0 margin 2"
    assert check_tally("aba", ahead_by=2) == "- margin 1"
    assert check_tally("abaa", ahead_by=2) == "a0 margin 2"
    assert check_tally("abab", ahead_by=1) == "- margin 0"


def test_the_winner_agrees_with_the_most_of_its_class() -> None:
    texts = [Candidate(t, frozenset(t)) for t in ("ab", "abc", "abcd")]

    result = tally(texts, ahead_by=3, agrees=lambda a, b: len(a.features ^ b.features) <= 1)

    # "abcd" does not agree with the founder "ab", so it is a class of its own.
    assert (result.winner, result.margin) == (None, 1)
    wide = tally(texts, ahead_by=3, agrees=lambda a, b: len(a.features & b.features) >= 2)
    assert wide.winner == texts[0]


@given(st.text(alphabet="abc", max_size=12), st.integers(1, 4))
def test_the_margin_is_first_minus_second(answers: str, ahead_by: int) -> None:
    counts = sorted((answers.count(letter) for letter in "abc"), reverse=True)
    margin = counts[0] - counts[1]

    result = check_tally(answers, ahead_by=ahead_by)

    assert result.endswith(f"margin {margin}")
    assert result.startswith("-") == (margin < ahead_by)
