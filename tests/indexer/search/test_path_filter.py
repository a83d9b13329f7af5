import pytest

from nanobot_indexer import GlobInvalidError
from nanobot_indexer.search.path_filter import PathFilter

PATHS = ("a.py", "src/a.py", "src/deep/b.py", "src/deep/b.txt", "tests/src/c.py", "readme.md")


@pytest.mark.parametrize(
    ("path_glob", "expected"),
    [
        ("*.py", ["a.py", "src/a.py", "src/deep/b.py", "tests/src/c.py"]),
        ("/*.py", ["a.py"]),
        ("src/", ["src/a.py", "src/deep/b.py", "src/deep/b.txt", "tests/src/c.py"]),
        ("/src", ["src/a.py", "src/deep/b.py", "src/deep/b.txt"]),
        ("src/deep", ["src/deep/b.py", "src/deep/b.txt"]),
        ("**/deep/*.txt", ["src/deep/b.txt"]),
        ("readme.md", ["readme.md"]),
        ("nothing", []),
    ],
)
def test_a_pattern_selects_like_a_line_of_gitignore(path_glob: str, expected: list[str]) -> None:
    chosen = PathFilter(path_glob)

    assert [path for path in PATHS if chosen.matches(path)] == expected


@pytest.mark.parametrize("path_glob", ["", "#comment", "!a.py", "*.py\n*.md", "   "])
def test_a_pattern_that_matches_nothing_is_refused(path_glob: str) -> None:
    with pytest.raises(GlobInvalidError) as caught:
        PathFilter(path_glob)

    assert "matches nothing" in str(caught.value)


def test_a_path_deeper_than_the_stack_is_fine() -> None:
    deep = "/".join(["d"] * 5000)

    assert PathFilter("d/").matches(f"{deep}/a.py")
    assert not PathFilter("e/").matches(f"{deep}/a.py")
