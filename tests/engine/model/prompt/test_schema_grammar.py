"""A form without an end, or that a grammar can not say, is refused where it is defined."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nanobot_engine.model.errors import GrammarError
from nanobot_engine.model.prompt.schema_grammar import grammar_of_schema


class Tree(BaseModel):
    left: "Tree | None" = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Named(BaseModel):
    name: str


class Two(BaseModel):
    class_: Literal["a"] = Field(alias="a b")
    other: Literal["b"] = Field(alias="a-b")


def check_refused(form: Any) -> str:
    with pytest.raises(GrammarError) as caught:
        grammar_of_schema(TypeAdapter(form).json_schema())
    return str(caught.value)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (Named, "root.name: a text without max_length up to 1000"),
        (Annotated[str, Field(max_length=1001)], "root: a text without max_length up to 1000"),
        (int, "root: an integer without ge and le"),
        (Annotated[int, Field(ge=3, le=2)], "root: at least 3 and at most 2: nothing is both"),
        (float, "root: a value of the kind number; say a literal, text, integer or list"),
        (list[bool], "root: a list without max_length up to 200"),
        (Annotated[list[Any], Field(max_length=1)], "root.item: a value of any kind"),
        (tuple[bool, ...], "root: a list without max_length up to 200"),
        (Annotated[set[bool], Field(max_length=2)], "root: uniqueItems: not known"),
        (dict[str, bool], "root: a mapping with keys that are not named"),
        (Open, "root: a mapping with keys that are not named"),
        (date, "root: format: not known to the grammar"),
        (Annotated[int, Field(ge=0, le=9, multiple_of=3)], "root: multipleOf: not known"),
        (Tree, "Tree.left.0: Tree has itself in it, so it has no end"),
        (Any, "root: a value of any kind"),
    ],
)
def test_a_form_is_refused_with_its_place(form: Any, message: str) -> None:
    assert check_refused(form).startswith(message)


@pytest.mark.parametrize(
    "pattern", ["^a+$", "^a*$", "a", "^(a|b)$", "^.$", '^"$', r"^\d$", "^[^a]$"]
)
def test_a_pattern_that_a_grammar_can_not_say_is_refused(pattern: str) -> None:
    assert check_refused(Annotated[str, Field(pattern=pattern)]).startswith("root: the pattern")


def test_a_pattern_and_a_length_are_refused_together() -> None:
    form = Annotated[str, Field(pattern="^a$", max_length=3)]

    assert "say the length in the pattern" in check_refused(form)


def test_a_small_form_is_a_small_grammar() -> None:
    schema = TypeAdapter(Two).json_schema()

    assert grammar_of_schema(schema).splitlines()[0] == (
        r'root ::= "{" "\"a b\":" "\"a\"" ",\"a-b\":" "\"b\"" "}"'
    )
