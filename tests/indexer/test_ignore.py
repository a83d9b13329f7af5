import pytest

from nanobot_indexer.workspace.ignore import IgnoreRules


def check_ignored(files: dict[str, str], path: str, *, is_folder: bool = False) -> bool:
    rules = IgnoreRules()
    for folder, text in files.items():
        rules = rules.extended(folder, text.encode())
    return rules.ignores(path, is_folder=is_folder)


@pytest.mark.parametrize(
    ("files", "path", "is_ignored"),
    [
        ({"": "*.log"}, "a.log", True),
        ({"": "*.log"}, "deep/er/a.log", True),
        ({"": "/a.log"}, "deep/a.log", False),
        ({"": "*.log\n!keep.log"}, "keep.log", False),
        ({"": "!keep.log\n*.log"}, "keep.log", True),
        ({"": "*.log", "sub": "!a.log"}, "sub/a.log", False),
        ({"": "!*.log", "sub": "*.log"}, "sub/a.log", True),
        ({"sub": "/a.log"}, "sub/a.log", True),
        ({"sub": "/a.log"}, "sub/deep/a.log", False),
        ({"": "build/"}, "build", False),
        ({"": "# comment\n\n*.log\r\n"}, "a.log", True),
        ({"": "doc/**/x.txt"}, "doc/a/b/x.txt", True),
        ({"": "a\\\n!\n[z-a]\n*.log"}, "a.log", True),
    ],
)
def test_rules_are_those_of_git(files: dict[str, str], path: str, *, is_ignored: bool) -> None:
    assert check_ignored(files, path) is is_ignored


def test_a_line_with_a_slash_at_its_end_is_for_folders() -> None:
    assert check_ignored({"": "build/"}, "build", is_folder=True)


def test_a_line_of_stars_costs_nothing() -> None:
    hostile = "*a" * 40 + "b"

    assert not check_ignored({"": hostile}, "a" * 200)
