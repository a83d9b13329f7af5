"""What arrives is what was asked, or is refused with a sentence."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.model import Lane, Role
from nanobot_server.channel import wire
from nanobot_server.host.errors import HostError
from nanobot_server.model_host.request import (
    KINDS,
    Continue,
    CountTokens,
    Generate,
    Load,
    More,
    Read,
    TokensOf,
    Use,
    params_of,
    request_of,
)
from nanobot_server.settings import ModelSettings
from support.shared_models import wave

REQUESTS = (
    Use(ModelSettings(models_dir=Path("/models"), threads=2)),
    Load(Role.MAIN),
    CountTokens(Role.RLM, wave().prefix),
    Generate(Role.MEMORY, Lane.CHAT, dataclasses.replace(wave(), grammar='root ::= "a"'), 1.5),
    TokensOf("ä\u2028\n", special=True),
    Read(1, 2, (3, 4)),
    Continue(1, 2, (3, 4), 5, None),
    More(7, is_wanted=False),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: type(one).__name__)
def test_a_request_arrives_as_it_was_asked(request_: Any) -> None:
    line = wire.encode({"params": params_of(request_)})

    assert request_of(type(request_), wire.decode(line)["params"]) == request_


def test_every_kind_is_tried() -> None:
    assert {type(one) for one in REQUESTS} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [
        (Load, {}, "params.role"),
        (Load, {"role": "king"}, "params.role"),
        (Generate, {**params_of(REQUESTS[3]), "wave": {}}, "params.wave"),
        (Generate, {**params_of(REQUESTS[3]), "lane": 1}, "params.lane"),
        (Read, {"stream": 1, "slot": 0, "tokens": ["x"]}, "params.tokens"),
        (Use, {"model": {"slots": 0}}, "params.model"),
        (Use, {"model": {"nonsense": 1}}, "params.model"),
    ],
)
def test_what_can_not_be_asked_is_named(kind: type, params: dict[str, Any], named: str) -> None:
    with pytest.raises(HostError) as caught:
        request_of(kind, params)

    assert caught.value.code == "usage"
    assert str(caught.value).startswith(named)


def test_a_wave_that_breaks_a_rule_of_waves_is_refused() -> None:
    params: Any = params_of(REQUESTS[3])
    params["wave"]["samples"] = 0

    with pytest.raises(HostError, match="wave samples: 0 is out of range"):
        request_of(Generate, params)
