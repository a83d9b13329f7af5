from nanobot_indexer.live_buffers import BUFFERS_BYTES_MAX, BUFFERS_MAX
from support.live_workspace import FILES, FilesWriter, Opener, defined, paths_of


def test_a_buffer_hides_the_file_and_goes_away_again(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES))
    live.refresh()

    is_laid = live.set_buffer("app/main.py", b"def unsaved_engine(): ...\n")
    by_text = live.snapshot()
    live.parse_buffers()
    by_name = live.snapshot()
    live.set_buffer("app/main.py", None)
    after = live.snapshot()

    assert is_laid
    assert paths_of(by_text, "unsaved engine") == ["app/main.py"]
    assert defined(by_name, "unsaved_engine") == ["app/main.py"]
    assert defined(by_name, "start_engine") == []
    assert defined(after, "start_engine") == ["app/main.py"]
    assert paths_of(after, "unsaved") == []


def test_two_buffers_do_not_hide_each_others_files(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    live.set_buffer("app/main.py", b"x = 1\n")
    live.set_buffer("app/other.py", b"y = 1\n")
    live.parse_buffers()

    live.set_buffer("app/main.py", None)

    assert defined(live.snapshot(), "start_engine") == ["app/main.py"]
    assert live.snapshot().text("app/other.py") == b"y = 1\n"


def test_a_buffer_that_would_not_be_indexed_takes_the_place_of_none(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES | {".gitignore": "*.env\n"}))
    live.refresh()

    laid = [live.set_buffer("a.env", b"x\n"), live.set_buffer("notes.txt", b"unsaved\n")]
    laid.append(live.set_buffer("notes.txt", b"\0\0"))

    assert laid == [False, True, False]
    assert live.buffer_count == 0
    assert paths_of(live.snapshot(), "milk") == ["notes.txt"]


def test_too_many_buffers_are_not_laid_over(write_files: FilesWriter, opened: Opener) -> None:
    live = opened(write_files(FILES))
    live.refresh()

    laid = [live.set_buffer(f"b{number}.txt", b"word\n") for number in range(BUFFERS_MAX + 1)]

    assert laid == [True] * BUFFERS_MAX + [False]
    assert live.set_buffer("b0.txt", b"other\n")


def test_a_buffer_goes_when_its_file_is_ignored(write_files: FilesWriter, opened: Opener) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    live.set_buffer("secret.txt", b"password\n")
    live.set_buffer("notes.txt", b"unsaved\n")
    before = paths_of(live.snapshot(), "password")

    write_files({".gitignore": "secret.*\n"})
    live.refresh()

    assert before == ["secret.txt"]
    assert paths_of(live.snapshot(), "password") == []
    assert paths_of(live.snapshot(), "unsaved") == ["notes.txt"]
    assert live.buffer_count == 1


def test_very_large_buffers_are_bounded_together(write_files: FilesWriter, opened: Opener) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    text = b"a line of text\n" * 100_000
    count = BUFFERS_BYTES_MAX // len(text)

    laid = [live.set_buffer(f"b{number}.txt", text) for number in range(count + 1)]
    live.set_buffer("b0.txt", None)

    assert laid == [True] * count + [False]
    assert live.set_buffer(f"b{count}.txt", text)
