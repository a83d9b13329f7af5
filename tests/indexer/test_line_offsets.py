import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.chunk.line_offsets import line_starts_of

TEXTS = st.lists(st.sampled_from([b"a", b"b c", b"\n", b"\r\n", b"\r", b""]), max_size=30).map(
    b"".join
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"a", [0]),
        (b"a\n", [0]),
        (b"a\nb", [0, 2]),
        (b"\n\n", [0, 1]),
        (b"a\r\nb\rc\nd", [0, 3, 5, 7]),
        (b"a\r", [0]),
        (b"\r", [0]),
        (b"\r\r\n", [0, 1]),
        # Line ends of `str.splitlines`, but of no editor.
        ("a\x0bb\x0cc\x85\u2028d".encode(), [0]),
    ],
)
def test_where_lines_start(text: bytes, expected: list[int]) -> None:
    assert line_starts_of(text).tolist() == expected


@given(TEXTS)
def test_a_line_ends_as_a_reader_of_text_would_say(text: bytes) -> None:
    ends = [match.end() for match in re.finditer(rb"\r\n|\r|\n", text)]

    expected = [offset for offset in [0, *ends] if offset < len(text)]
    assert line_starts_of(text).tolist() == expected


@given(st.lists(TEXTS, max_size=6))
def test_every_file_starts_a_line(texts: list[bytes]) -> None:
    starts = np.cumsum([0, *map(len, texts)], dtype=np.int64)

    found = line_starts_of(b"".join(texts), starts)

    expected = [
        line_starts_of(text) + start for text, start in zip(texts, starts[:-1], strict=True)
    ]
    assert found.tolist() == np.concatenate([*expected, []]).tolist()
