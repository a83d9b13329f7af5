"""What a grammar admits is an instance, and every instance is admitted."""

import random
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nanobot_engine.model.errors import AnswerFormError
from nanobot_engine.model.prompt.answer_form import AnswerForm
from support.gbnf import Grammar

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]{0,20}$")]
SEED = 6


class Colour(StrEnum):
    RED = "red"
    QUOTED = 'say "blue"\n\\'
    FAR = "größer €"


class Dot(BaseModel):
    """A point."""

    kind: Literal["dot"]
    x: int = Field(ge=-20, le=105)
    y: int = Field(gt=7, lt=2001)


class Line(BaseModel):
    kind: Literal["line"] = "line"
    ends: tuple[Dot, Dot]
    label: str | None = Field(default=None, min_length=1, max_length=3)


class Drawing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=12)
    owner: Name
    colours: list[Colour] = Field(min_length=1, max_length=3)
    shapes: list[Annotated[Dot | Line, Field(discriminator="kind")]] = Field(max_length=2)
    is_final: bool = False
    nothing: None = None
    number: Literal[1, 2, "three", True] = 1
    spare: list[Annotated[int, Field(ge=0, le=3)]] = Field(default_factory=list, max_length=0)
    nick: Annotated[str, Field(max_length=4, alias="nick-name")] = "n"


class AllOptional(BaseModel):
    a: int = Field(default=1, ge=1, le=2)
    b: Literal["b", "B"] = "b"
    c: bool = True


FORMS: dict[str, Any] = {
    "drawing": Drawing,
    "optional": AllOptional,
    "union": Annotated[Dot | Line, Field(discriminator="kind")],
    "list": Annotated[list[Dot], Field(min_length=2, max_length=4)],
    "enum": Colour,
}

COLOURS = st.sampled_from(Colour)
DOTS = st.builds(
    Dot, kind=st.just("dot"), x=st.integers(-20, 105), y=st.integers(8, 2000)
)  # fmt: skip
CHARS = st.characters(exclude_categories=["Cs"])
LINES = st.builds(
    Line,
    ends=st.tuples(DOTS, DOTS),
    label=st.none() | st.text(CHARS, min_size=1, max_size=3),
)
DRAWINGS = st.builds(
    Drawing,
    title=st.text(CHARS, max_size=12),
    owner=st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.\-]{0,20}\Z"),
    colours=st.lists(COLOURS, min_size=1, max_size=3),
    shapes=st.lists(DOTS | LINES, max_size=2),
    is_final=st.booleans(),
    nothing=st.none(),
    number=st.sampled_from([1, 2, "three", True]),
    **{"nick-name": st.text(CHARS, max_size=4)},
)


@pytest.mark.parametrize("name", FORMS)
def test_what_the_grammar_generates_is_an_instance(name: str) -> None:
    form: AnswerForm[Any] = AnswerForm(FORMS[name])
    grammar = Grammar(form.grammar)
    chance = random.Random(SEED)

    for _ in range(300):
        text = grammar.generate(chance)
        assert grammar.accepts(text), text
        form.read(text)


@seed(SEED)
@settings(max_examples=150, deadline=None, database=None)
@given(DRAWINGS)
def test_the_grammar_accepts_every_instance(drawing: Drawing) -> None:
    form: AnswerForm[Drawing] = AnswerForm(Drawing)
    grammar = Grammar(form.grammar)

    assert grammar.accepts(form.write(drawing))
    assert form.read(form.write(drawing)) == drawing


@pytest.mark.parametrize("name", FORMS)
def test_a_grammar_has_an_end(name: str) -> None:
    form: AnswerForm[Any] = AnswerForm(FORMS[name])

    assert Grammar(form.grammar).has_end


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "dot","x":1,"y":9}',  # A space.
        '{"x":1,"kind":"dot","y":9}',  # Another order.
        '{"kind":"dot","x":01,"y":9}',
        '{"kind":"dot","x":106,"y":9}',
        '{"kind":"dot","x":-0,"y":9}',
        '{"kind":"dot","x":1,"y":7}',
        '{"kind":"dot","x":1,"y":9,"z":1}',
        '{"kind":"dot","x":1,"y":9',
    ],
)
def test_what_is_not_in_the_form_is_not_accepted(text: str) -> None:
    form: AnswerForm[Dot] = AnswerForm(Dot)

    assert not Grammar(form.grammar).accepts(text)


def test_fields_that_may_be_left_out_take_their_comma_along() -> None:
    grammar = Grammar(AnswerForm[AllOptional](AllOptional).grammar)

    for fields in ("", '"a":2', '"b":"b"', '"c":true', '"a":1,"c":false', '"b":"b","c":true'):
        assert grammar.accepts(f"{{{fields}}}"), fields
    for fields in (',"a":2', '"a":2,', '"b":"b","a":2', '"a":2"b":"b"'):
        assert not grammar.accepts(f"{{{fields}}}"), fields


def test_what_a_union_is_read_by_is_always_written() -> None:
    form: AnswerForm[Dot | Line] = AnswerForm(FORMS["union"])
    dot = '{"kind":"dot","x":1,"y":9}'

    assert Grammar(form.grammar).accepts(f'{{"kind":"line","ends":[{dot},{dot}]}}')
    assert not Grammar(form.grammar).accepts(f'{{"ends":[{dot},{dot}]}}')


def test_an_answer_that_was_cut_is_refused_with_the_reason() -> None:
    form: AnswerForm[Dot] = AnswerForm(Dot)

    with pytest.raises(AnswerFormError, match=r"answer '\{\"kind\":\"do': answer: Invalid JSON"):
        form.read('{"kind":"do')
    with pytest.raises(AnswerFormError, match="x: Input should be less than or equal to 105"):
        form.read('{"kind":"dot","x":106,"y":9}')


def test_the_schema_is_pydantic_s_own() -> None:
    assert AnswerForm[Dot](Dot).schema == TypeAdapter(Dot).json_schema()
