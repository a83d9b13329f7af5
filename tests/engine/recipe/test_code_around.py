"""The lines around a place: marked, as many as fit, and more of those before."""

import pytest

from nanobot_engine.edit.source import source_from_bytes
from nanobot_engine.recipe.code_around import code_around

LINES = [f"line_{number} = {number}" for number in range(9)]


def shown(newline: str, bytes_max: int, first: int = 4, last: int = 4) -> list[str]:
    text = newline.join(LINES) + newline
    source = source_from_bytes("a.py", text.encode())
    start, end = text.index(LINES[first]), text.index(LINES[last]) + len(LINES[last])
    return code_around(source, start, end, bytes_max).split("\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_is_shown_where_there_is_room(newline: str) -> None:
    expected = [f"> {one}" if one == LINES[4] else f"  {one}" for one in LINES]

    assert shown(newline, 10_000) == expected


def test_more_of_what_stands_before_is_shown() -> None:
    assert shown("\n", 60) == [f"  {LINES[2]}", f"  {LINES[3]}", f"> {LINES[4]}", f"  {LINES[5]}"]


def test_what_is_marked_is_shown_without_room() -> None:
    assert shown("\n", 0, 3, 5) == [f"> {one}" for one in LINES[3:6]]
