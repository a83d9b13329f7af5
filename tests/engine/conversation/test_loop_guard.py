"""Going in circles is noticed by what changes, not by what fails."""

from nanobot_engine.conversation.loop_guard import LoopGuard


def steps(guard: LoopGuard, *made: tuple[str, str]) -> list[bool]:
    """Note steps, each an argument and its news, given as one word per place."""
    return [
        guard.is_stuck("grep", argument, result_hash=argument, news=frozenset(news.split()))
        for argument, news in made
    ]


def test_new_places_are_progress() -> None:
    made = [(f"text {number}", f"a:{number}") for number in range(50)]

    assert steps(LoopGuard(), *made) == [False] * 50


def test_the_same_successful_call_in_the_same_state_is_a_loop() -> None:
    # The first one changes the state, so only the third is like the one before.
    assert steps(LoopGuard(), ("x", "a:1"), ("x", "a:1")) == [False, True]


def test_the_same_call_after_something_new_is_none() -> None:
    assert steps(LoopGuard(), ("x", "a:1"), ("y", "b:2"), ("x", "a:1")) == [False] * 3


def test_different_calls_without_news_are_stuck() -> None:
    made = [("x", "a:1 a:2"), ("y", "a:1"), ("z", "a:2"), ("w", "")]

    assert steps(LoopGuard(), *made) == [False, False, False, True]


def test_calls_that_find_nothing_are_stuck() -> None:
    assert steps(LoopGuard(), *[(f"x{number}", "") for number in range(3)]) == [False, False, True]


def test_two_calls_in_turn_are_stuck() -> None:
    made = [("x", "a:1"), ("y", "b:1"), ("x", "a:1"), ("y", "b:1")]

    assert steps(LoopGuard(), *made)[-1]


def test_the_state_is_what_is_known_in_any_order() -> None:
    one, other = LoopGuard(), LoopGuard()
    steps(one, ("x", "a:1"), ("y", "b:1"))
    steps(other, ("y", "b:1"), ("x", "a:1"))

    assert one.state_hash == other.state_hash != LoopGuard().state_hash
