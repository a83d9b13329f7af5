import ast
import random

from nanobot_indexer.needle.needle import Form, Needle
from nanobot_indexer.needle.structure import PARAMETERS, structural_needles

NEEDLES = structural_needles(random.Random(11), 40)


def asked_parameters(needle: Needle) -> set[str]:
    return {parameter for parameter in PARAMETERS if f" {parameter}" in needle.question}


def has_parameter(needle: Needle, parameter: str) -> bool:
    first, *rest = parameter.split()
    camel = first + "".join(word.title() for word in rest)
    return parameter.replace(" ", "_") in needle.text or camel in needle.text


def test_no_two_needles_are_asked_for_the_same_parameters() -> None:
    asked = [frozenset(asked_parameters(n)) for n in NEEDLES if not n.is_decoy]

    assert len(asked) == 40
    assert len(set(asked)) == 40


def test_only_the_needle_has_both_parameters_of_its_question() -> None:
    for needle in NEEDLES:
        if not needle.is_decoy:
            wanted = asked_parameters(needle)
            holders = [n for n in NEEDLES if all(has_parameter(n, p) for p in wanted)]
            assert holders == [needle], needle.question


def test_each_needle_is_followed_by_two_decoys_with_one_half_of_its_question_each() -> None:
    for at in range(0, len(NEEDLES), 3):
        needle, *decoys = NEEDLES[at : at + 3]
        wanted = asked_parameters(needle)

        assert [one.is_decoy for one in (needle, *decoys)] == [False, True, True]
        assert len(wanted) == 2
        kept = [{p for p in wanted if has_parameter(decoy, p)} for decoy in decoys]
        assert [len(half) for half in kept] == [1, 1]
        assert set.union(*kept) == wanted


def test_python_needles_are_python() -> None:
    for needle in NEEDLES:
        if needle.form is Form.PYTHON:
            ast.parse(needle.text)


def test_the_answer_line_is_that_of_the_parameters() -> None:
    for needle in NEEDLES:
        line = needle.text.split("\n")[needle.answer_line]
        alone = Needle(needle.kind, needle.form, line, needle.question)
        assert all(has_parameter(alone, parameter) for parameter in asked_parameters(needle))
