import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_server.channel import wire
from nanobot_server.host.errors import HostError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON))
def test_a_message_is_one_line_and_comes_back(message: dict[str, object]) -> None:
    line = wire.encode(message)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert wire.decode(line) == message


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"nonsense\n", b"[1]\n", b"1\n", b"\xff\n", b"[" * 100_000]
)
def test_what_is_not_an_object_is_refused(line: bytes) -> None:
    with pytest.raises(HostError, match="host connection: a line is not"):
        wire.decode(line)
