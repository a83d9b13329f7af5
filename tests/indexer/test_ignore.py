import itertools

import pytest

from nanobot_indexer.workspace.ignore import IGNORE_LINES_MAX, IgnoreKind, IgnoreRules


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
        ({"": "logs/**\n!logs/keep"}, "logs/keep", False),
        ({"": "logs/**"}, "logs", False),
        ({"": "*\n!*.py\n!*/"}, "a/x.txt", True),
        ({"": "/*\n!/src/"}, "src/x.py", False),
        ({"": "a b\\ \nc  "}, "a b ", True),
        ({"": "a b\\ \nc  "}, "c", True),
        ({"": "\\!x\n\\#y"}, "!x", True),
        ({"": "\\!x\n\\#y"}, "#y", True),
        ({"": "!!x*"}, "!xy", False),
    ],
)
def test_rules_are_those_of_git(files: dict[str, str], path: str, *, is_ignored: bool) -> None:
    assert check_ignored(files, path) is is_ignored


def test_a_line_with_a_slash_at_its_end_is_for_folders() -> None:
    assert check_ignored({"": "build/"}, "build", is_folder=True)


KINDS = [IgnoreKind.EXCLUDE, IgnoreKind.GIT, IgnoreKind.IGNORE, IgnoreKind.NANOBOT]


@pytest.mark.parametrize(("weak", "strong"), list(itertools.combinations(KINDS, 2)))
@pytest.mark.parametrize("is_strong_deeper", [False, True])
def test_the_stronger_kind_takes_back_wherever_it_lies(
    weak: IgnoreKind, strong: IgnoreKind, *, is_strong_deeper: bool
) -> None:
    folders = ("", "a") if is_strong_deeper else ("a", "")
    texts = sorted([(folders[0], b"*.py", weak), (folders[1], b"!x.py", strong)])
    rules = IgnoreRules()
    for folder, text, kind in texts:
        rules = rules.extended(folder, text, kind=kind)

    assert not rules.ignores("a/x.py", is_folder=False)
    assert rules.ignores("a/y.py", is_folder=False)


def test_lines_beyond_the_limit_count_as_none() -> None:
    text = "".join(f"name-{number}\n" for number in range(IGNORE_LINES_MAX + 1))

    assert check_ignored({"": text}, f"name-{IGNORE_LINES_MAX - 1}")
    assert not check_ignored({"": text}, f"name-{IGNORE_LINES_MAX}")


def test_a_line_of_stars_costs_nothing() -> None:
    hostile = "*a" * 40 + "b"

    assert not check_ignored({"": hostile}, "a" * 200)
