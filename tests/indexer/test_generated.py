import pytest

from nanobot_indexer.workspace.generated import (
    LOCK_FILE_SIZE_BYTES_MAX,
    binary_format,
    generated_name,
    minified_text,
    oversized_lock_file,
    wide_encoding,
)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("a/jquery.min.js", "minified"),
        ("a/site.min.css", "minified"),
        ("a/app.js.map", "source map"),
        ("a/app.js", None),
        ("a/min.js", None),
        ("a/road.map", None),
    ],
)
def test_names_of_generated_files(path: str, word: str | None) -> None:
    assert generated_name(path) == word


def test_only_a_large_lock_file_is_left_out() -> None:
    large = LOCK_FILE_SIZE_BYTES_MAX + 1

    assert oversized_lock_file("a/yarn.lock", LOCK_FILE_SIZE_BYTES_MAX) is None
    assert oversized_lock_file("a/my-yarn.lock", large) is None
    assert oversized_lock_file("a/yarn.lock", large) == (
        f"lock file of {large} bytes, limit {LOCK_FILE_SIZE_BYTES_MAX}"
    )


@pytest.mark.parametrize(
    ("path", "text", "is_minified"),
    [
        ("a.js", b"x=1;" * 2000, True),
        ("a.css", b"a{b:c}" * 2000 + b"\n", True),
        ("a.js", b"x = 1;\n" * 2000, False),
        ("a.js", b"x=1;" * 500, False),
        ("a.py", b"x=1;" * 2000, False),
        ("a.json", b"[1]," * 2000, False),
    ],
)
def test_minified_is_a_long_average_line(path: str, text: bytes, *, is_minified: bool) -> None:
    assert (minified_text(path, text) is not None) is is_minified


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", None),
        (b"text", None),
        (b"a\0b", ""),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"a" * 8192 + b"\0", None),
    ],
)
def test_binaries_are_known_by_their_start(text: bytes, word: str | None) -> None:
    assert binary_format(text) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("é".encode("utf-16"), "UTF-16"),
        ("é".encode("utf-32"), "UTF-32"),
        (b"\xfe\xff\0a", "UTF-16"),
        (b"\0\0\xfe\xff\0\0\0a", "UTF-32"),
        ("é".encode(), None),
        (b"", None),
    ],
)
def test_wide_encodings_are_named(text: bytes, word: str | None) -> None:
    assert wide_encoding(text) == word
