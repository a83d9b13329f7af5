import random

from nanobot_indexer.needle.exact import exact_needles
from nanobot_indexer.needle.needle import Form


def test_the_literal_is_on_the_answer_line() -> None:
    for needle in exact_needles(random.Random(3), 60):
        assert needle.question in needle.text.split("\n")[needle.answer_line]


def test_questions_differ_and_come_in_all_forms() -> None:
    needles = exact_needles(random.Random(3), 60)

    assert len({needle.question for needle in needles}) == 60
    assert {needle.form for needle in needles} == {Form.PYTHON, Form.LOG, Form.CONFIG, Form.DOC}
