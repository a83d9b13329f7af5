import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_server.lsp.errors import TextSyncError
from nanobot_server.lsp.text_buffer import (
    ByteIndex,
    Change,
    Encoding,
    Place,
    TextBuffer,
    split_lines,
)

# Every character that `str.splitlines` takes for a line end, those that are, and wide ones.
CHARACTERS = "ab\n\r\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u00e9\u4e2d\U0001f600\u0301"
TEXTS = st.text(alphabet=CHARACTERS, max_size=30)
ENCODINGS = st.sampled_from(list(Encoding))


def width(char: str, encoding: Encoding) -> int:
    if encoding is Encoding.UTF_8:
        return len(char.encode())
    return 1 + (char > "\uffff") if encoding is Encoding.UTF_16 else 1


def naive_places(text: str, encoding: Encoding) -> list[Place]:
    """Return the position of every offset in `text`, by counting characters."""
    places, line, character = [], 0, 0
    for at, char in enumerate(text):
        places.append(Place(line, character))
        if char == "\n" or (char == "\r" and text[at : at + 2] != "\r\n"):
            line, character = line + 1, 0
        else:
            character += width(char, encoding)
    return [*places, Place(line, character)]


def is_inside_line_end(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n" and at > 0


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
