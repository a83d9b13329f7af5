"""What a model host can be asked. A request is what a method's `params` are."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from nanobot_engine.model import Lane, Role, Segment, Wave
from nanobot_server.model_host.wave_wire import from_wire, to_wire
from nanobot_server.settings import ModelSettings

_Request = TypeVar("_Request")


@dataclass(frozen=True, slots=True)
class Use:
    """`use`: which models are meant by all that follows on this connection."""

    model: ModelSettings


@dataclass(frozen=True, slots=True)
class Load:
    """`load`: have the model of a role ready."""

    role: Role


@dataclass(frozen=True, slots=True)
class CountTokens:
    """`count_tokens`: how long a prompt is."""

    role: Role
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Generate:
    """`generate`: answer a wave."""

    role: Role
    lane: Lane
    wave: Wave
    timeout_s: float
    """Without waiting for other waves, and without loading."""


@dataclass(frozen=True, slots=True)
class TokensOf:
    """`tokens_of`: the tokens of a text, by the model that continues."""

    text: str
    special: bool


@dataclass(frozen=True, slots=True)
class Read:
    """`read`: have a slot read a prompt."""

    stream: int
    """Names this in events; chosen by who asks."""
    slot: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Continue:
    """`continue`: continue a prompt."""

    stream: int
    slot: int
    tokens: tuple[int, ...]
    tokens_max: int
    grammar: str | None


@dataclass(frozen=True, slots=True)
class More:
    """`continue.more`: whether more is wanted after an event `text`."""

    stream: int
    is_wanted: bool


KINDS: Final = (Use, Load, CountTokens, Generate, TokensOf, Read, Continue, More)
_ADAPTER_BY_KIND: Final[dict[type, TypeAdapter[Any]]] = {kind: TypeAdapter(kind) for kind in KINDS}


def params_of(request: object) -> dict[str, object]:
    """Return a request as the `params` of its method."""
    params: dict[str, object] = to_wire(_ADAPTER_BY_KIND[type(request)], request)
    return params


def request_of(kind: type[_Request], params: dict[str, Any]) -> _Request:
    """Return what `params` ask for.

    Raises:
        HostError: They are not as they should be.
    """
    request: _Request = from_wire(_ADAPTER_BY_KIND[kind], "params", params)
    return request
