"""The content gate shows what fits: all of it, or the outline and the lines that matter."""

import asyncio
import random
from collections.abc import Sequence

from nanobot_engine.context import ContentGate, Evidence, FoundBy, Relevance, Shown
from nanobot_engine.context.gate import GAP, joined


def piece(path: str, lines: Sequence[str], headers: tuple[int, ...] = ()) -> Evidence:
    place = f"{path}:1-{len(lines)}"
    return Evidence(place, path, 1, tuple(lines), "", FoundBy.SEARCH, headers)


async def count(text: str) -> int:
    return -(-len(text) // 3)


def admitted(question: str, pieces: Sequence[Evidence], tokens_max: int) -> list[Shown]:
    gate = ContentGate(Relevance(question, [], pieces), count)
    return asyncio.run(gate.admit(pieces, tokens_max=tokens_max))


LONG = [
    "def retry(call, budget):",
    *(f"    step_{number}(call)" for number in range(80)),
    "    if budget.is_spent:",
    "        raise BudgetSpentError",
]


def test_what_fits_is_shown_raw() -> None:
    (shown,) = admitted("budget", [piece("a.py", LONG[-3:])], 100)

    assert shown.is_raw
    assert shown.text.startswith("[1] a.py\n")
    assert GAP not in shown.text


def test_of_what_does_not_fit_the_header_and_the_lines_that_matter_are_shown() -> None:
    (shown,) = admitted("when is the budget spent", [piece("a.py", LONG, (1,))], 60)

    assert not shown.is_raw
    lines = shown.text.split("\n")
    assert lines[1] == LONG[0]
    assert GAP in lines
    assert "    if budget.is_spent:" in lines
    assert shown.line_numbers[-1] == 83


def test_no_choice_is_larger_than_the_room() -> None:
    order = random.Random(5)
    words = ["budget", "retry", "call", "x", "value", "host"]
    for trial in range(60):
        pieces = [
            piece(
                f"{number}.py",
                [" ".join(order.choices(words, k=order.randrange(12))) for _ in range(30)],
                (1, 9),
            )
            for number in range(order.randrange(1, 6))
        ]
        tokens_max = order.randrange(0, 300)
        shown = admitted("retry budget of a host", pieces, tokens_max)
        text = joined(shown)
        assert asyncio.run(count(text)) <= tokens_max or not text, trial
        assert [one.number for one in shown] == list(range(1, len(shown) + 1))


def test_nothing_is_shown_where_not_a_line_fits() -> None:
    assert admitted("budget", [piece("a.py", LONG)], 2) == []


def test_what_all_lines_are_indented_by_is_left_out() -> None:
    (shown,) = admitted(
        "x", [piece("a.py", ["        x = 1", "            y", "", "        z"])], 50
    )

    assert shown.text == "[1] a.py\nx = 1\n    y\nz"
