import pytest

from nanobot_indexer.volume.file_list import FileList
from support.memory_segment import memory_segment

SEGMENTS = [
    memory_segment({"a.py": "old", "c.py": "c", "z.py": ""}, dead=["a.py"]),
    memory_segment({"a.py": "newer", "b/a.py": "b", "ö.py": ""}),
    memory_segment({"gone.py": "x"}, dead=["gone.py"]),
]
PATHS = ["a.py", "b/a.py", "c.py", "z.py", "ö.py"]


def test_live_files_come_in_path_order() -> None:
    files = FileList(SEGMENTS)

    assert [one.path for one in files] == PATHS
    assert len(files) == 5
    assert files[0].size_bytes == 5
    assert files[-1].path == "ö.py"
    assert [one.path for one in files[1:3]] == PATHS[1:3]
    assert [segment.path_of(file) for segment, file in files.places()] == PATHS
    with pytest.raises(IndexError):
        _ = files[5]


@pytest.mark.parametrize("path", PATHS)
def test_a_file_is_found_where_it_lives(path: str) -> None:
    place = FileList(SEGMENTS).find(path)

    assert place is not None
    segment, file = place
    assert segment.path_of(file) == path
    assert segment.live_files[file]


@pytest.mark.parametrize("path", ["gone.py", "", "A.py", "a.py/", "\ud800"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert FileList(SEGMENTS).find(path) is None


def test_no_segments_have_no_files() -> None:
    assert list(FileList([])) == []
    assert FileList([]).find("a.py") is None
