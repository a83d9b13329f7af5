import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nanobot_indexer import Language, ParseStatus
from nanobot_indexer.volume.file_record import FileRecord, no_syntax
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    DTYPE_BY_SECTION,
    SEGMENT_TEXT_BYTES,
    Revision,
    Section,
)
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.volume.segment_source import MemorySource
from nanobot_indexer.volume.table_check import fault_of
from nanobot_indexer.volume.tables import build_tables
from support.memory_segment import memory_segment

SNIPPETS = st.sampled_from(
    [
        "class Reader:\n",
        "    def read(self, size):\n",
        "        'Read it.'\n",
        "import os, sys\n",
        "x = 1\r\n",
        "\r",
        "\n",
        "func (r *Reader) Read() {}\n",
        'import "fmt"\n',
        "# Heading\n",
        "function go() { return 1 }\n",
        "é" * 30,
        "value = compute(value)\n" * 60,
    ]
)
NAMES = st.sampled_from(["a.py", "b.go", "c.js", "d.md", "e.txt", "f.py", "src/g.py", "ö.py"])
WORKSPACES = st.dictionaries(NAMES, st.lists(SNIPPETS, max_size=12).map("".join), min_size=1)


def text_record(path: str, text: bytes) -> FileRecord:
    return FileRecord(
        path=path,
        size_bytes=len(text),
        sha256=hashlib.sha256(text).digest(),
        encoding="utf-8",
        has_bom=False,
        language=Language.TEXT,
        syntax=no_syntax(ParseStatus.TEXT),
    )


def text_segment(texts: Sequence[bytes]) -> Segment:
    files = [text_record(f"{number:06d}.txt", text) for number, text in enumerate(texts)]
    text = b"".join(texts)
    arrays = build_tables(files, text, Revision.SYNTAX)
    return Segment(
        MemorySource(text, arrays), revision=Revision.SYNTAX, text_bytes=len(text), dead=None
    )


@settings(deadline=None)  # The first text of a language loads its parser.
@given(WORKSPACES, st.sampled_from(Revision))
def test_tables_of_any_files_pass_their_checks(
    content_by_path: dict[str, str], revision: Revision
) -> None:
    segment = memory_segment(content_by_path, revision=revision)
    for section in Section:
        rows = segment.array(section)
        assert rows.dtype == DTYPE_BY_SECTION[section]
        assert fault_of(section, rows, segment.array, text_bytes=segment.text_bytes) is None
    paths = [segment.path_of(file) for file in range(segment.file_count)]
    assert paths == sorted(content_by_path, key=str.encode)
    assert [segment.text(file).decode() for file in range(segment.file_count)] == [
        content_by_path[path] for path in paths
    ]


@settings(deadline=None)  # As above.
@given(WORKSPACES)
def test_a_chunk_id_is_a_hash_of_its_bytes_alone(content_by_path: dict[str, str]) -> None:
    segment = memory_segment(content_by_path)

    for chunk, stored in enumerate(segment.array(Section.CHUNK_IDS).tolist()):
        file, start, end = segment.chunk_range(chunk)
        content = segment.text(file)[start:end]
        assert stored.to_bytes(8, "little") == hashlib.blake2b(content, digest_size=8).digest()


@settings(deadline=None)  # As above.
@given(WORKSPACES)
def test_symbols_name_every_definition_once(content_by_path: dict[str, str]) -> None:
    segment = memory_segment(content_by_path)

    blob = segment.array(Section.SYMBOLS).tobytes()
    starts = segment.array(Section.SYMBOL_STARTS).tolist()
    first = segment.array(Section.SYMBOL_DEFINITION_STARTS).tolist()
    carriers = segment.array(Section.SYMBOL_DEFINITIONS).tolist()
    names = [blob[start : end - 1] for start, end in pairwise(starts)]
    assert names == sorted(set(names))
    for number, name in enumerate(names):
        own = carriers[first[number] : first[number + 1]]
        assert own == sorted(own)
        for index in own:
            assert segment.definition(index).name.encode().lower() == name
    assert sorted(carriers) == list(range(segment.definition_count))


def test_equal_names_are_stored_once() -> None:
    segment = memory_segment({f"{n}.py": "import os\n" for n in range(50)})

    assert segment.array(Section.NAMES).tobytes().count(b"utf-8") == 1
    assert segment.array(Section.NAMES).tobytes().count(b"os") == 1


def test_a_segment_may_be_full_of_tiny_files() -> None:
    segment = text_segment([b"x"] * CHUNKS_PER_SEGMENT_MAX)

    assert segment.chunk_count == CHUNKS_PER_SEGMENT_MAX
    assert int(segment.array(Section.POSTINGS).max()) >> 3 == CHUNKS_PER_SEGMENT_MAX - 1
    assert segment.chunk_range(8191) == (8191, 0, 1)


def test_empty_files_have_no_chunk() -> None:
    segment = text_segment([b""] * CHUNKS_PER_SEGMENT_MAX)

    assert (segment.file_count, segment.chunk_count) == (8192, 0)
    assert segment.entry(8191).line_count == 0
    assert segment.line_of(8191, 5) == 1


def test_one_file_may_be_larger_than_a_segment() -> None:
    # One line per KiB: the smallest chunks there are.
    text = (b"y" * 1023 + b"\n") * (2 * SEGMENT_TEXT_BYTES // 1024)
    segment = text_segment([text])

    assert CHUNKS_PER_SEGMENT_MAX // 4 < segment.chunk_count <= CHUNKS_PER_SEGMENT_MAX
    ends = [segment.chunk_range(chunk)[2] for chunk in range(segment.chunk_count)]
    assert ends[-1] == len(text)
    assert np.all(np.diff(ends) > 0)
    assert segment.line_of(0, len(text)) == len(text) // 1024
