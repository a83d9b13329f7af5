import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_server.lsp.document.long_line import LINE_CHARS_MAX, PIECE_CHARS_MAX, LongLine
from nanobot_server.lsp.document.text_buffer import (
    ByteIndex,
    Change,
    Encoding,
    Place,
    TextBuffer,
    split_lines,
    units,
)
from nanobot_server.lsp.errors import TextSyncError
from support.index_twin import seeded
from support.naive_text import CHARACTERS, is_inside_line_end, naive_places, width

TEXTS = st.text(alphabet=CHARACTERS, max_size=30)
ENCODINGS = st.sampled_from(list(Encoding))


@given(TEXTS, ENCODINGS, st.data())
def test_edits_give_the_text_that_a_naive_model_gives(
    text: str, encoding: Encoding, data: st.DataObject
) -> None:
    buffer = TextBuffer("model", text, encoding)
    for _ in range(data.draw(st.integers(1, 6))):
        offsets = [at for at in range(len(text) + 1) if not is_inside_line_end(text, at)]
        start = data.draw(st.sampled_from(offsets))
        end = data.draw(st.sampled_from([at for at in offsets if at >= start]))
        new = data.draw(TEXTS)
        places = naive_places(text, encoding)

        buffer.apply(Change(places[start], places[end], new))
        text = text[:start] + new + text[end:]

        assert buffer.text == text
        assert list(buffer.lines) == split_lines(text)


@pytest.mark.parametrize("encoding", Encoding)
def test_edits_of_long_lines_give_the_text_that_a_naive_model_gives(encoding: Encoding) -> None:
    chance = seeded()

    def drawn() -> str:
        size = chance.choice([0, 1, 1, 3, 50, PIECE_CHARS_MAX, LINE_CHARS_MAX + 1])
        # Few line ends, so that long lines stay long.
        ends = ["\n", "\r", "\r\n", ""] if chance.random() < 0.3 else [""]
        return "".join(
            chance.choice(["ab\x0c\u00e9", "xyz", "\u4e2d\U0001f600\u2028"])[: 1 + n % 3]
            for n in range(size)
        ) + chance.choice(ends)

    text = drawn() + "\r\n" + drawn() * 3 + "\r" + drawn()
    buffer = TextBuffer("model", text, encoding)
    for _ in range(150):
        offsets = sorted(chance.choice([0, len(text), chance.randint(0, len(text))]) for _ in "ab")
        if chance.random() < 0.7:  # Near each other, as when somebody types.
            offsets[1] = min(len(text), offsets[0] + chance.randint(0, 2))
        start, end = (at + is_inside_line_end(text, at) for at in offsets)
        new = drawn()

        buffer.apply(Change(place_of(text, start, encoding), place_of(text, end, encoding), new))
        text = text[:start] + new + text[end:]

        assert buffer.text == text
        assert list(buffer.lines) == split_lines(text)
        check_kept_lines(buffer, encoding)
        if len(text) > 40 * LINE_CHARS_MAX:
            text = drawn()
            buffer.apply(Change(None, None, text))


def check_kept_lines(buffer: TextBuffer, encoding: Encoding) -> None:
    """Check that long lines, and no others, are in pieces that are worth it."""
    kept = [line for line in buffer._lines if isinstance(line, LongLine)]
    assert buffer._long_count == len(kept) == sum(len(x) > LINE_CHARS_MAX for x in buffer.lines)
    for line in kept:
        assert list(line.units) == [units(piece, encoding) for piece in line.pieces]
        assert all(0 < len(piece) <= PIECE_CHARS_MAX for piece in line.pieces)
        assert len(line.pieces) < 20 + len(line) / PIECE_CHARS_MAX * 3


def place_of(text: str, at: int, encoding: Encoding) -> Place:
    """Return the position of an offset that is not inside a line end."""
    lines = split_lines(text[:at])
    return Place(len(lines) - 1, sum(width(char, encoding) for char in lines[-1]))


def test_half_a_character_of_a_long_line_is_refused() -> None:
    text = "a" * 3 * LINE_CHARS_MAX + "\U0001f600" * PIECE_CHARS_MAX
    start = Place(0, 3 * LINE_CHARS_MAX)
    for count in (1, 3, 2 * PIECE_CHARS_MAX - 1):
        middle = Place(0, 3 * LINE_CHARS_MAX + count)
        check_refused(text, start, middle, Encoding.UTF_16, "inside a character")


def test_typing_in_a_long_line_leaves_no_dust() -> None:
    size = 300_000
    buffer = TextBuffer("a.js", "x" * size, Encoding.UTF_16)
    for at in range(0, size, 997):
        buffer.apply(Change(Place(0, at), Place(0, at), "\u00e9"))
    for at in range(0, 250_000, 11):
        buffer.apply(Change(Place(0, at // 11), Place(0, at // 11 + 10), ""))

    check_kept_lines(buffer, Encoding.UTF_16)


@given(TEXTS, ENCODINGS)
def test_every_byte_offset_has_the_naive_position(text: str, encoding: Encoding) -> None:
    index = ByteIndex(split_lines(text), encoding)
    places = naive_places(text, encoding)

    for at in range(len(text) + 1):
        offset = len(text[:at].encode())
        if is_inside_line_end(text, at):
            with pytest.raises(ValueError, match="inside a line end"):
                index.place(offset)
        else:
            assert index.place(offset) == places[at]


@pytest.mark.parametrize("offset", [-1, 6, 10**12])
def test_a_byte_outside_the_text_has_no_position(offset: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        ByteIndex(split_lines("ab\ncd"), Encoding.UTF_16).place(offset)


def test_a_byte_inside_a_character_has_no_position() -> None:
    with pytest.raises(ValueError, match="inside a character"):
        ByteIndex(["\u00e9"], Encoding.UTF_16).place(1)


def check_refused(text: str, start: Place, end: Place, encoding: Encoding, reason: str) -> None:
    buffer = TextBuffer("a.py", text, encoding)
    with pytest.raises(TextSyncError, match=reason):
        buffer.apply(Change(start, end, "X"))
    assert buffer.text == text


def test_a_reversed_range_is_refused() -> None:
    check_refused("abcdef", Place(0, 4), Place(0, 2), Encoding.UTF_16, "reversed")


def test_a_line_behind_the_text_is_refused() -> None:
    check_refused("a\nb", Place(2, 1), Place(2, 1), Encoding.UTF_16, "outside a text of 2 lines")
    check_refused("a\nb", Place(3, 0), Place(3, 0), Encoding.UTF_16, "outside")


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.UTF_16, 1), (Encoding.UTF_8, 2)])
def test_half_a_character_is_refused(encoding: Encoding, character: int) -> None:
    place = Place(0, character)
    check_refused("\U0001f600", place, place, encoding, "inside a character")


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(TextSyncError, match="surrogate"):
        TextBuffer("a.py", "\ud83d", Encoding.UTF_16)


def test_the_line_behind_the_last_means_the_end() -> None:
    buffer = TextBuffer("a.py", "a\nb", Encoding.UTF_8)

    buffer.apply(Change(Place(1, 0), Place(2, 0), "c"))

    assert buffer.text == "a\nc"


def test_a_character_behind_the_line_means_its_end() -> None:
    buffer = TextBuffer("a.py", "\u00e9\r\nb", Encoding.UTF_16)

    buffer.apply(Change(Place(0, 99), Place(0, 99), "!"))

    assert buffer.text == "\u00e9!\r\nb"


def test_two_halves_become_one_line_end() -> None:
    buffer = TextBuffer("a.py", "a\rb", Encoding.UTF_16)

    buffer.apply(Change(Place(1, 0), Place(1, 0), "\n"))

    assert list(buffer.lines) == ["a\r\n", "b"]


def test_a_form_feed_is_no_line_end() -> None:
    buffer = TextBuffer("a.py", "one\n\x0c\ntwo\n", Encoding.UTF_16)

    buffer.apply(Change(Place(2, 0), Place(2, 3), "2"))

    assert buffer.text == "one\n\x0c\n2\n"
