import pytest

from nanobot_indexer.errors import FileNotIndexedError, HandleInvalidError, HandleLostError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import (
    Found,
    chunk_at,
    chunk_handle,
    open_handle,
    parse_handle,
    range_handle,
)
from nanobot_indexer.search.hit import Handle
from nanobot_indexer.search.live_files import LiveFiles
from support.plain_segment import live_files


def function(name: str) -> str:
    body = "".join(
        f"    {name}_{number} = compute({number}, 'long enough for a chunk')\n"
        for number in range(50)
    )
    return f"def {name}():\n{body}\n\n"


ONE, TWO, THREE = function("one"), function("two"), function("three")


def handles(files: LiveFiles, path: str) -> list[str]:
    place = files.place_of(path)
    first, end = place.segment.chunk_file_starts[place.file : place.file + 2].tolist()
    return [str(chunk_handle(place.segment, chunk)) for chunk in range(first, end)]


@pytest.mark.parametrize(
    "handle",
    [
        Handle("a.py", 1, 9, None),
        Handle("a b/c:1-2@x.py", 3, 3, 0xFF),
        Handle("ä\n.py", 1, 2_000_000, (1 << 64) - 1),
    ],
)
def test_a_handle_is_read_as_it_was_written(handle: Handle) -> None:
    assert parse_handle(str(handle)) == handle


@pytest.mark.parametrize(
    "text",
    ["", "a.py", "a.py:3", ":1-2", "a.py:0-2", "a.py:3-2", "a.py:1-2@12", "a.py:1-2@" + "g" * 16,
     "a.py:1-2@0123456789ABCDEF", "a.py:1-2 ", "a.py:-1-2", "a.py:1-99999999999"],
)  # fmt: skip
def test_what_is_no_handle_is_refused(text: str) -> None:
    with pytest.raises(HandleInvalidError):
        parse_handle(text)


def test_the_chunks_of_a_file_open_to_all_of_its_text() -> None:
    files = live_files({"a.py": ONE + TWO + THREE})
    slices = [open_handle(files, handle, chars_max=10_000) for handle in handles(files, "a.py")]

    assert len(slices) > 1
    assert "".join(one.text for one in slices) == ONE + TWO + THREE
    assert {one.found for one in slices} == {Found.CHUNK}
    assert all(one.is_complete for one in slices)
    assert [one.handle for one in slices] == handles(files, "a.py")


def test_a_chunk_is_found_again_below_new_lines() -> None:
    old = live_files({"a.py": ONE + TWO + THREE})
    handle = handles(old, "a.py")[-1]
    files = live_files({"a.py": function("zero") + ONE + TWO + THREE, "b.py": THREE})

    opened = open_handle(files, handle, chars_max=10_000)

    assert opened.found is Found.CHUNK
    assert opened.path == "a.py"
    assert opened.text == open_handle(old, handle, chars_max=10_000).text
    assert opened.start_line == parse_handle(handle).start_line + 53
    assert opened.handle != handle


def test_a_chunk_is_found_in_another_file() -> None:
    old = live_files({"a.py": ONE + TWO + THREE})
    handle = handles(old, "a.py")[-1]
    text = open_handle(old, handle, chars_max=10_000).text
    files = live_files({"a.py": "pass\n", "z.py": ONE + TWO + THREE}, {"y.py": ONE + TWO + THREE})

    opened = open_handle(files, handle, chars_max=10_000)

    assert (opened.found, opened.path, opened.text) == (Found.MOVED, "y.py", text)


def test_of_equal_chunks_the_nearest_one_is_meant() -> None:
    block = "x = 1  # the same line again and again\n" * 2000
    files = live_files({"a.txt": block})
    written = handles(files, "a.txt")
    same = [one for one in written if one.endswith(written[1][-17:])]
    assert len(same) > 1

    for handle in same:
        opened = open_handle(files, handle, chars_max=10_000)
        assert opened.handle == handle
    shifted = parse_handle(same[-1])
    near = Handle("a.txt", shifted.start_line + 3, shifted.end_line + 3, shifted.chunk_id)
    assert open_handle(files, str(near), chars_max=10_000).handle == same[-1]


def test_lines_are_opened_when_the_chunk_is_gone() -> None:
    files = live_files({"a.py": ONE})

    opened = open_handle(files, f"a.py:2-4@{7:016x}", chars_max=10_000)

    assert opened.found is Found.LINES
    assert opened.text == "".join(ONE.splitlines(keepends=True)[1:4])
    assert opened.handle == "a.py:2-4"


def test_a_range_ends_with_its_file() -> None:
    files = live_files({"a.txt": "one\r\ntwo\rthree"})

    opened = open_handle(files, "a.txt:2-99", chars_max=100)

    assert (opened.start_line, opened.end_line, opened.text) == (2, 3, "two\rthree")


def test_what_is_gone_is_said_to_be_gone() -> None:
    files = live_files({"a.txt": "one\n"})

    with pytest.raises(HandleLostError, match=r"a\.txt:2-3"):
        open_handle(files, "a.txt:2-3", chars_max=100)
    with pytest.raises(FileNotIndexedError):
        open_handle(files, f"b.txt:1-1@{7:016x}", chars_max=100)


def test_other_lines_of_the_file_move_with_the_chunk() -> None:
    old = live_files({"a.py": ONE + TWO})
    handle = handles(old, "a.py")[-1]
    files = live_files({"a.py": "# new\n# lines\n" + ONE + TWO})
    if open_handle(files, handle, chars_max=9999).found is not Found.CHUNK:
        pytest.fail("the cut of the file is expected to keep its last chunk")

    wanted = (ONE + TWO).splitlines(keepends=True)
    opened = open_handle(files, handle, lines=(2, 3), chars_max=100)

    assert opened.text == "".join(wanted[1:3])
    assert (opened.start_line, opened.end_line) == (4, 5)
    with pytest.raises(HandleLostError):
        open_handle(files, handle, lines=(900, 901), chars_max=100)
    for lines in ((0, 1), (3, 2)):
        with pytest.raises(HandleInvalidError):
            open_handle(files, handle, lines=lines, chars_max=100)


def test_a_slice_is_bounded() -> None:
    files = live_files({"a.txt": "0123456789\n" * 5})

    opened = open_handle(files, "a.txt:2-4", chars_max=25)
    first = open_handle(files, "a.txt:2-4", chars_max=4)

    assert (opened.text, opened.end_line) == ("0123456789\n" * 2, 3)
    assert (opened.is_complete, opened.reason) == (False, CutReason.LIMIT)
    assert opened.handle == "a.txt:2-3"
    assert (first.text, first.end_line, first.is_complete) == ("0123", 2, False)


def test_dead_chunks_are_not_opened() -> None:
    old = live_files({"a.py": ONE + TWO + THREE})
    handle = handles(old, "a.py")[-1]
    files = live_files({"b.py": ONE + TWO + THREE}, dead=["b.py"])

    with pytest.raises(FileNotIndexedError):
        open_handle(files, handle, chars_max=100)


def test_exactly_a_chunk_has_its_id() -> None:
    files = live_files({"a.py": ONE + TWO + THREE})
    place = files.place_of("a.py")
    for handle in map(parse_handle, handles(files, "a.py")):
        assert range_handle(place, handle.start_line, handle.end_line) == handle
        shorter = range_handle(place, handle.start_line, handle.end_line - 1)
        assert shorter.chunk_id is None


def test_every_byte_is_in_a_chunk() -> None:
    files = live_files({"a.py": ONE + TWO + THREE, "empty.py": ""})
    place = files.place_of("a.py")
    chunks = [chunk_at(place, byte) for byte in range(len(ONE + TWO + THREE))]

    assert None not in chunks
    assert chunks == sorted(chunk for chunk in chunks if chunk is not None)
    assert len(set(chunks)) == len(handles(files, "a.py"))
    assert chunk_at(files.place_of("empty.py"), 0) is None


def test_an_empty_file_opens_to_an_empty_line() -> None:
    files = live_files({"a.py": ""})

    for lines in (None, (1, 1), (1, 9)):
        opened = open_handle(files, "a.py:1-1", chars_max=100, lines=lines)
        assert (opened.text, opened.start_line, opened.end_line) == ("", 1, 1)
        assert (opened.handle, opened.is_complete) == ("a.py:1-1", True)
    with pytest.raises(HandleLostError):
        open_handle(files, "a.py:2-2", chars_max=100)
