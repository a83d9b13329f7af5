"""Every call has a form that a model can not leave, and reads back as itself."""

import random

import pytest

from nanobot_engine.conversation.tool_call import (
    ANSWER_FORM,
    CALL_FORM,
    SAID_FORM,
    TOOLS,
    Answer,
    Definition,
    Grep,
    Outline,
    Slice,
    ToolCall,
    described_tools,
    normalised,
)
from nanobot_engine.conversation.transcript import _EXAMPLES
from nanobot_engine.model import AnswerFormError
from support.gbnf import Grammar


@pytest.mark.parametrize("form", [CALL_FORM, SAID_FORM, ANSWER_FORM], ids=["call", "said", "end"])
def test_what_a_model_can_say_is_a_call_or_an_answer(form: object) -> None:
    assert form in (CALL_FORM, SAID_FORM, ANSWER_FORM)
    assert isinstance(form, type(CALL_FORM))
    grammar = Grammar(form.grammar)
    chance = random.Random(5)

    tools = {form.read(grammar.generate(chance)).tool for _ in range(300)}

    names = {tool.model_fields["tool"].default for tool in TOOLS}
    assert tools == {id(CALL_FORM): names, id(SAID_FORM): names | {"answer"}}.get(
        id(form), {"answer"}
    )
    assert grammar.has_end


def test_the_examples_are_calls() -> None:
    grammar = Grammar(CALL_FORM.grammar)

    for _, reply in _EXAMPLES:
        assert grammar.accepts(reply), reply
    assert {CALL_FORM.read(reply).tool for _, reply in _EXAMPLES} == {
        tool.model_fields["tool"].default for tool in TOOLS
    }


def test_an_answer_is_no_call() -> None:
    with pytest.raises(AnswerFormError):
        CALL_FORM.read('{"tool":"answer","text":"40"}')


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Grep(text="  Cart   FULL "), ("grep", "cart full")),
        (Slice(path="a.py", first=1, last=20), ("slice", "a.py 1 20")),
        (Outline(path="A.py"), ("outline", "a.py")),
        (Definition(name="Cart"), ("definition", "cart")),
    ],
)
def test_what_counts_of_a_call(call: ToolCall, expected: tuple[str, str]) -> None:
    assert normalised(call) == expected


def test_a_tool_is_described_by_its_fields() -> None:
    lines = described_tools().splitlines()

    assert len(lines) == len(TOOLS)
    assert lines[4] == '{"tool":"slice","path":…,"first":…,"last":…} Show some lines of a file.'


def test_a_reply_is_written_as_it_is_read() -> None:
    answer = Answer(text='the limit is "40"')

    assert SAID_FORM.write(answer) == '{"tool":"answer","text":"the limit is \\"40\\""}'
    assert SAID_FORM.read(SAID_FORM.write(answer)) == answer
