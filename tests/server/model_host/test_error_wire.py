from pathlib import Path

import pytest

from nanobot_engine.model import (
    ChecksumError,
    ModelError,
    ModelMissingError,
    PoisonRequestError,
    PromptTooLongError,
    UnknownModelError,
    WaveRefusedError,
    WaveTimeoutError,
    WorkerFailedError,
)
from nanobot_server.channel import wire
from nanobot_server.host.errors import BUSY, HostError
from nanobot_server.model_host.error_wire import error_from_wire, error_to_wire


def check_comes_back(error: ModelError) -> None:
    told = wire.decode(wire.encode(error_to_wire(error)))

    again = error_from_wire(told)

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    "error",
    [
        ChecksumError("m.gguf", "aa", "bb"),
        ModelMissingError("m", Path("/models/m.gguf")),
        PoisonRequestError("main", "killed by SIGSEGV"),
        PromptTooLongError(2, 3_000, 2_048),
        WaveRefusedError("main", "too wide"),
        WaveTimeoutError("main", 2.5),
        WorkerFailedError("main", "it died"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_a_caller_acts_on_arrives_as_what_it_was(error: ModelError) -> None:
    check_comes_back(error)


def test_another_error_of_the_part_arrives_with_its_sentence() -> None:
    error = UnknownModelError("gpt", ["main"])

    again = error_from_wire(error_to_wire(error))

    assert type(again) is ModelError
    assert str(again) == str(error)


@pytest.mark.parametrize("fields", [None, [], [1], ["main", "it died", 3]])
def test_an_error_that_was_garbled_keeps_its_sentence(fields: object) -> None:
    again = error_from_wire({"kind": "WorkerFailedError", "message": "sad", "fields": fields})

    assert type(again) is ModelError
    assert str(again) == "sad"


def test_a_refusal_of_the_host_keeps_its_code() -> None:
    again = error_from_wire(error_to_wire(HostError(BUSY, "wait")))

    assert isinstance(again, HostError)
    assert (again.code, str(again)) == (BUSY, "wait")
