"""Places of hunks in a text that was changed elsewhere."""

import random

import pytest

from nanobot_server.lsp.review.hunk_place import LineRange, places_of

BASE = ["a", "b", "c", "d", "e", "f"]


def check_places(now: str, *wanted: tuple[int, int]) -> list[tuple[int, int] | None]:
    """Return where line ranges of `BASE` are in the lines of `now`, a letter each."""
    found = places_of([LineRange(*one) for one in wanted], BASE, list(now))
    return [None if one is None else (one.start, one.end) for one in found]


def test_lines_before_and_after_a_change_are_found() -> None:
    assert check_places("abXYef", (0, 1), (4, 6)) == [(0, 1), (4, 6)]
    assert check_places("abXYZef", (0, 2), (4, 6)) == [(0, 2), (5, 7)]
    assert check_places("ef", (4, 6), (5, 6)) == [(0, 2), (1, 2)]


def test_lines_between_two_changes_are_found() -> None:
    assert check_places("aXcdYYf", (2, 4)) == [(2, 4)]
    assert check_places("XXXbcdefY", (1, 2), (3, 5)) == [(3, 4), (5, 7)]


def test_lines_that_changed_are_not_there() -> None:
    assert check_places("abXdef", (2, 3), (1, 4)) == [None, None]
    assert check_places("", (0, 6), (2, 3)) == [None, None]


def test_lines_that_are_there_twice_are_not_guessed() -> None:
    assert check_places("XcdYcdZ", (2, 4)) == [None]
    assert check_places("XbcYbcZ", (1, 3), (1, 2)) == [None, None]


def test_lines_that_are_there_twice_are_told_apart_by_those_around_them() -> None:
    base = list("1ax2bx3")

    found = places_of([LineRange(2, 3), LineRange(5, 6)], base, list("YaxY2bxZ"))

    assert found == [LineRange(2, 3), LineRange(6, 7)]


def test_an_insertion_is_between_its_neighbours() -> None:
    assert check_places("abcdef", (2, 2), (0, 0), (6, 6)) == [(2, 2), (0, 0), (6, 6)]
    assert check_places("XabcdefY", (2, 2)) == [(3, 3)]
    assert check_places("XabYcdeZ", (2, 2)) == [None]


@pytest.mark.parametrize("seed", range(200))
def test_what_is_found_has_the_lines_that_were_looked_for(seed: int) -> None:
    dice = random.Random(seed)
    base = [dice.choice("abcd") for _ in range(dice.randrange(12))]
    now = list(base)
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(now) + 1)
        now[at : at + dice.randrange(3)] = [dice.choice("abcdX") for _ in range(dice.randrange(3))]
    wanted = []
    for _ in range(6):
        start, end = sorted(dice.choices(range(len(base) + 1), k=2))
        wanted.append(LineRange(start, end))

    for one, place in zip(wanted, places_of(wanted, base, now), strict=True):
        if place is None:
            continue
        assert now[place.start : place.end] == base[one.start : one.end], f"seed {seed}"
        assert 0 <= place.start <= place.end <= len(now), f"seed {seed}"


def test_everything_is_found_where_nothing_changed() -> None:
    wanted = [LineRange(start, end) for start in range(7) for end in range(start, 7)]

    assert places_of(wanted, BASE, BASE) == wanted
