"""What of a chunk is embedded, and when that is the same again."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from nanobot_indexer import IndexOptions, ingest, open_index
from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.semantic.passage import (
    PASSAGE_BYTES,
    PASSAGES_MAX,
    chunk_keys,
    passages_of,
)

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

TWO = """\
def opened(path):
    return path


class Reader:
    @property
    def size(self):
        return 1
"""


def passages(root: Path, options: IndexOptions) -> dict[str, list[str]]:
    """Return the texts of all passages by path, file by file."""
    ingest(root, options=options)
    found: dict[str, list[str]] = {}
    with open_index(root) as index:
        for segment in index.segments:
            table = ChunkTable.of(segment)
            for chunk in range(table.count):
                path = table.path_bytes(int(table.files[chunk])).decode()
                found.setdefault(path, []).extend(one.text for one in passages_of(table, chunk))
    return found


def keys(root: Path, options: IndexOptions) -> set[int]:
    """Return the keys of the living chunks."""
    ingest(root, options=options)
    with open_index(root) as index:
        found: set[int] = set()
        for segment in index.segments:
            own = chunk_keys(ChunkTable.of(segment))
            live = segment.live_chunks
            found.update((own if live is None else own[live]).tolist())
        return found


def test_a_passage_begins_where_a_definition_does(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"src/io.py": TWO})

    assert passages(root, options)["src/io.py"] == [
        "src/io.py opened\ndef opened(path):\n    return path\n\n\n",
        "src/io.py Reader\nclass Reader:\n    ",
        "src/io.py Reader.size\n@property\n    def size(self):\n        return 1\n",
    ]


def test_a_long_text_is_cut_at_line_ends(write_files: FilesWriter, options: IndexOptions) -> None:
    lines = [f"line {number} of a long log that says something\n" for number in range(100)]
    root = write_files({"a.log": "".join(lines)})

    found = passages(root, options)["a.log"]

    bodies = [text.removeprefix("a.log \n") for text in found]
    assert "".join(bodies) == "".join(lines)
    assert max(map(len, bodies)) < 2 * PASSAGE_BYTES
    assert all(body.endswith("\n") for body in bodies)


def test_a_chunk_without_words_has_a_passage_too(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.txt": "\n\n\n", "b.txt": "x"})

    assert [len(own) for own in passages(root, options).values()] == [1, 1]


def test_passages_of_one_chunk_have_a_limit(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.py": "".join(f"def f{n}(): 0\n" for n in range(300))})
    ingest(root, options=options)

    with open_index(root) as index:
        table = ChunkTable.of(index.segments[0])
        counts = [len(passages_of(table, chunk)) for chunk in range(table.count)]

    assert max(counts) <= PASSAGES_MAX


def test_a_key_says_path_text_and_enclosing_name(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    body = "".join(f"    def m{n}(self):\n        return {n} * 'some text'\n\n" for n in range(60))
    root = write_files({"a.py": f"class One:\n{body}"})
    first = keys(root, options)
    assert len(first) > 2
    assert keys(root, options) == first

    write_files({"a.py": f"class Two:\n{body}"})
    renamed = keys(root, options)
    assert not first & renamed

    (root / "a.py").rename(root / "b.py")
    moved = keys(root, options)
    assert not renamed & moved
    assert len(moved) == len(first)


def test_an_edit_changes_the_keys_of_what_was_edited(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    functions = [f"def f{n}():\n" + f"    return {n} + {n}\n" * 30 for n in range(20)]
    root = write_files({"a.py": "\n\n".join(functions), "b.py": "x = 1\n"})
    before = keys(root, options)

    functions[10] = functions[10].replace("return 10", "return 99")
    write_files({"a.py": "\n\n".join(functions)})
    after = keys(root, options)

    assert 0 < len(after - before) <= 2
    assert len(before & after) >= len(before) - 2


def test_passages_do_not_depend_on_segments(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.py": TWO, "b.py": TWO.replace("Reader", "Writer")})
    at_once = keys(root, options)

    write_files({"b.py": "x = 1\n"})
    keys(root, options)
    write_files({"b.py": TWO.replace("Reader", "Writer")})

    assert keys(root, options) == at_once
    assert np.unique(list(at_once)).size == len(at_once)
