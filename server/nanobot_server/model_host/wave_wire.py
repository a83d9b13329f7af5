"""Waves, their results and the state of workers, as JSON. Checked where they arrive."""

from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from nanobot_engine.model import Segment, Wave, WaveResult, WorkerStatus
from nanobot_engine.model.worker.continuation import Continued
from nanobot_server.host.errors import USAGE, HostError

WAVE: Final = TypeAdapter(Wave)
RESULT: Final = TypeAdapter(WaveResult)
SEGMENTS: Final = TypeAdapter(tuple[Segment, ...])
STATUS: Final = TypeAdapter(WorkerStatus)
CONTINUED: Final = TypeAdapter(Continued)

_Value = TypeVar("_Value")


def to_wire(kind: TypeAdapter[_Value], value: _Value) -> Any:
    """Return a value as JSON has it."""
    return kind.dump_python(value, mode="json")


def from_wire(kind: TypeAdapter[_Value], name: str, raw: object) -> _Value:
    """Return the value that JSON has.

    Args:
        kind: What it should be.
        name: Of the parameter.
        raw: As it came.

    Raises:
        HostError: It is something else.
    """
    try:
        return kind.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in (name, *first["loc"]))
        raise HostError(USAGE, f"{where}: {first['msg']}") from error
