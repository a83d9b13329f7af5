from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_server.lsp.document.document_uri import document_key, path_of, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("file:///a%20b/%C3%A9.py", "/a b/\u00e9.py"),
        ("file://localhost/a.py", "/a.py"),
        ("FILE:///a.py", "/a.py"),
    ],
)
def test_the_path_of_a_file_uri(uri: str, path: str) -> None:
    assert path_of(uri) == Path(path)


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:Untitled-1",
        "https://example.org/a.py",
        "file://server/share/a.py",
        "file://[",
        "file:a.py",
        "file:///a%00b",
        "file:///\ud800",
        "",
    ],
)
def test_everything_else_has_no_path(uri: str) -> None:
    assert path_of(uri) is None
    assert document_key(uri) == uri


@given(st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name))
def test_a_path_survives_the_round_trip(name: str) -> None:
    path = Path("/", name)
    assert path_of(uri_of(path)) == path


def test_spellings_of_one_document_are_equal() -> None:
    assert document_key("file:///a%20b.py") == document_key("file:///%61 b.py")
