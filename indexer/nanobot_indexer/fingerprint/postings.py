"""The lexical tables of a segment, from its text.

Block by block: the tokens of some chunks, each as one 64-bit key of term and
chunk; sorting brings equal keys together, and their number is the term frequency.
A key then is

    term (48 bits) | chunk (13 bits) | code of the frequency (3 bits)

so the keys of all blocks, sorted once more, are the postings: no key is ever
carried beside a payload, which would need a sort that is five times slower.

What a chunk is indexed by does not depend on the blocks, nor on the other chunks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.content import (
    CHUNKS_MAX,
    WORD_BYTES_MIN,
    LexicalTables,
    SegmentContent,
)
from nanobot_indexer.fingerprint.declaration import (
    declared_name_starts,
    named_words,
    ranges,
)
from nanobot_indexer.fingerprint.hashing import Field, terms_of
from nanobot_indexer.fingerprint.simhash import SIGNATURE_BITS, bit_counts, signatures_of
from nanobot_indexer.fingerprint.tokens import Tokens, are_digits, tokens_of

BLOCK_BYTES: Final = 192 * 1024
"""Text that is looked at together: its arrays fit the cache of a core."""

NUMBERS_MIN: Final = 64
"""A chunk of this many numbers, that has more of them than of other words, is data.

The numbers of data are no terms: in tables of them, the index would be larger than the
text. They are found by a scan."""

_TERM_SHIFT: Final = np.uint64(16)
_CHUNK_SHIFT: Final = np.uint64(3)
_CHUNK_LENGTH_MAX: Final = (1 << 16) - 1
# Of a longer name the beginning counts: hostile code nests many, and each chunk has all.
_SCOPE_BYTES_MAX: Final = 64

# A frequency is looked up with its smallest value; 21 and more are the last code.
_FREQUENCY_MAX: Final = 21
_CODE_BY_FREQUENCY: Final = np.array(
    [0, 0, 1, 2, 3, *[4] * 2, *[5] * 4, *[6] * 10, 7], np.uint64
)  # (frequency,)
assert len(_CODE_BY_FREQUENCY) == _FREQUENCY_MAX + 1

_WORD_BYTES: Final = bytes(
    byte for byte in range(256) if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")
)

# The names of these are titles: all words of their line.
_PROSE_SUFFIXES: Final = frozenset({".md", ".markdown", ".mdx", ".rst", ".adoc", ".txt"})


def lexical_tables(content: SegmentContent, *, block_bytes: int = BLOCK_BYTES) -> LexicalTables:
    """Return the terms, postings, lengths and signatures of the chunks of a segment.

    Args:
        content: Text, files and chunks.
        block_bytes: Text that is looked at together, at least 1. Decides about speed and
            memory only, unless a single chunk is larger.

    Raises:
        ValueError: More chunks than a posting can name.
    """
    chunk_count = len(content.chunk_starts) - 1
    if chunk_count > CHUNKS_MAX:
        raise ValueError(f"{chunk_count} chunks in a segment, at most {CHUNKS_MAX} fit")
    is_prose = np.array(
        [PurePosixPath(path).suffix.lower() in _PROSE_SUFFIXES for path in content.paths], np.bool_
    )  # (file,)
    sums = _Sums(
        lengths=np.zeros(chunk_count, np.int64),
        token_counts=np.zeros(chunk_count, np.int64),
        bit_counts=np.zeros((chunk_count, SIGNATURE_BITS), np.int64),
    )
    keys = [_path_keys(content)]
    pending: list[NDArray[np.uint64]] = []
    for place in _places(content.chunk_starts, content.text, block_bytes):
        block = _block_at(place, content)
        pending += _body_keys(block, sums)
        pending += _name_keys(block, content, is_prose)
        if place.is_last:
            keys.append(_with_frequencies(np.concatenate(pending)))
            pending.clear()
    return _tables(np.concatenate(keys), sums)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is counted per chunk, block after block."""

    lengths: NDArray[np.int64]
    """Tokens that are terms of the body. Shape `(chunk_count,)`."""
    token_counts: NDArray[np.int64]
    """Tokens that are in the signature. Shape `(chunk_count,)`."""
    bit_counts: NDArray[np.int64]
    """Shape `(chunk_count, 64)`."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Whole chunks, or a piece of a chunk that is larger than a block."""

    start: int
    end: int
    """Exclusive."""
    first_chunk: int
    end_chunk: int
    """Exclusive."""
    is_last: bool
    """Whether `end` is the end of a chunk."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The text of a place, and what is in it."""

    start: int
    """Offset in the text of the segment."""
    text: bytes
    tokens: Tokens
    chunks: NDArray[np.int64]
    """Numbers of its chunks. Shape `(chunk_count,)`."""
    bounds: NDArray[np.int64]
    """Where the chunks start in `text`, and its length. Shape `(chunk_count + 1,)`.

    A later piece of a large chunk starts before its block: its first bound is negative."""


def _block_at(place: _Place, content: SegmentContent) -> _Block:
    text = content.text[place.start : place.end]
    chunk_starts = content.chunk_starts[place.first_chunk : place.end_chunk] - place.start
    return _Block(
        start=place.start,
        text=text,
        tokens=tokens_of(text, chunk_starts[chunk_starts >= 0]),
        chunks=np.arange(place.first_chunk, place.end_chunk),
        bounds=np.append(chunk_starts, len(text)),
    )


def _places(chunk_starts: NDArray[np.int64], text: bytes, block_bytes: int) -> Iterator[_Place]:
    bounds = chunk_starts.tolist()
    chunk_count = len(bounds) - 1
    first = 0
    while first < chunk_count:
        end = int(np.searchsorted(chunk_starts, bounds[first] + block_bytes, side="right")) - 1
        if end > first:
            end = min(end, chunk_count)
            yield _Place(bounds[first], bounds[end], first, end, is_last=True)
            first = end
            continue
        position, chunk_end = bounds[first], bounds[first + 1]
        while chunk_end - position > block_bytes:
            # Not through a line, nor through a word, unless they are a block long.
            piece = text[position : position + block_bytes]
            size = piece.rfind(b"\n") + 1 or len(piece.rstrip(_WORD_BYTES)) or block_bytes
            yield _Place(position, position + size, first, first + 1, is_last=False)
            position += size
        yield _Place(position, chunk_end, first, first + 1, is_last=True)
        first += 1


def _body_keys(block: _Block, sums: _Sums) -> list[NDArray[np.uint64]]:
    """Return a key per token of the text of a block, and add what it has to `sums`."""
    tokens, chunks, bounds = block.tokens, block.chunks, block.bounds
    words = np.flatnonzero(tokens.sizes >= WORD_BYTES_MIN)
    starts, hashes = tokens.starts[words], tokens.hashes[words]
    word_bounds = np.searchsorted(starts, bounds)
    part_bounds = np.searchsorted(tokens.part_starts, bounds)
    word_counts, part_counts = np.diff(word_bounds), np.diff(part_bounds)
    sums.bit_counts[chunks] += bit_counts(hashes, word_bounds)
    sums.bit_counts[chunks] += bit_counts(tokens.part_hashes, part_bounds)
    sums.token_counts[chunks] += word_counts + part_counts

    is_number = are_digits(np.frombuffer(block.text, np.uint8).take(starts))
    number_counts = np.diff(np.append(0, np.cumsum(is_number))[word_bounds])
    is_data = (number_counts >= NUMBERS_MIN) & (2 * number_counts > word_counts)
    if is_data.any():
        hashes = hashes[~(is_number & np.repeat(is_data, word_counts))]
        word_counts -= np.where(is_data, number_counts, 0)
    sums.lengths[chunks] += word_counts + part_counts
    return [
        _keys(terms_of(hashes, Field.BODY), np.repeat(chunks, word_counts)),
        _keys(terms_of(tokens.part_hashes, Field.BODY), np.repeat(chunks, part_counts)),
    ]


def _name_keys(
    block: _Block, content: SegmentContent, is_prose: NDArray[np.bool_]
) -> list[NDArray[np.uint64]]:
    """Return a key per token of the names of definitions in a block."""
    text, tokens, bounds = block.text, block.tokens, block.bounds
    if content.name_starts is None:
        name_starts = declared_name_starts(text, tokens, bounds)
    else:
        first, end = np.searchsorted(content.name_starts, (block.start, block.start + len(text)))
        name_starts = content.name_starts[first:end] - block.start
    chunk_ends = np.searchsorted(bounds, name_starts, side="right")
    files = content.chunk_files[block.chunks[chunk_ends - 1]]
    words = named_words(
        text,
        tokens,
        name_starts,
        name_ends_max=bounds[chunk_ends],
        is_title=is_prose[files],
    )
    parts = ranges(
        np.searchsorted(tokens.part_words, words), np.searchsorted(tokens.part_words, words + 1)
    )
    keys = []
    for hashes, starts in (
        (tokens.hashes[words], tokens.starts[words]),
        (tokens.part_hashes[parts], tokens.part_starts[parts]),
    ):
        chunks = block.chunks[np.searchsorted(bounds, starts, side="right") - 1]
        keys.append(_keys(terms_of(hashes, Field.NAME), chunks))
    return keys


def _path_keys(content: SegmentContent) -> NDArray[np.uint64]:
    """Return a key with its frequency per chunk and token of where the chunk is.

    That is the path of its file, and the names of the definitions that it goes on
    with: a method far down in a class says nowhere what it belongs to.
    """
    files = np.unique(content.chunk_files)
    paths = [_searched_path(content.paths[file]).encode("utf-8", "replace") for file in files]
    first_chunks = np.searchsorted(content.chunk_files, files)
    end_chunks = np.searchsorted(content.chunk_files, files, side="right")
    keys = [_range_keys(paths, first_chunks, end_chunks)]
    if content.definition_ends is not None:
        keys.append(_scope_keys(content))
    return _with_frequencies(np.concatenate(keys))


def _scope_keys(content: SegmentContent) -> NDArray[np.uint64]:
    """Return a key per token of a name and further chunk of what has the name."""
    starts, ends = content.name_starts, content.name_ends
    assert starts is not None
    assert ends is not None
    assert content.definition_ends is not None
    first_chunks = np.searchsorted(content.chunk_starts, starts, side="right")
    end_chunks = np.searchsorted(content.chunk_starts, content.definition_ends)
    wide = np.flatnonzero(end_chunks > first_chunks)
    names = [
        content.text[start:end].replace(b"\n", b" ")[:_SCOPE_BYTES_MAX] + b"\n"
        for start, end in zip(starts[wide].tolist(), ends[wide].tolist(), strict=True)
    ]
    return _range_keys(names, first_chunks[wide], end_chunks[wide])


def _range_keys(
    names: list[bytes], first_chunks: NDArray[np.int64], end_chunks: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return a key of a path per token of a name and chunk of its range.

    Args:
        names: Each ended by a line feed.
        first_chunks: The first chunk of each. Shape `(name_count,)`.
        end_chunks: The one after the last. Shape `(name_count,)`.
    """
    bounds = np.cumsum([0, *map(len, names)])
    if not bounds[-1]:
        return np.empty(0, np.uint64)
    tokens = tokens_of(b"".join(names), bounds[:-1])
    hashes = np.concatenate((tokens.hashes, tokens.part_hashes))
    starts = np.concatenate((tokens.starts, tokens.part_starts))
    owners = np.searchsorted(bounds, starts, side="right") - 1
    firsts, counts = first_chunks[owners], (end_chunks - first_chunks)[owners]
    terms = np.repeat(terms_of(hashes, Field.PATH), counts)
    return _keys(terms, ranges(firsts, firsts + counts))


def _searched_path(path: str) -> str:
    """Leave the suffix out: the language of a file is a filter, not a word."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{PurePosixPath(name).stem}\n"


def _keys(terms: NDArray[np.uint64], chunks: NDArray[np.int64]) -> NDArray[np.uint64]:
    keys = terms << _TERM_SHIFT
    keys |= chunks.astype(np.uint64) << _CHUNK_SHIFT
    return keys


def _with_frequencies(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return each key once, with the code of how often it was there. Sorts `keys`."""
    keys.sort()
    firsts = _run_starts(keys)
    frequencies = np.diff(firsts, append=len(keys))
    return keys[firsts] | _CODE_BY_FREQUENCY[np.minimum(frequencies, _FREQUENCY_MAX)]


def _run_starts(values: NDArray[np.uint64]) -> NDArray[np.intp]:
    is_first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


def _tables(keys: NDArray[np.uint64], sums: _Sums) -> LexicalTables:
    """Return the tables. Sorts `keys` and uses them up."""
    keys.sort()
    postings = keys.astype(np.uint16)  # keeps the lowest 16 bits
    keys >>= _TERM_SHIFT
    firsts = _run_starts(keys)
    return LexicalTables(
        terms=keys[firsts],
        posting_starts=np.append(firsts, len(keys)).astype(np.uint32),
        postings=postings,
        chunk_lengths=np.minimum(sums.lengths, _CHUNK_LENGTH_MAX).astype(np.uint16),
        simhashes=signatures_of(sums.bit_counts, sums.token_counts),
    )
