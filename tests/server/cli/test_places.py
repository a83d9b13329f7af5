from pathlib import Path

import pytest

from nanobot_indexer import HandleInvalidError
from nanobot_server.cli.places import handle_in, parsed_lines, path_in, place_in
from nanobot_server.host.errors import HostError


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("a.py", "a.py"),
        ("./a.py", "a.py"),
        ("src//x/../a b.py", "src/a b.py"),
        ("{root}/src/a.py", "src/a.py"),
        ("{link}/src/a.py", "src/a.py"),
    ],
)
def test_a_path_is_written_like_in_the_index(tmp_path: Path, given: str, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "link").symlink_to(root)

    assert path_in(root, given.format(root=root, link=tmp_path / "link")) == path


@pytest.mark.parametrize("given", ["../a.py", "/etc/passwd", "src/../../root-2/a.py"])
def test_a_path_outside_of_the_workspace_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(HostError, match="not in the workspace"):
        path_in(tmp_path / "root", given)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("a.py:3", ("a.py", 3)),
        ("./a:b.py:10", ("a:b.py", 10)),
        ("a.py:3-9", "a.py:3-9"),
        ("a.py:3-9@0123456789abcdef", "a.py:3-9@0123456789abcdef"),
        ("./src/../a.py:3-9@0123456789abcdef", "a.py:3-9@0123456789abcdef"),
        ("{root}/a.py:3-9", "a.py:3-9"),
        ("{root}/a.py:3", ("a.py", 3)),
    ],
)
def test_a_place_is_a_line_or_a_handle(
    tmp_path: Path, given: str, place: str | tuple[str, int]
) -> None:
    assert place_in(tmp_path, given.format(root=tmp_path)) == place


@pytest.mark.parametrize("given", ["../a.py:3", "../a.py:3-9", "/etc/passwd:1-2@0123456789abcdef"])
def test_a_place_outside_of_the_workspace_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(HostError, match="not in the workspace"):
        place_in(tmp_path, given)


@pytest.mark.parametrize("given", ["a.py", "", "a.py:", "a.py:x", "a.py:9-3"])
def test_what_is_no_place_is_named(tmp_path: Path, given: str) -> None:
    with pytest.raises(HostError, match="write path:line") as caught:
        place_in(tmp_path, given)
    assert str(caught.value).startswith(f"{given}: ")


def test_a_handle_is_written_like_in_the_index(tmp_path: Path) -> None:
    assert str(handle_in(tmp_path, "./b/../a@2.py:3-9")) == "a@2.py:3-9"
    assert handle_in(tmp_path, f"{tmp_path}/a.py:3-9@0123456789abcdef").chunk_id is not None
    assert str(handle_in(tmp_path, "a.py:3")) == "a.py:3-3"


@pytest.mark.parametrize("given", ["a.py", "", "a.py:", "a.py:0", "a.py:9-3"])
def test_what_is_no_handle_is_named(tmp_path: Path, given: str) -> None:
    with pytest.raises(HandleInvalidError, match="not written like"):
        handle_in(tmp_path, given)


@pytest.mark.parametrize(("given", "lines"), [("3", (3, 3)), ("3-9", (3, 9))])
def test_lines_are_one_or_a_range(given: str, lines: tuple[int, int]) -> None:
    assert parsed_lines(given) == lines


@pytest.mark.parametrize("given", ["0", "9-3", "-3", "3-", "a", "1-2-3", "99999999999"])
def test_what_are_no_lines_is_named(given: str) -> None:
    with pytest.raises(HostError, match=f"--lines {given}: "):
        parsed_lines(given)
