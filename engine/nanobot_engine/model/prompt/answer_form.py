"""Answers that have a form: from a pydantic model to a grammar, and back.

    pydantic model → JSON schema → GBNF → a model's answer → instance

The grammar admits compact JSON with its keys in the order of the fields, and nothing
without an end: every text, list and number has a bound, because a small model that may
go on does. What the grammar admits the fields accept; a validator that the schema does
not show may still refuse it, and `read` says so.
"""

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from nanobot_engine.model.errors import AnswerFormError
from nanobot_engine.model.prompt.schema_grammar import grammar_of_schema

T = TypeVar("T")


class AnswerForm(Generic[T]):
    """The form of an answer. Make it once, at import: that is when a bad form shows.

    Args:
        model: A pydantic model, a union of some, or anything that pydantic knows.

    Raises:
        GrammarError: Something in it can not be said in a grammar, or has no bound.
    """

    def __init__(self, model: Any) -> None:
        # Any: a union is no class, and Python 3.11 has no type of forms.
        self._adapter: TypeAdapter[T] = TypeAdapter(model)
        self.schema: dict[str, Any] = self._adapter.json_schema()
        self.grammar: str = grammar_of_schema(self.schema)
        """GBNF with a rule `root`, for `Wave.grammar`."""

    def read(self, text: str) -> T:
        """Return the instance that an answer is.

        Raises:
            AnswerFormError: It is none: cut, or refused by a validator. Never repaired.
        """
        try:
            return self._adapter.validate_json(text, strict=False)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "answer"
            raise AnswerFormError(text, f"{place}: {first['msg']}") from error

    def write(self, value: T) -> str:
        """Return an instance as the grammar admits it: for examples, and for the past."""
        return self._adapter.dump_json(value, by_alias=True).decode()
