import pytest

from nanobot_indexer.errors import FileNotIndexedError, GlobInvalidError
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.path_filter import PathFilter
from nanobot_indexer.syntax.language import Language
from support.plain_segment import live_files

FILES = live_files(
    {"b.py": "old", "z/last.c": "int x;", "ä.txt": "", "gone.py": ""},
    {"a.py": "new", "b.py": "newer", "tests/test_a.py": ""},
    dead=["gone.py"],
)


def paths(files: LiveFiles, positions: list[int]) -> list[str]:
    places = [files.place_at(position) for position in positions]
    return [place.segment.path_of(place.file) for place in places]


def test_live_files_are_in_the_order_of_their_paths() -> None:
    assert paths(FILES, list(range(len(FILES)))) == [
        "a.py",
        "b.py",
        "tests/test_a.py",
        "z/last.c",
        "ä.txt",
    ]


def test_a_path_is_found_in_the_segment_where_it_is_alive() -> None:
    place = FILES.place_of("b.py")

    assert place.segment.text(place.file) == b"newer"


@pytest.mark.parametrize("path", ["gone.py", "", "b", "z", "\udc80"])
def test_a_path_that_is_not_alive_is_refused(path: str) -> None:
    with pytest.raises(FileNotIndexedError):
        FILES.place_of(path)


def test_positions_lead_back() -> None:
    for position in range(len(FILES)):
        place = FILES.place_at(position)
        number = FILES.segments.index(place.segment)
        assert FILES.positions[number][place.file] == position
    assert [int((positions < 0).sum()) for positions in FILES.positions] == [2, 0]


@pytest.mark.parametrize(
    ("path_glob", "languages", "selected"),
    [
        ("*.py", None, ["a.py", "b.py", "tests/test_a.py"]),
        ("/*.py", None, ["a.py", "b.py"]),
        ("z/", None, ["z/last.c"]),
        (None, [Language.C], ["z/last.c"]),
        ("z/", [Language.PYTHON], []),
        (None, [], []),
    ],
)
def test_filters_select(
    path_glob: str | None, languages: list[Language] | None, selected: list[str]
) -> None:
    for _ in range(2):
        found = FILES.selected(path_glob=path_glob, languages=languages)
        assert paths(FILES, found.tolist()) == selected


@pytest.mark.parametrize("path_glob", ["", "#a", "!"])
def test_a_filter_that_is_no_pattern_is_refused(path_glob: str) -> None:
    with pytest.raises(GlobInvalidError):
        PathFilter(path_glob)


def test_tests_and_examples_are_secondary() -> None:
    names = ["src/a.py", "tests/b.py", "a/test_b.py", "latest/a.py", "x.spec.ts", "a_test.go"]
    files = live_files(dict.fromkeys(names, ""))
    secondary = {
        path
        for path, flag in zip(paths(files, list(range(6))), files.is_secondary, strict=True)
        if flag
    }

    assert secondary == {"tests/b.py", "a/test_b.py", "x.spec.ts", "a_test.go"}


def test_there_may_be_no_files() -> None:
    files = LiveFiles([])

    assert len(files) == 0
    assert files.selected(path_glob="*.py", languages=[Language.C]).tolist() == []
