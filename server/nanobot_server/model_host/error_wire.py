"""Errors of the model part, so that they arrive as what they were.

A caller acts on their types: it asks with less text, gives up a wave, or tells the user to
run the setup.
"""

from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from nanobot_engine.errors import EngineError
from nanobot_engine.model import (
    ChecksumError,
    ModelError,
    ModelMissingError,
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
    WaveTimeoutError,
    WorkerFailedError,
)
from nanobot_indexer.errors import IndexerError
from nanobot_server.channel.connection import described
from nanobot_server.host.errors import FAILED, HostError

# What each is made of, in the order of its constructor.
_FIELDS: Final = MappingProxyType(
    {
        ChecksumError: ("name", "expected", "actual"),
        ModelMissingError: ("name", "path"),
        PoisonRequestError: ("role", "reason"),
        PromptTooLongError: ("prompt_index", "tokens", "limit"),
        WaveRefusedError: ("role", "reason"),
        WaveTimeoutError: ("role", "timeout_s"),
        WorkerFailedError: ("role", "reason"),
    }
)
_KIND_BY_NAME: Final = MappingProxyType({kind.__name__: kind for kind in _FIELDS})


def error_to_wire(error: HostError | EngineError | IndexerError) -> dict[str, Any]:
    """Return the `error` of an answer."""
    told = described(error)
    if not isinstance(error, ModelError):
        return told
    fields = _FIELDS.get(type(error))
    if fields is None:
        return {**told, "kind": ModelError.__name__, "fields": []}
    values = (getattr(error, name) for name in fields)
    made_of = [str(value) if isinstance(value, Path) else value for value in values]
    return {**told, "kind": type(error).__name__, "fields": made_of}


def error_from_wire(told: dict[str, Any]) -> Exception:
    """Return the error that an answer tells of."""
    kind, message = told.get("kind"), str(told.get("message", "failed"))
    if kind is None:
        return HostError(str(told.get("code", FAILED)), message)
    known = _KIND_BY_NAME.get(kind)
    fields = told.get("fields")
    if known is None or not isinstance(fields, list) or len(fields) != len(_FIELDS[known]):
        return ModelError(message)
    if known is ModelMissingError:
        return ModelMissingError(str(fields[0]), Path(str(fields[1])))
    error: ModelError = known(*fields)
    return error
