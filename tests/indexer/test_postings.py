import hashlib
import os
import re
import string
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.fingerprint.chunk_terms import NUMBERS_MIN
from nanobot_indexer.fingerprint.content import (
    CHUNKS_MAX,
    FREQUENCY_BY_CODE,
    LexicalTables,
    SegmentContent,
)
from nanobot_indexer.fingerprint.hashing import Field, hash_of
from nanobot_indexer.fingerprint.postings import lexical_tables
from nanobot_indexer.fingerprint.tokens import query_tokens

DEFINITION = re.compile(rb"^ *(?:async )?(?:def|class) (?P<name>\w)", re.MULTILINE)

File = tuple[str, list[bytes]]
"""A path and the chunks of its text."""


def content_of(files: Sequence[File], *, has_names: bool = True) -> SegmentContent:
    chunks = [chunk for _, chunks in files for chunk in chunks]
    text = b"".join(chunks)
    sizes = [sum(map(len, chunks)) for _, chunks in files]
    owners = [number for number, (_, chunks) in enumerate(files) for _ in chunks]
    names = [match.start("name") for match in DEFINITION.finditer(text)]
    return SegmentContent(
        text=text,
        file_starts=np.cumsum([0, *sizes]),
        paths=[path for path, _ in files],
        chunk_starts=np.cumsum([0, *map(len, chunks)]),
        chunk_files=np.array(owners, np.int64),
        name_starts=np.array(names, np.int64) if has_names else None,
    )


def tokens_in(text: str, *, word_bytes_min: int) -> list[str]:
    found = []
    for token in query_tokens(text):
        if len(token.text.encode()) >= word_bytes_min:
            found.append(token.whole.text)
        if token.parts != (token.whole,):
            found += [part.text for part in token.parts]
    return found


def reference_postings(content: SegmentContent) -> tuple[dict[int, dict[int, int]], list[int]]:
    """Return the frequency by chunk by term, and the length of each chunk, slowly."""
    frequencies: dict[int, Counter[int]] = defaultdict(Counter)
    lengths = []
    for chunk, file in enumerate(content.chunk_files.tolist()):
        start, end = content.chunk_starts[chunk : chunk + 2].tolist()
        text = content.text[start:end].decode("utf-8", "surrogateescape")
        body = tokens_in(text, word_bytes_min=2)
        written = [word for word in query_tokens(text) if len(word.text.encode()) >= 2]
        numbers = [word.whole.text for word in written if word.text[0] in string.digits]
        if len(numbers) >= NUMBERS_MIN and 2 * len(numbers) > len(written):
            body = [token for token in body if token not in numbers]
        lengths.append(len(body))
        assert content.name_starts is not None
        names = [
            re.match(r"\w+", content.text[name:end].decode("utf-8", "surrogateescape"))
            for name in content.name_starts.tolist()
            if start <= name < end
        ]
        path = content.paths[file].rpartition(".")[0]
        for field, found in (
            (Field.BODY, body),
            (Field.NAME, [t for n in names if n for t in tokens_in(n[0], word_bytes_min=1)]),
            (Field.PATH, tokens_in(path.replace("/", " "), word_bytes_min=1)),
        ):
            for token in found:
                frequencies[hash_of(token, field)][chunk] += 1
    return {term: dict(chunks) for term, chunks in frequencies.items()}, lengths


def code_of(frequency: int) -> int:
    return sum(frequency > limit for limit in (1, 2, 3, 4, 6, 10, 20))


def unpacked(tables: LexicalTables) -> dict[int, dict[int, int]]:
    """Return the code of the frequency by chunk by term."""
    found: dict[int, dict[int, int]] = {}
    bounds = tables.posting_starts.tolist()
    for place, term in enumerate(tables.terms.tolist()):
        postings = tables.postings[bounds[place] : bounds[place + 1]].tolist()
        assert postings
        assert sorted(postings) == postings
        found[term] = {posting >> 3: posting & 7 for posting in postings}
        assert len(found[term]) == len(postings)
    return found


def assert_equals_reference(content: SegmentContent, tables: LexicalTables) -> None:
    frequencies, lengths = reference_postings(content)
    expected = {
        term: {chunk: code_of(frequency) for chunk, frequency in chunks.items()}
        for term, chunks in frequencies.items()
    }
    assert unpacked(tables) == expected
    assert tables.terms.tolist() == sorted(expected)
    assert tables.chunk_lengths.tolist() == [min(length, 65_535) for length in lengths]


def assert_same(left: LexicalTables, right: LexicalTables) -> None:
    for name in LexicalTables.__slots__:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), name)


def real_files(count: int, lines_per_chunk: int) -> list[File]:
    folder = Path(re.__file__).parent.parent
    files = []
    for path in sorted(folder.glob("*.py"))[:count]:
        lines = path.read_bytes().splitlines(keepends=True)
        chunks = [
            b"".join(lines[start : start + lines_per_chunk])
            for start in range(0, len(lines), lines_per_chunk)
        ]
        files.append((f"Lib/{path.name}", chunks))
    return files


LINES = (
    b"def parse_header(value):\n",
    b"    return self.parseHTTPHeader(values)\n",
    b"class RetryPolicy:\n",
    b"async def run(): pass\n",
    b"x = i + 1  # run runs running\n",
    b"get get get get get get get get get get get get\n",
    b"bytes \xc3\xa9 \xe2\x80\x9c\n",
    b"__all__ = ['run']",
    b"\n",
)
chunk_lists = st.lists(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=8).map(b"".join), max_size=6
)
file_lists = st.lists(
    st.tuples(
        st.sampled_from(["a.py", "src/http_client/retryPolicy.py", "run/run/run.rb"]), chunk_lists
    ),
    max_size=5,
)


@given(file_lists, st.sampled_from([32, 64, 100, 1 << 20]))
def test_tables_equal_the_reference(files: list[File], block_bytes: int) -> None:
    content = content_of(files)
    assert_equals_reference(content, lexical_tables(content, block_bytes=block_bytes))


def test_tables_of_real_files_equal_the_reference() -> None:
    content = content_of(real_files(12, lines_per_chunk=30))
    assert_equals_reference(content, lexical_tables(content))


@pytest.mark.parametrize("has_names", [True, False])
def test_blocks_do_not_show(*, has_names: bool) -> None:
    content = content_of(real_files(25, lines_per_chunk=45), has_names=has_names)
    expected = lexical_tables(content)
    for block_bytes in (1_000, 4_096, 50_000, 1 << 22):
        assert_same(lexical_tables(content, block_bytes=block_bytes), expected)


def test_a_chunk_does_not_depend_on_its_segment() -> None:
    files = real_files(10, lines_per_chunk=40)
    together = lexical_tables(content_of(files))
    codes_by_term = unpacked(together)
    first = 0
    for file in files:
        alone = lexical_tables(content_of([file]))
        count = len(alone.chunk_lengths)
        expected = {
            term: {c - first: code for c, code in codes.items() if first <= c < first + count}
            for term, codes in codes_by_term.items()
        }
        assert unpacked(alone) == {term: codes for term, codes in expected.items() if codes}
        np.testing.assert_array_equal(alone.simhashes, together.simhashes[first : first + count])
        first += count


def test_a_segment_without_chunks_has_no_terms() -> None:
    tables = lexical_tables(content_of([("empty.py", []), ("also.py", [])]))
    assert tables.posting_starts.tolist() == [0]
    assert [len(getattr(tables, name)) for name in ("terms", "postings", "simhashes")] == [0, 0, 0]


def test_types_are_those_of_the_format() -> None:
    tables = lexical_tables(content_of([("a.py", [b"def run(): pass\n"])]))
    dtypes = {name: str(getattr(tables, name).dtype) for name in LexicalTables.__slots__}
    assert dtypes == {
        "terms": "uint64",
        "posting_starts": "uint32",
        "postings": "uint16",
        "chunk_lengths": "uint16",
        "simhashes": "uint64",
    }


def test_the_last_chunk_of_a_full_segment_is_found() -> None:
    chunks = [b"word\n"] * (CHUNKS_MAX - 1) + [b"anchor\n"]
    tables = lexical_tables(content_of([("a.py", chunks)]))
    assert unpacked(tables)[hash_of("anchor", Field.BODY)] == {CHUNKS_MAX - 1: 0}
    with pytest.raises(ValueError, match=r"8193 chunks in a segment, at most 8192 fit"):
        lexical_tables(content_of([("a.py", [*chunks, b"more\n"])]))


def test_files_do_not_run_into_each_other() -> None:
    tables = lexical_tables(content_of([("a.py", [b"x = fooBAR"]), ("b.py", [b"zLE = 1"])]))
    terms = unpacked(tables)
    assert terms[hash_of("foobar", Field.BODY)] == {0: 0}
    assert terms[hash_of("zle", Field.BODY)] == {1: 0}
    assert hash_of("foobarzle", Field.BODY) not in terms


def test_a_chunk_of_one_endless_word_is_no_trouble() -> None:
    chunk = b"anchor " + b"x" * 1_000_000 + b" end"
    tables = lexical_tables(content_of([("a.js", [chunk, b"y" * 500_000])]))
    assert hash_of("anchor", Field.BODY) in unpacked(tables)
    assert tables.chunk_lengths[0] >= 2


def test_the_numbers_of_data_are_no_terms() -> None:
    row = b"reading 0x%04x %d\n"
    data = b"".join(row % (place, place + 10_000) for place in range(NUMBERS_MIN // 2))
    few = b"".join(row % (place, place + 10_000) for place in range(NUMBERS_MIN // 2 - 1))
    content = content_of([("a.csv", [data, few, data + b"many more words here " * 30])])
    tables = lexical_tables(content)
    assert_equals_reference(content, tables)
    terms = unpacked(tables)
    assert terms[hash_of("0x0001", Field.BODY)] == {1: 0, 2: 0}
    assert sorted(terms[hash_of("read", Field.BODY)]) == [0, 1, 2]
    assert tables.chunk_lengths.tolist() == [32, 93, 96 + 4 * 30]
    # Signatures do see them, or all tables of numbers would be alike.
    tables_of_numbers = [
        b"".join(b"%d\n" % (place * factor) for place in range(1_000, 1_100)) for factor in (1, 7)
    ]
    signatures = lexical_tables(content_of([("a.csv", tables_of_numbers)])).simhashes
    assert signatures[0] != signatures[1]


def test_a_long_chunk_has_a_capped_length() -> None:
    tables = lexical_tables(content_of([("a.txt", [b"word and more\n" * 50_000])]))
    assert tables.chunk_lengths.tolist() == [65_535]
    assert unpacked(tables)[hash_of("word", Field.BODY)] == {0: 7}


def test_the_heading_of_a_document_is_a_name_with_all_its_words() -> None:
    text = b"# Retry budgets and hosts\n\nSome text.\n"
    names = np.array([2], np.int64)
    bounds = np.array([0, len(text)], np.int64)
    content = SegmentContent(text, bounds, ["guide.md"], bounds, np.zeros(1, np.int64), names)
    terms = unpacked(lexical_tables(content))
    assert all(hash_of(word, Field.NAME) in terms for word in ("retry", "budget", "host"))
    assert hash_of("text", Field.NAME) not in terms


def test_a_name_counts_as_a_folder_in_the_further_chunks_of_what_has_it() -> None:
    head, body, tail = b"class ConnectionPool:\n", b"    x = 1\n", b"y = 2\n"
    text = head + body + body + tail
    bounds = np.cumsum([0, len(head), len(body), len(body), len(tail)])
    content = SegmentContent(
        text,
        np.array([0, len(text)]),
        ["pool/a.py"],
        bounds,
        np.zeros(4, np.int64),
        np.array([6]),
        name_ends=np.array([20]),
        definition_ends=bounds[3:4],
    )

    terms = unpacked(lexical_tables(content))

    assert terms[hash_of("connectionpool", Field.PATH)] == {1: 0, 2: 0}
    assert terms[hash_of("connection", Field.PATH)] == {1: 0, 2: 0}
    # The folder of the same name counts as well.
    assert terms[hash_of("pool", Field.PATH)] == {0: 0, 1: 1, 2: 1, 3: 0}


def test_codes_stand_for_frequencies_of_their_range() -> None:
    limits = [1, 2, 3, 4, 6, 10, 20]
    for code, frequency in enumerate(FREQUENCY_BY_CODE):
        assert code_of(int(np.ceil(frequency))) == code
    for code, limit in enumerate(limits):
        tables = lexical_tables(content_of([("a.py", [b"word " * limit, b"word " * (limit + 1)])]))
        codes: Mapping[int, int] = unpacked(tables)[hash_of("word", Field.BODY)]
        assert codes == {0: code, 1: code + 1}


DIGEST_PROGRAM = """
import hashlib, sys
from pathlib import Path
import numpy as np
from nanobot_indexer.fingerprint.content import SegmentContent
from nanobot_indexer.fingerprint.postings import lexical_tables
text = Path(sys.argv[1]).read_bytes()
starts = np.append(np.arange(0, len(text), 2000), len(text))
content = SegmentContent(
    text, np.array([0, len(text)]), ["Lib/x.py"], starts, np.zeros(len(starts) - 1, int), None
)
tables = lexical_tables(content)
digest = hashlib.sha256()
for name in ("terms", "posting_starts", "postings", "chunk_lengths", "simhashes"):
    digest.update(getattr(tables, name).tobytes())
print(digest.hexdigest())
"""


def test_two_processes_make_the_same_tables() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST_PROGRAM, hashlib.__file__],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64
