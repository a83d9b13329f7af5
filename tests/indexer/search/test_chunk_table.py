import numpy as np

from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.search.handle import chunk_handle
from nanobot_indexer.volume.format import Revision, Section
from support.memory_segment import memory_segment

METHODS = "".join(f"    def step_{n}(self):\n" + "        x = 1\n" * 20 for n in range(9))
FILES = {
    "a.py": "class ConnectionPool:\n" + METHODS + "\n\ndef Step_1():\n    pass\n",
    "b.txt": "words\n",
    "empty.py": "",
}
GO = {"s.go": "package p\n\nfunc (s *Server) Run() {\n\ts.x = 1\n}\n"}


def test_names_and_texts_are_those_of_the_segment() -> None:
    for files in (FILES, GO):
        segment = memory_segment(files)
        table = ChunkTable(segment)

        for index in range(segment.definition_count):
            definition = segment.definition(index)
            assert table.name_of(index).decode() == definition.name
            assert table.qualified_name_of(index) == definition.qualified_name
            assert table.path_bytes(int(table.definition_files[index])).decode() == definition.path
            first, end = table.byte_range(int(table.definition_chunks[index]))
            assert first <= definition.name_start_byte < end
        for chunk in range(segment.chunk_count):
            file, start, end = segment.chunk_range(chunk)
            assert table.byte_range(chunk) == (start, end)
            assert table.text_of(chunk) == segment.text(file)[start:end]
            assert table.handle_of(chunk) == chunk_handle(segment, chunk)


def test_every_definition_starts_in_one_chunk() -> None:
    table = ChunkTable(memory_segment(FILES))

    found = [
        index for chunk in range(table.count) for index in table.definitions_in(chunk).tolist()
    ]

    assert sorted(found) == list(range(table.segment.definition_count))


def test_postings_are_found_by_their_terms() -> None:
    segment = memory_segment(FILES)
    table = ChunkTable(segment)
    terms = segment.array(Section.TERMS)
    starts = segment.array(Section.POSTING_STARTS)
    behind = terms[-1:] + np.uint64(1)
    wanted = np.concatenate((terms[::2], terms[:1] - np.uint64(1), behind, terms[1::2]))

    begins, ends = table.postings_of(wanted)

    known = np.isin(wanted, terms)
    assert (ends[~known] == begins[~known]).all()
    assert begins[known].tolist() == [*starts[:-1][::2], *starts[:-1][1::2]]
    assert ends[known].tolist() == [*starts[1:][::2], *starts[1:][1::2]]
    empty = ChunkTable(memory_segment({}))
    assert [one.tolist() for one in empty.postings_of(wanted[:2])] == [[0, 0], [0, 0]]


def test_a_text_without_definitions_lacks_none() -> None:
    table = ChunkTable(memory_segment(FILES))

    lacking = table.lacks_definition.tolist()

    paths = [table.path_bytes(file) for file in table.files.tolist()]
    assert not lacking[paths.index(b"b.txt")]
    assert not lacking[0]


def test_a_segment_without_syntax_has_no_definitions() -> None:
    segment = memory_segment(FILES, revision=Revision.LEXICAL)
    table = ChunkTable(segment)

    assert len(segment.array(Section.DEFINITIONS)) == 0
    assert not len(table.names.definitions_named(b"step_1"))
    assert not table.lacks_definition.any()
