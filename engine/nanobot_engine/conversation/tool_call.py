"""What a model can say: a call of one micro-tool, or an answer."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from nanobot_engine.model import AnswerForm

_LINES_MAX: Final = 99_999

# Bounded, so that a small model can not run away in an argument.
_Words = Annotated[str, Field(min_length=2, max_length=80)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]{0,59}$")]
_Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_./\-]{0,119}$")]
_Line = Annotated[int, Field(ge=1, le=_LINES_MAX)]


class _Call(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Definition(_Call):
    """Show how something is defined whose name is known."""

    tool: Literal["definition"] = "definition"
    name: _Name


class References(_Call):
    """Find where a name is used or called."""

    tool: Literal["references"] = "references"
    name: _Name


class Grep(_Call):
    """Find an exact text: a message, a comment, a quoted string."""

    tool: Literal["grep"] = "grep"
    text: _Words


class Outline(_Call):
    """List what is in a file."""

    tool: Literal["outline"] = "outline"
    path: _Path


class Slice(_Call):
    """Show some lines of a file."""

    tool: Literal["slice"] = "slice"
    path: _Path
    first: _Line
    last: _Line


class Search(_Call):
    """Find code by what it does, when no name is known."""

    tool: Literal["search"] = "search"
    query: _Words


class Answer(_Call):
    """Answer from what was found."""

    tool: Literal["answer"] = "answer"
    text: Annotated[str, Field(min_length=1, max_length=200)]


ToolCall = Definition | References | Grep | Outline | Slice | Search
_ToolCall = Annotated[ToolCall, Field(discriminator="tool")]
_Said = Annotated[ToolCall | Answer, Field(discriminator="tool")]

CALL_FORM: Final[AnswerForm[ToolCall]] = AnswerForm(_ToolCall)
"""Before anything was looked up: an answer would be from nowhere."""
SAID_FORM: Final[AnswerForm[ToolCall | Answer]] = AnswerForm(_Said)
ANSWER_FORM: Final[AnswerForm[Answer]] = AnswerForm(Answer)
"""When nothing more may be looked up."""

TOOLS: Final[tuple[type[ToolCall], ...]] = (Definition, References, Grep, Outline, Slice, Search)


def described_tools() -> str:
    """Return a line for each tool, as a model is told of it."""
    return "\n".join(f"{_shape(tool)} {tool.__doc__}" for tool in TOOLS)


def normalised(call: ToolCall) -> tuple[str, str]:
    """Return the tool and its arguments as they count for a loop: without case and space."""
    arguments: dict[str, Any] = call.model_dump(exclude={"tool"})
    return call.tool, " ".join(" ".join(str(value).split()) for value in arguments.values()).lower()


def _shape(tool: type[ToolCall]) -> str:
    fields = ",".join(
        f'"{key}":"{field.default}"' if key == "tool" else f'"{key}":…'
        for key, field in tool.model_fields.items()
    )
    return f"{{{fields}}}"
