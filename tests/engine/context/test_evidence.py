"""A piece knows its lines and what it shares with others."""

import pytest

from nanobot_engine.context import Evidence, FoundBy


def piece(start: int, end: int, path: str = "a.py") -> Evidence:
    lines = tuple(f"line {number}" for number in range(start, end + 1))
    return Evidence(f"{path}:{start}-{end}", path, start, lines, "", FoundBy.SEARCH)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (piece(1, 10), piece(6, 20), True),
        (piece(1, 10), piece(7, 20), False),
        (piece(3, 3), piece(1, 10), True),
        (piece(1, 10), piece(3, 3), False),
        (piece(1, 10), piece(20, 30), False),
        (piece(1, 10), piece(1, 10, "b.py"), False),
    ],
)
def test_a_piece_is_mostly_in_another_when_half_of_it_is(
    first: Evidence, second: Evidence, *, expected: bool
) -> None:
    assert first.is_mostly_in(second) is expected


def test_the_last_line_counts() -> None:
    assert (piece(3, 7).end_line, piece(3, 7).text.count("\n")) == (7, 4)
