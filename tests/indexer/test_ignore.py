import contextlib
import itertools
import os
import random
import subprocess
from pathlib import Path

import pytest

from nanobot_indexer.workspace.ignore import (
    IGNORE_LINE_BYTES_MAX,
    IGNORE_LINES_MAX,
    IgnoreKind,
    IgnoreRules,
)
from nanobot_indexer.workspace.scan import scan_workspace


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
        ({"": "\ufeff*.log"}, "a.log", True),
        ({"": "a\\\\ "}, "a\\", True),
        ({"": "a\\  "}, "a ", True),
        ({"": "a\0b"}, "a", True),
        ({"": "a\r\r"}, "a", False),
        # One byte is one character.
        ({"": "?"}, "é", False),
        ({"": "??"}, "é", True),
        ({"": "[é]"}, "é", False),
        ({"é": "b.log"}, "é/b.log", True),
        ({"": "x/a**"}, "x/ab/c", True),
        ({"": "a**/[bc]"}, "ab", True),
        ({"": "a//b\n//a"}, "a/b", False),
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


def test_a_line_longer_than_any_path_counts_as_none() -> None:
    text = "*" * (IGNORE_LINE_BYTES_MAX + 1) + "\n" + "?" * IGNORE_LINE_BYTES_MAX + "\nb\n"

    assert not check_ignored({"": text}, "a")
    assert check_ignored({"": text}, "b")


def test_a_line_of_stars_costs_nothing() -> None:
    hostile = "*a" * 40 + "b"

    assert not check_ignored({"": hostile}, "a" * 200)


NAMES = [
    "a", "b", "ab", "a.py", "b.log", "[a]", "a b", "!x", "#y", "a\\b", "é", "éa", "a ", "-", "]",
    "^", "A", "*", "?", "a\u00a0", ".a", "build", "x.pyc",
]  # fmt: skip
PARTS = [
    "a", "b", "*", "?", "**", "a*", "*b", "[ab]", "[!a]", "*.py", "a?", "[a-b]*", "\\a", "***",
    "[[:alpha:]]", "**a", "?*?", "a**", "[^b]", "\\[a]", "[]a]", "[!]a]", "[a-]", "[\\]a]",
    "[[:space:]]", "é", "[é]", "?a", "[[a]", "[a", "a\\", "[[:foo:]]", "[b-a]", "[--0]", "\\*",
    "[A-Z]", "x.py[cod]", "*.*", "build", "a\\ ", "[[:alpha:]-z]", "[!-a]", "[]", "[/]", "a\\\\b",
    "[[:a]",
]  # fmt: skip
ENDS = ["", "", "", "", "/", "/", " ", "  ", "\\ ", "\\  ", "\\\\ ", "\t", "\r", "//", "\0a"]
STARTS = ["", "", "", "", "/", "/", "!", "!", "!/", "\\!", "\\#", "#", "//", " ", "!!"]


def pattern_of(draw: random.Random) -> str:
    depth = draw.choice([1, 1, 1, 2, 2, 3, 4])
    parts = "/".join(draw.choice(PARTS) for _ in range(depth))
    return draw.choice(STARTS) + parts + draw.choice(ENDS)


def write_random_tree(root: Path, draw: random.Random) -> None:
    folders = [root]
    for _ in range(30):
        folder = root.joinpath(*draw.choices(NAMES, k=draw.choice([0, 0, 1, 1, 2, 3])))
        # A file may have the name of a folder.
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            folders.append(folder)
            (folder / draw.choice(NAMES)).touch()
    for folder in draw.sample(folders, 3):
        lines = [pattern_of(draw) for _ in range(draw.randint(1, 5))]
        mark = draw.choice(["", "", "", "\ufeff"])
        (folder / ".gitignore").write_text(mark + "\n".join(lines) + draw.choice(["\n", ""]))


def test_random_rules_leave_out_what_git_leaves_out(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    draw = random.Random(seed)
    environment = {**os.environ, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    environment["XDG_CONFIG_HOME"] = str(tmp_path)
    for number in range(15):
        root = tmp_path / str(number)
        subprocess.run(["git", "init", "-q", root], env=environment, check=True)
        write_random_tree(root, draw)

        shown = subprocess.run(
            ["git", "ls-files", "--others", "--exclude-standard", "-z"],
            cwd=root,
            env=environment,
            capture_output=True,
            check=True,
        ).stdout.decode()
        root_fd = os.open(root, os.O_RDONLY)
        try:
            scan = scan_workspace(root_fd, None, files_max=1000, check=lambda: None)
        finally:
            os.close(root_fd)

        rules = {path: path.read_bytes() for path in root.rglob(".gitignore")}
        assert sorted(scan.files.paths) == sorted(filter(None, shown.split("\0"))), (
            f"seed {seed}: {rules}"
        )
