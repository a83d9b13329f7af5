"""Members come out of a wheel while it arrives, however it is cut and packed."""

import io
import random
import zipfile
from typing import Any

import pytest

from nanobot_engine.model.source.wheel_stream import WheelFormatError, WheelStream

CONTENT = random.Random(5).randbytes(3_000_000) + bytes(2_000_000)


class _OneWay(io.RawIOBase):
    """A pipe: sizes must follow what they are of."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.content += data
        return len(data)


def wheel(method: int, *, is_pipe: bool = False) -> bytes:
    made = _OneWay() if is_pipe else io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("a/__init__.py", "first\n")
        archive.writestr("a/empty", "")
        archive.writestr("a/data", CONTENT)
        archive.writestr("a/words", b"one\ntwo\n")
        archive.writestr("a.dist-info/METADATA", b"last\n")
    return bytes(made.content) if isinstance(made, _OneWay) else made.getvalue()


def taken(packed: bytes, *names: str, step: int) -> dict[str, bytes]:
    found = {name: bytearray() for name in names}
    stream = WheelStream({name: found[name].extend for name in names})
    for start in range(0, len(packed), step):
        stream.feed(packed[start : start + step])
    assert stream.is_done
    return {name: bytes(content) for name, content in found.items()}


@pytest.mark.parametrize("step", [1_000_003, 65_536, 997])
@pytest.mark.parametrize(
    ("method", "is_pipe"),
    [(zipfile.ZIP_DEFLATED, False), (zipfile.ZIP_STORED, False), (zipfile.ZIP_DEFLATED, True)],
    ids=["deflated", "stored", "size follows"],
)
def test_members_come_out_as_they_went_in(*, method: int, is_pipe: bool, step: int) -> None:
    packed = wheel(method, is_pipe=is_pipe)

    found = taken(packed, "a/words", "a/data", step=step)

    assert found == {"a/words": b"one\ntwo\n", "a/data": CONTENT}


def test_every_byte_may_come_alone() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 5_000)
        archive.writestr("b", b"y")

    assert taken(made.getvalue(), "a", "b", step=1) == {"a": b"x" * 5_000, "b": b"y"}


def test_a_piece_is_never_more_than_a_megabyte_whatever_is_packed() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(50_000_000))
    sizes: list[int] = []

    WheelStream({"bomb": lambda piece: sizes.append(len(piece))}).feed(made.getvalue())

    assert max(sizes) <= 1 << 20
    assert sum(sizes) == 50_000_000


@pytest.mark.parametrize(
    "packed",
    [b"not a zip file" * 10, wheel(zipfile.ZIP_BZIP2), wheel(zipfile.ZIP_STORED, is_pipe=True)],
    ids=["text", "bzip2", "stored, size follows"],
)
def test_what_no_wheel_is_is_refused(packed: bytes) -> None:
    with pytest.raises(WheelFormatError):
        taken(packed, "a/data", step=10_000)


def test_a_wheel_without_the_member_is_refused() -> None:
    with pytest.raises(WheelFormatError, match="has no a/other"):
        taken(wheel(zipfile.ZIP_DEFLATED), "a/other", step=10_000)


def test_damage_is_an_error_of_the_format_or_other_bytes() -> None:
    packed = wheel(zipfile.ZIP_DEFLATED)
    seed = random.Random(11)
    for _ in range(30):
        at = seed.randrange(len(packed) // 2)
        damaged = packed[:at] + bytes([packed[at] ^ (1 << seed.randrange(8))]) + packed[at + 1 :]
        found: list[bytes] = []
        stream = WheelStream({"a/data": found.append})
        try:
            stream.feed(damaged)
        except WheelFormatError:
            continue
        assert sum(map(len, found)) <= 60_000_000
