import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_indexer import (
    FileNotIndexedError,
    Index,
    IndexClosedError,
    IndexOptions,
    Language,
    ParseStatus,
    SearchFilter,
    SkipReason,
    VolumeCorruptError,
    ingest,
    open_index,
)

LATIN_1 = "# coding: latin-1\nx = 'é'\n".encode("latin-1")
FILES = {
    "a.py": b"class A:\r\n    def m(self): pass\r\n",
    "b/latin.py": LATIN_1,
    "b/bom.py": b"\xef\xbb\xbfx = 1\n",
    "b/broken.py": b"def (:\n",
    "empty.py": b"",
    "z.md": b"# Title",
    "z.bin": b"\0",
}


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory, options: IndexOptions) -> Path:
    root = tmp_path_factory.mktemp("ingested")
    (root / "b").mkdir()
    for path, content in FILES.items():
        (root / path).write_bytes(content)
    ingest(root, options=options)
    return root


@pytest.fixture
def root(ingested: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(ingested, tmp_path / "root")
    return tmp_path / "root"


@pytest.fixture(scope="module")
def index(ingested: Path) -> Iterator[Index]:
    with open_index(ingested) as opened:
        yield opened


def test_files_are_a_sequence_in_path_order(index: Index) -> None:
    paths = [entry.path for entry in index.files]

    assert paths == ["a.py", "b/bom.py", "b/broken.py", "b/latin.py", "empty.py", "z.md"]
    assert index.files[-1].path == "z.md"
    assert [entry.path for entry in index.files[1:3]] == paths[1:3]
    with pytest.raises(IndexError):
        index.files[len(paths)]


def test_an_entry_says_how_to_read_the_file(index: Index) -> None:
    latin, bom, text = index.file("b/latin.py"), index.file("b/bom.py"), index.file("z.md")

    assert (latin.encoding, latin.has_bom, latin.line_count) == ("iso8859-1", False, 2)
    assert index.text("b/latin.py") == LATIN_1
    assert (bom.encoding, bom.has_bom) == ("utf-8", True)
    assert (text.language, text.parse_status) == (Language.MARKDOWN, ParseStatus.PARSED)
    assert index.file("b/broken.py").parse_status is ParseStatus.PARTIAL
    assert index.file("a.py").parse_status is ParseStatus.PARSED


def test_definitions_of_a_file_and_of_all(index: Index) -> None:
    assert [one.qualified_name for one in index.definitions("a.py")] == ["A", "A.m"]
    assert [one.qualified_name for one in index.all_definitions()] == [
        "A",
        "A.m",
        "x",
        "x",
        "Title",
    ]
    assert index.definitions("empty.py") == []


@pytest.mark.parametrize(
    ("path", "byte", "line"),
    [("a.py", 0, 1), ("a.py", 9, 1), ("a.py", 10, 2), ("a.py", 999, 2), ("empty.py", 0, 1)],
)
def test_line_of_a_byte(index: Index, path: str, byte: int, line: int) -> None:
    assert index.line_of(path, byte) == line


@pytest.mark.parametrize("path", ["", "nope.py", "z.bin", "b", "a.py/", "\ud800"])
def test_a_path_that_is_not_indexed_is_an_error(index: Index, path: str) -> None:
    with pytest.raises(FileNotIndexedError) as caught:
        index.text(path)

    assert str(caught.value).startswith(path)
    assert isinstance(caught.value, KeyError)


def test_skipped_files_are_listed(index: Index) -> None:
    assert [(one.path, one.reason) for one in index.skipped] == [("z.bin", SkipReason.BINARY)]


def test_a_closed_index_says_so(root: Path) -> None:
    index = open_index(root)
    index.prepare()
    assert len(index.live) > 0
    assert index.similarity is index.similarity
    index.close()
    index.close()

    for use in (
        lambda: index.files,
        lambda: index.text("a.py"),
        lambda: index.search("x", limit=1),
        lambda: index.segments,
        lambda: index.live,
        lambda: index.searcher,
        lambda: index.symbols,
        lambda: index.similarity,
        lambda: index.overlaid([], []),
        lambda: next(index.all_definitions()),
        index.prepare,
        index.verify,
    ):
        with pytest.raises(IndexClosedError):
            use()


def test_an_index_does_not_need_its_workspace(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(root / ".nanobot", other / ".nanobot")

    with open_index(other) as index:
        index.verify()
        assert index.text("z.md") == b"# Title"


def damaged(root: Path, pattern: str, needle: bytes) -> None:
    (path,) = (root / ".nanobot/index").glob(pattern)
    content = bytearray(path.read_bytes())
    content[content.index(needle)] ^= 1
    path.write_bytes(content)


def test_damaged_text_is_found_when_it_is_used(root: Path) -> None:
    damaged(root, "*.volume", b"class A:")

    with open_index(root) as index:
        assert index.file("z.md").line_count == 1
        for use in (lambda: index.text("a.py"), lambda: index.definitions("a.py"), index.verify):
            with pytest.raises(VolumeCorruptError):
                use()


def test_damaged_names_are_found_when_they_are_used(root: Path) -> None:
    damaged(root, "*.tables", b"b/latin.py")

    with open_index(root) as index, pytest.raises(VolumeCorruptError):
        index.file("a.py")


def test_missing_files_are_damage(root: Path) -> None:
    (path,) = (root / ".nanobot/index").glob("*.volume")
    path.unlink()

    with pytest.raises(VolumeCorruptError, match="missing"):
        open_index(root)


def test_a_damaged_list_of_skipped_files_is_refused(root: Path) -> None:
    (path,) = (root / ".nanobot/index").glob("*-skipped.json")
    path.write_bytes(b"[]")

    with pytest.raises(VolumeCorruptError):
        open_index(root)


def test_the_files_of_an_index_are_put_in_order_once(root: Path) -> None:
    with open_index(root) as index:
        hits = index.search("title", limit=3, filters=SearchFilter(path_glob="*.md"))

        assert [hit.path for hit in hits] == ["z.md"]
        assert index.searcher._files is index.live
