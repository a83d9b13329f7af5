import xml.etree.ElementTree as ET

from nanobot_indexer.needle.evaluation import Answer
from nanobot_indexer.needle.needle import Form, Needle, NeedleKind, Planted
from nanobot_indexer.needle.plot import plot_svg

CIRCLE = "{http://www.w3.org/2000/svg}circle"
LEGEND_COUNT = 3


def answer(kind: NeedleKind, depth: float, rank: int, question: str = "q") -> Answer:
    place = Planted(Needle(kind, Form.DOC, "t", question), "a.md", 1, depth)
    return Answer(place, rank, int(rank > 0), 5, 0.001)


def circles(answers: list[Answer]) -> list[ET.Element]:
    tree = ET.fromstring(plot_svg(answers, "a <title> & more"))
    return list(tree.iter(CIRCLE))[LEGEND_COUNT:]


def test_each_answer_is_one_dot_at_its_depth() -> None:
    dots = circles([answer(NeedleKind.EXACT, depth, 1) for depth in (0.0, 0.5, 1.0)])

    xs = [float(dot.attrib["cx"]) for dot in dots]
    assert len(dots) == 3
    assert xs[1] - xs[0] == xs[2] - xs[1] > 0


def test_rank_is_told_by_colour_and_a_miss_by_shape_too() -> None:
    dots = circles([answer(NeedleKind.STRUCTURAL, 0.5, rank) for rank in (1, 3, 0)])

    assert len({dot.attrib["stroke"] for dot in dots}) == 3
    assert [dot.attrib["fill"] == "none" for dot in dots] == [False, False, True]


def test_questions_are_escaped() -> None:
    (dot,) = circles([answer(NeedleKind.PARAPHRASED, 0.1, 1, 'a < b & "c"')])

    assert dot[0].text == 'a < b & "c"'
