"""The window of a model is divided by arithmetic."""

import pytest

from nanobot_engine.context import Budget


@pytest.mark.parametrize(
    ("context", "answer", "fixed", "most", "expected"),
    [
        (2048, 100, 300, 320, 320),
        (600, 100, 300, 320, 200),
        (400, 100, 300, 320, 0),
        (256, 100, 300, 320, 0),
    ],
)
def test_evidence_gets_what_is_left_but_not_more_than_is_read(
    context: int, answer: int, fixed: int, most: int, expected: int
) -> None:
    budget = Budget(context, answer, fixed, most)

    assert budget.evidence_tokens == expected
