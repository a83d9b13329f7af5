import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_server.lsp.connection.framing import (
    DEPTH_MAX,
    HEADER_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    BadMessage,
    MessageReader,
    encode_message,
)

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def check(data: bytes, *wanted: object) -> None:
    """Feed everything at once; `BadMessage` stands for any of them."""
    found = MessageReader().feed(data)
    assert [BadMessage if isinstance(x, BadMessage) else x for x in found] == list(wanted)


def test_messages_in_one_chunk() -> None:
    check(encode_message(PING) * 3, PING, PING, PING)


@given(st.integers(1, 40))
def test_a_message_may_be_cut_anywhere(size: int) -> None:
    data = encode_message(PING) * 2
    reader = MessageReader()

    found = [x for at in range(0, len(data), size) for x in reader.feed(data[at : at + size])]

    assert found == [PING, PING]


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: %d\r\n\r\n",
        b"CONTENT-LENGTH:%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\n\n",
        b"\r\nContent-Length : %d \r\n\r\n",
        b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n",
    ],
)
def test_harmless_spellings_of_a_header(header: bytes) -> None:
    body = json.dumps(PING).encode()
    check(header.replace(b"%d", b"%d" % len(body)) + body, PING)


@pytest.mark.parametrize(
    "junk",
    [
        b"Content-Length: abc\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: 1000000000000\r\n\r\n",
        b"Content-Length: 9223372036854775808\r\n\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"Content-Length: %d\r\n\r\n" % (MESSAGE_BYTES_MAX + 1),
        b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n",
        b"Content-Length: \xc2\xb2\r\n\r\n",
        b"X-Junk: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"X: " + b"y" * (1024 * 1024) + b"\r\n\r\n",
    ],
)
def test_after_a_bad_header_the_next_message_is_read(junk: bytes) -> None:
    found = MessageReader().feed(junk + encode_message(PING))

    assert found[-1] == PING
    assert all(isinstance(item, BadMessage) for item in found[:-1])
    assert len(found) >= 2


@pytest.mark.parametrize("shift", [-10, -1, 1, 10])
def test_a_wrong_length_costs_one_message(shift: int) -> None:
    body = json.dumps(PING).encode()
    wrong = b"Content-Length: %d\r\n\r\n%b" % (len(body) + shift, body)

    found = MessageReader().feed(wrong + encode_message({**PING, "id": 2}))

    assert isinstance(found[0], BadMessage)
    assert found[-1] == {**PING, "id": 2}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nul",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": 1' + b"0" * 5000 + b"}",
        b"[1]",
        b"null",
        b"[" * 100_000,
        b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * (DEPTH_MAX + 1),
    ],
)
def test_a_body_that_is_no_message_is_reported_and_survived(body: bytes) -> None:
    data = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    check(data + encode_message(PING), BadMessage, PING)


def test_a_lone_surrogate_can_be_sent_and_read() -> None:
    message = {"jsonrpc": "2.0", "id": "\ud800", "method": "ping"}
    check(encode_message(message), message)


def test_a_header_without_end_is_not_kept() -> None:
    reader = MessageReader()
    for _ in range(100):
        reader.feed(b"x" * HEADER_BYTES_MAX)

    assert len(reader._buffer) < 2 * HEADER_BYTES_MAX
    assert reader.feed(b"\r\n\r\n" + encode_message(PING))[-1] == PING


def test_random_damage_never_raises_and_never_deafens() -> None:
    chance = random.Random(7)
    for _ in range(2_000):
        damaged = bytearray(encode_message(PING) * 2)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(damaged))
            if chance.random() < 0.5:
                damaged[at] = chance.randrange(256)
            else:
                del damaged[at : at + chance.randint(1, 20)]
        reader = MessageReader()
        reader.feed(bytes(damaged))

        # A length that was damaged upwards may swallow some, but not for long.
        after = [x for _ in range(60) for x in reader.feed(encode_message({**PING, "id": 3}))]
        if reader._length is None or reader._length < 2_000:
            assert {**PING, "id": 3} in after
