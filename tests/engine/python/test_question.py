"""An answer does not depend on what was asked before it."""

import ast
import random
from collections.abc import Mapping
from functools import partial

import pytest

from nanobot_engine.python import Inference, PythonProject, Scope
from nanobot_engine.python.question import Questions
from nanobot_engine.python.value import (
    ClassValue,
    ContainerValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    Value,
    Values,
)


def _program(choice: random.Random) -> str:
    """Return functions that pass what they are given to each other, in circles too."""
    count = 12
    lines = ["class Box:", "    def __init__(self, held): self.held = held"]
    lines += ["class Lid(Box):", "    def turn(self): return self.held.turn()"]
    for number in range(count):
        other, another = (f"f{choice.randrange(count)}" for _ in range(2))
        passed = choice.choice(("given", "Box(given)", "[given]", "given.held", "Lid(1)", "''"))
        returned = choice.choice((f"{another}(given)", "given", "inner", "Box(inner)", "None"))
        default = choice.choice(("", "=None", "=3", "=Lid('')"))
        lines += [f"def f{number}(given{default}):", f"    inner = {other}({passed})"]
        lines += [f"    return {returned}"]
    lines += [f"name{n} = f{choice.randrange(count)}(Box({n}))" for n in range(4)]
    return "\n".join(lines) + "\n"


def _said(found: Values) -> list[str]:
    return sorted(map(_one_said, found))


def _one_said(value: Value) -> str:
    match value:
        case ClassValue(node=node) | InstanceValue(of=ClassValue(node=node)):
            return f"{type(value).__name__} {node.name}"
        case FunctionValue(node=node):
            return f"function in line {node.lineno}"
        case ContainerValue(elements=elements):
            return f"container of {_said(elements)}"
        case ForeignValue(name=name):
            return name
    return type(value).__name__


def _answers(text: str, choice: random.Random | None) -> Mapping[tuple[int, str], list[str]]:
    """Return what all names are, asked in the order they stand in or a random one."""
    project = PythonProject({"m.py": text.encode()})
    inference = Inference(project)
    file = project.file("m.py")
    assert file is not None
    names = [(scope, name) for scope in file.names.scope_by_node.values() for name in scope.sites]
    asked: list[tuple[Scope, str | ast.Call]] = [*names]
    asked += [(scope, call) for call, scope in file.names.calls]
    if choice is not None:
        choice.shuffle(asked)
    answers = {}
    for scope, what in asked:
        line = getattr(scope.node, "lineno", 0)
        if isinstance(what, str):
            answers[line, what] = _said(inference.symbol_values(file, scope, what))
        else:
            answers[line, ast.unparse(what)] = _said(inference.values(file, scope, what))
    return answers


def test_answers_are_the_same_in_any_order() -> None:
    first_seed = random.SystemRandom().randrange(1_000_000)
    for seed in range(first_seed, first_seed + 12):
        choice = random.Random(seed)
        text = _program(choice)
        expected = _answers(text, None)

        assert any(said != ["Unknown"] for said in expected.values()), f"seed {seed}"
        for _ in range(4):
            assert _answers(text, choice) == expected, f"seed {seed}"


def test_a_question_that_failed_leaves_nothing_behind() -> None:
    found = frozenset((ForeignValue("found"),))
    questions = Questions()

    def circle(key: str, others: str, *, fails: bool) -> Values:
        if fails and key == "d":
            raise RecursionError
        parts = (questions.answer(one, partial(circle, one, others, fails=fails)) for one in others)
        return found.union(*parts)

    with pytest.raises(RecursionError):
        questions.answer("a", lambda: circle("a", "abcd", fails=True))
    after = questions.answer("b", lambda: circle("b", "bc", fails=False))

    fresh = questions = Questions()
    assert fresh.answer("b", lambda: circle("b", "bc", fails=False)) == after


def test_what_a_limit_would_cut_short_is_worked_out_again() -> None:
    questions = Questions()

    def chain(number: int) -> Values:
        if number == 0:
            return frozenset((ForeignValue("end"),))
        return questions.answer(number, lambda: chain(number - 1))

    questions.answer("near", lambda: chain(20))
    far = questions.answer("far", lambda: chain(60))

    questions = Questions()
    assert questions.answer("far", lambda: chain(60)) == far
