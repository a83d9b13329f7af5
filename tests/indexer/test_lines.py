import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.chunk.lines import line_chunks

LINES = st.sampled_from(
    [b"", b"a", b"    b = 1", b"}", b"  ", b"def f(x):", b"\t", b"x" * 300, b"y" * 5000]
)
FILES = st.lists(LINES, max_size=250).map(b"\n".join)


def cut(*texts: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    text = b"".join(texts)
    bounds = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return line_chunks(text, bounds, line_starts_of(text, bounds))


def lines_of(text: bytes) -> list[int]:
    starts, _ = cut(text)
    lines: list[int] = np.diff(np.searchsorted(line_starts_of(text), starts)).tolist()
    return lines


@given(st.lists(FILES, max_size=4))
def test_every_byte_is_in_one_chunk_and_chunks_start_with_lines(texts: list[bytes]) -> None:
    starts, files = cut(*texts)

    text = b"".join(texts)
    bounds = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    assert len(starts) == len(files) + 1
    assert starts[-1] == len(text)
    assert (np.diff(starts) > 0).all()
    assert set(starts[:-1].tolist()) <= set(line_starts_of(text, bounds).tolist())
    for file, own in enumerate(texts):
        assert starts[:-1][files == file].tolist()[:1] == ([int(bounds[file])] if own else [])


@given(st.lists(FILES, min_size=2, max_size=4))
def test_a_file_is_cut_as_if_it_were_alone(texts: list[bytes]) -> None:
    starts, files = cut(*texts)

    bounds = np.cumsum([0, *map(len, texts)])
    for file, own in enumerate(texts):
        assert (starts[:-1][files == file] - bounds[file]).tolist() == cut(own)[0][:-1].tolist()


@given(FILES)
def test_windows_are_neither_long_nor_tiny(text: bytes) -> None:
    starts, _ = cut(text)
    sizes = np.diff(starts).tolist()

    for number, (lines, size) in enumerate(zip(lines_of(text), sizes, strict=True)):
        assert lines <= 75 or size <= 2048 + 75 * 15
        assert size <= 6144 or lines == 1
        if number < len(sizes) - 1:
            assert lines >= 40 or size > 4096 * 2 // 3 - 5001


def test_a_window_ends_before_what_starts_at_the_top_after_a_blank_line() -> None:
    body = b"    statement(with_words, of_usual_length)\n"
    function = b"def function():\n" + body * 12 + b"\n    last()\n\n"

    starts, _ = cut(function * 20)

    assert all(start % len(function) == 0 for start in starts.tolist())
    assert set(lines_of(function * 20)) == {48, 32}


def test_a_rest_joins_the_window_before_it() -> None:
    line = b"some words that make a line of usual length\n"

    assert lines_of(line * 74) == [74]
    assert lines_of(line * 75) == [60, 15]


def test_long_lines_make_windows_of_few_lines() -> None:
    assert lines_of(b"x" * 10_000 + b"\n" + b"y" * 10_000 + b"\n") == [1, 1]


def test_short_lines_make_windows_of_many() -> None:
    lines = lines_of(b"1,\n" * 10_000)

    assert min(lines) > 250


@pytest.mark.parametrize("growth", [2, 8])
def test_windows_grow_when_asked(growth: int) -> None:
    text = b"some words that make a line of usual length\n" * 5000
    bounds = np.array([0, len(text)])

    few, _ = line_chunks(text, bounds, line_starts_of(text), growth=growth)
    many, _ = line_chunks(text, bounds, line_starts_of(text))

    assert len(many) / len(few) == pytest.approx(growth, rel=0.2)
