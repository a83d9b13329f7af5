import json

import pytest

from nanobot_indexer import DefinitionKind
from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.syntax.frames import FrameError, decoded_definitions, encoded_definitions

GOOD = ["function", "f", "f", 0, 10, 4, 5, None]


def test_definitions_survive_the_wire() -> None:
    definitions = [
        DefinitionRange(DefinitionKind.CLASS, "Ä\n", "Ä\n", 0, 10, 6, 9, None),
        DefinitionRange(DefinitionKind.METHOD, "m", "Ä.m", 3, 9, 5, 6, 0),
    ]

    payload = encoded_definitions(definitions)

    assert decoded_definitions(payload, text_size_bytes=10) == definitions


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        b"[1]",
        b"[[]]",
        json.dumps([["nonsense", *GOOD[1:]]]).encode(),
        json.dumps([["function", "", *GOOD[2:]]]).encode(),
        json.dumps([["function", "\ud800", *GOOD[2:]]]).encode(),
        json.dumps([["function", "f", "f", 0, 11, 4, 5, None]]).encode(),
        json.dumps([["function", "f", "f", -1, 10, 4, 5, None]]).encode(),
        json.dumps([["function", "f", "f", 0, 10, 5, 4, None]]).encode(),
        json.dumps([["function", "f", "f", 0, 10, True, 5, None]]).encode(),
        json.dumps([["function", "f", "f", 0, 1e1, 4, 5, None]]).encode(),
        json.dumps([["function", "f", "f", 0, 10, 4, 5, 0]]).encode(),
        json.dumps([["function", "f", "f", 0, 10, 4, 5, -1]]).encode(),
        json.dumps([["function", "f", "f", 5, 9, 5, 6, None], GOOD]).encode(),
        b"[[" + b"9" * 5000 + b"]]",
    ],
)
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        decoded_definitions(payload, text_size_bytes=10)


def test_the_good_row_is_good() -> None:
    assert len(decoded_definitions(json.dumps([GOOD]).encode(), text_size_bytes=10)) == 1
