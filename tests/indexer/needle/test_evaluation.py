from dataclasses import dataclass

import pytest

from nanobot_indexer.needle.evaluation import Answer, is_right, quantile, scores_of
from nanobot_indexer.needle.needle import Form, Needle, NeedleKind, Planted


def planted(kind: NeedleKind = NeedleKind.EXACT) -> Planted:
    return Planted(Needle(kind, Form.DOC, "text", "question"), "a/b.md", 30, 0.5)


@dataclass(frozen=True)
class Shown:
    path: str
    start_line: int
    end_line: int


@pytest.mark.parametrize(
    ("found", "is_answer"),
    [
        (Shown("a/b.md", 30, 30), True),
        (Shown("a/b.md", 10, 60), True),
        (Shown("a/b.md", 31, 60), False),
        (Shown("a/b.md", 1, 29), False),
        (Shown("a/c.md", 30, 30), False),
        # Half of a file answers nothing.
        (Shown("a/b.md", 1, 401), False),
    ],
)
def test_a_right_hit_shows_the_line_and_is_short(found: Shown, *, is_answer: bool) -> None:
    assert is_right(found, planted()) is is_answer


def test_scores_are_counted_by_kind() -> None:
    answers = [
        Answer(planted(), rank=1, right_hits=1, hits=5, seconds=0.001),
        Answer(planted(), rank=4, right_hits=2, hits=5, seconds=0.003),
        Answer(planted(), rank=0, right_hits=0, hits=0, seconds=0.002),
        Answer(planted(NeedleKind.STRUCTURAL), rank=1, right_hits=1, hits=1, seconds=0.009),
    ]

    scores = scores_of(answers)

    assert set(scores) == {NeedleKind.EXACT, NeedleKind.STRUCTURAL}
    exact = scores[NeedleKind.EXACT]
    assert exact.needles == 3
    assert exact.recall_at_1 == pytest.approx(1 / 3)
    assert exact.recall_at_5 == pytest.approx(2 / 3)
    assert exact.precision_at_5 == pytest.approx(0.2)
    assert exact.p50_ms == pytest.approx(2.0)
    assert exact.p99_ms == pytest.approx(3.0)


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert quantile([5.0], 0.5) == 5.0
    assert quantile([1.0, 2.0], 0.5) == 1.0
    assert quantile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert quantile([float(n) for n in range(1, 201)], 0.99) == 198.0
