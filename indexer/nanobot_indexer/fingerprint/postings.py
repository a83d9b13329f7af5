"""The lexical tables of a segment, from its text.

Block by block: which words its chunks have (`words`), and then how often they have
the terms of these words (`chunk_terms`). Each term of a chunk is one 64-bit key

    term (48 bits) | chunk (13 bits) | code of the frequency (3 bits)

so the keys of all blocks, sorted, are the postings: no key is ever carried beside a
payload, which would need a sort that is five times slower.

What a chunk is indexed by does not depend on the blocks, nor on the other chunks.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.chunk_terms import CHUNKS_MAX as BLOCK_CHUNKS_MAX
from nanobot_indexer.fingerprint.chunk_terms import (
    ChunkTerms,
    ChunkWords,
    chunk_terms,
    chunk_words,
    merged,
    word_terms,
)
from nanobot_indexer.fingerprint.content import CHUNKS_MAX, LexicalTables, SegmentContent
from nanobot_indexer.fingerprint.declaration import declared_name_starts, named_words, ranges
from nanobot_indexer.fingerprint.hashing import Field, terms_of
from nanobot_indexer.fingerprint.simhash import SIGNATURE_BITS, bit_counts, signatures_of
from nanobot_indexer.fingerprint.tokens import Tokens, tokens_of
from nanobot_indexer.fingerprint.words import (
    PADDING,
    WORD_BYTES,
    DifferentWords,
    Words,
    different_words,
    vocabulary_of,
    words_of,
)

BLOCK_BYTES: Final = 384 * 1024
"""Text that is looked at together: its arrays fit the cache of a core."""
_BATCH_BYTES: Final = 4 * 1024 * 1024
"""Text whose different words are looked at together."""

_TERM_SHIFT: Final = np.uint64(16)
_CHUNK_SHIFT: Final = np.uint64(3)
_CHUNK_LENGTH_MAX: Final = (1 << 16) - 1
# Of a longer name the beginning counts: hostile code nests many, and each chunk has all.
_SCOPE_BYTES_MAX: Final = 64
# No word this far behind the start of a name is part of it.
_NAME_GAP_BYTES_MAX: Final = 16

# A frequency is looked up with its smallest value; 21 and more are the last code.
_FREQUENCY_MAX: Final = 21
_CODE_BY_FREQUENCY: Final = np.array(
    [0, 0, 1, 2, 3, *[4] * 2, *[5] * 4, *[6] * 10, 7], np.uint64
)  # (frequency,)
assert len(_CODE_BY_FREQUENCY) == _FREQUENCY_MAX + 1

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
        [_split_suffix(path)[1].lower() in _PROSE_SUFFIXES for path in content.paths], np.bool_
    )  # (file,)
    sums = _Sums(
        lengths=np.zeros(chunk_count, np.int64),
        token_counts=np.zeros(chunk_count, np.int64),
        bit_counts=np.zeros((chunk_count, SIGNATURE_BITS), np.int64),
    )
    keys = []
    names: list[_Names] = []
    for places in _batches(_places(content.chunk_starts, content.text, block_bytes)):
        batch = []
        for place in places:
            block = _block_at(place, content)
            names.append(_names(block, content, is_prose))
            found = chunk_words(block.words, block.bounds)
            batch.append(_BlockWords(place, found, different_words(block.words)))
        keys += _body_keys(batch, sums)
    keys.append(_place_keys(content, names))
    return _tables(np.concatenate(keys), sums)


class _Sums(NamedTuple):
    """What is counted per chunk, block after block."""

    lengths: NDArray[np.int64]
    """Tokens that are terms of the body. Shape `(chunk_count,)`."""
    token_counts: NDArray[np.int64]
    """Tokens that are in the signature. Shape `(chunk_count,)`."""
    bit_counts: NDArray[np.int64]
    """Shape `(chunk_count, 64)`."""


class _Place(NamedTuple):
    """Whole chunks, or a piece of a chunk that is larger than a block."""

    start: int
    end: int
    """Exclusive."""
    first_chunk: int
    end_chunk: int
    """Exclusive."""
    is_last: bool
    """Whether `end` is the end of a chunk."""


class _Block(NamedTuple):
    """The text of a place, and what is in it."""

    start: int
    """Offset in the text of the segment."""
    end: int
    """Exclusive."""
    words: Words
    first_chunk: int
    bounds: NDArray[np.int64]
    """Where the chunks start in the block, and its length. Shape `(chunk_count + 1,)`.

    A later piece of a large chunk starts before its block: its first bound is negative."""


class _BlockWords(NamedTuple):
    """What is kept of a block until the words of its batch are known."""

    place: _Place
    found: ChunkWords
    different: DifferentWords


class _Names(NamedTuple):
    """Names of definitions."""

    texts: list[bytes]
    """What stands from the start of each name on, at least one byte."""
    chunks: NDArray[np.int64]
    """Where each is. Shape `(name_count,)`."""
    are_titles: NDArray[np.bool_]
    """Whether all words of its text count. Shape `(name_count,)`."""


def _block_at(place: _Place, content: SegmentContent) -> _Block:
    chunk_starts = content.chunk_starts[place.first_chunk : place.end_chunk] - place.start
    text = memoryview(content.text)[place.start : place.end]
    return _Block(
        start=place.start,
        end=place.end,
        words=words_of(text, chunk_starts[chunk_starts >= 0]),
        first_chunk=place.first_chunk,
        bounds=np.append(chunk_starts, len(text)),
    )


def _places(chunk_starts: NDArray[np.int64], text: bytes, block_bytes: int) -> Iterator[_Place]:
    bounds = chunk_starts.tolist()
    chunk_count = len(bounds) - 1
    first = 0
    while first < chunk_count:
        end = int(np.searchsorted(chunk_starts, bounds[first] + block_bytes, side="right")) - 1
        if end > first:
            end = min(end, chunk_count, first + BLOCK_CHUNKS_MAX)
            yield _Place(bounds[first], bounds[end], first, end, is_last=True)
            first = end
            continue
        position, chunk_end = bounds[first], bounds[first + 1]
        while chunk_end - position > block_bytes:
            # Not through a line, nor through a word, unless they are a block long.
            piece = text[position : position + block_bytes]
            size = piece.rfind(b"\n") + 1 or len(piece.rstrip(WORD_BYTES)) or block_bytes
            yield _Place(position, position + size, first, first + 1, is_last=False)
            position += size
        yield _Place(position, chunk_end, first, first + 1, is_last=True)
        first += 1


def _batches(places: Iterator[_Place]) -> Iterator[list[_Place]]:
    """Put places together; a chunk is in one batch."""
    batch: list[_Place] = []
    for place in places:
        batch.append(place)
        if place.is_last and place.end - batch[0].start >= _BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _body_keys(batch: list[_BlockWords], sums: _Sums) -> list[NDArray[np.uint64]]:
    """Return keys of the terms of the chunks of blocks, and add what they have to `sums`."""
    vocabulary = vocabulary_of([one.different for one in batch])
    terms = word_terms(vocabulary)
    keys = []
    pieces: list[ChunkTerms] = []
    for one, numbers in zip(batch, vocabulary.numbers, strict=True):
        found, left_out = chunk_terms(one.found, numbers, terms)
        place = one.place
        chunks = slice(place.first_chunk, place.end_chunk)
        sums.lengths[chunks] += found.totals
        for counted in (found, left_out):
            if counted is not None:
                sums.token_counts[chunks] += counted.totals
                sums.bit_counts[chunks] += bit_counts(counted.terms, counted.bounds, counted.counts)
        if place.is_last and not pieces:
            keys.append(_counted_keys(found, place.first_chunk))
            continue
        pieces.append(found)
        if place.is_last:
            keys.append(_counted_keys(merged(pieces), place.first_chunk))
            pieces.clear()
    return keys


def _counted_keys(found: ChunkTerms, first_chunk: int) -> NDArray[np.uint64]:
    """Return a key with its frequency per chunk and term."""
    chunks = np.arange(first_chunk, first_chunk + len(found.bounds) - 1, dtype=np.uint64)
    keys = found.terms << _TERM_SHIFT
    keys |= np.repeat(chunks << _CHUNK_SHIFT, np.diff(found.bounds))
    keys |= _CODE_BY_FREQUENCY.take(found.counts, mode="clip")
    return keys


def _names(block: _Block, content: SegmentContent, is_prose: NDArray[np.bool_]) -> _Names:
    """Return the names of definitions in a block."""
    words, bounds = block.words, block.bounds
    if content.name_starts is None:
        starts = declared_name_starts(words, bounds)
    else:
        first, end = np.searchsorted(content.name_starts, (block.start, block.end))
        starts = content.name_starts[first:end] - block.start
    if not (starts.size and words.starts.size):
        return _Names([], np.empty(0, np.int64), np.empty(0, np.bool_))
    chunks = np.searchsorted(bounds, starts, side="right") - 1
    is_title = is_prose[content.chunk_files[chunks + block.first_chunk]]
    # Up to the end of the word that it starts with, or of its line.
    nexts = np.searchsorted(words.ends, starts + PADDING, side="right")
    nexts = np.minimum(nexts, len(words.ends) - 1)
    ends = np.minimum(words.ends[nexts] - PADDING, bounds[chunks + 1])
    ends[words.starts[nexts] - PADDING - starts > _NAME_GAP_BYTES_MAX] = 0
    begins, chunk_ends = starts + block.start, bounds[chunks + 1] + block.start
    ends += block.start
    for title in np.flatnonzero(is_title).tolist():
        newline = content.text.find(b"\n", begins[title], chunk_ends[title])
        ends[title] = newline if newline >= 0 else chunk_ends[title]
    kept = np.flatnonzero(ends > begins)
    places = zip(begins[kept].tolist(), ends[kept].tolist(), strict=True)
    texts = [content.text[begin:end] for begin, end in places]
    return _Names(texts, chunks[kept] + block.first_chunk, is_title[kept])


def _place_keys(content: SegmentContent, names: list[_Names]) -> NDArray[np.uint64]:
    """Return a key with its frequency per chunk and token of its names and of where it is.

    Where it is: the path of its file, and the names of the definitions that it goes on
    with, as a method far down in a class says nowhere what it belongs to.
    """
    scopes = [_paths(content)]
    if content.definition_ends is not None:
        scopes.append(_scopes(content))
    name_texts = [text for one in names for text in one.texts]
    texts = [*name_texts, *(text for one in scopes for text in one.texts)]
    if not texts:
        return np.empty(0, np.uint64)
    # All at once: a call takes as long as a page of text.
    bounds = np.cumsum([0, *map(len, texts)])
    text = b"".join(texts)
    tokens = tokens_of(text, bounds[:-1])
    name_bounds = bounds[: len(name_texts) + 1]
    scope_starts = bounds[len(name_texts) : -1]
    keys = _scope_keys(tokens, scope_starts, scopes)
    if name_texts:
        chunks = np.concatenate([one.chunks for one in names])
        are_titles = np.concatenate([one.are_titles for one in names])
        words = named_words(
            text,
            tokens,
            name_bounds[:-1],
            name_ends_max=name_bounds[1:],
            is_title=are_titles,
        )
        keys = np.concatenate((keys, _name_keys(tokens, words, name_bounds, chunks)))
    return _with_frequencies(keys)


def _name_keys(
    tokens: Tokens,
    words: NDArray[np.int64],
    bounds: NDArray[np.int64],
    chunks: NDArray[np.int64],
) -> NDArray[np.uint64]:
    """Return a key per token of some names.

    Args:
        tokens: Of the names, and more.
        words: Those that are in names, ascending.
        bounds: Where each name starts, and where the last one ends.
        chunks: Where each is. Shape `(name_count,)`.
    """
    parts = ranges(
        np.searchsorted(tokens.part_words, words), np.searchsorted(tokens.part_words, words + 1)
    )
    hashes = np.concatenate((tokens.hashes[words], tokens.part_hashes[parts]))
    starts = np.concatenate((tokens.starts[words], tokens.part_starts[parts]))
    owners = np.searchsorted(bounds, starts, side="right") - 1
    return _keys(terms_of(hashes, Field.NAME), chunks[owners])


class _Scopes(NamedTuple):
    """What some chunks in a row belong to."""

    texts: list[bytes]
    """Its name, ended by a line feed."""
    first_chunks: NDArray[np.int64]
    """The first chunk of each. Shape `(scope_count,)`."""
    end_chunks: NDArray[np.int64]
    """The one after the last. Shape `(scope_count,)`."""


def _paths(content: SegmentContent) -> _Scopes:
    """Return the files that have chunks."""
    files = content.chunk_files[_run_starts(content.chunk_files)]
    return _Scopes(
        [_searched_path(content.paths[file]).encode("utf-8", "replace") for file in files],
        np.searchsorted(content.chunk_files, files),
        np.searchsorted(content.chunk_files, files, side="right"),
    )


def _scopes(content: SegmentContent) -> _Scopes:
    """Return the definitions that have several chunks, with the further ones."""
    starts, ends = content.name_starts, content.name_ends
    assert starts is not None
    assert ends is not None
    assert content.definition_ends is not None
    first_chunks = np.searchsorted(content.chunk_starts, starts, side="right")
    end_chunks = np.searchsorted(content.chunk_starts, content.definition_ends)
    wide = np.flatnonzero(end_chunks > first_chunks)
    texts = [
        content.text[start:end].replace(b"\n", b" ")[:_SCOPE_BYTES_MAX] + b"\n"
        for start, end in zip(starts[wide].tolist(), ends[wide].tolist(), strict=True)
    ]
    return _Scopes(texts, first_chunks[wide], end_chunks[wide])


def _scope_keys(
    tokens: Tokens, scope_starts: NDArray[np.int64], scopes: list[_Scopes]
) -> NDArray[np.uint64]:
    """Return a key of a path per token of a scope and chunk of it.

    Args:
        tokens: Those from the first of `scope_starts` on are of scopes.
        scope_starts: Where the text of each scope starts.
        scopes: As many, in order.
    """
    if not scope_starts.size:
        return np.empty(0, np.uint64)
    word, part = (
        np.searchsorted(starts, scope_starts[0]) for starts in (tokens.starts, tokens.part_starts)
    )
    hashes = np.concatenate((tokens.hashes[word:], tokens.part_hashes[part:]))
    starts = np.concatenate((tokens.starts[word:], tokens.part_starts[part:]))
    owners = np.searchsorted(scope_starts, starts, side="right") - 1
    firsts = np.concatenate([one.first_chunks for one in scopes])[owners]
    ends = np.concatenate([one.end_chunks for one in scopes])[owners]
    terms = np.repeat(terms_of(hashes, Field.PATH), ends - firsts)
    return _keys(terms, ranges(firsts, ends))


def _searched_path(path: str) -> str:
    """Leave the suffix out: the language of a file is a filter, not a word."""
    return f"{_split_suffix(path)[0]}\n"


def _split_suffix(path: str) -> tuple[str, str]:
    """Return a path without the suffix of its name, and the suffix.

    As `pathlib` does it, which takes as long as indexing a kilobyte.
    """
    dot = path.rfind(".")
    name_start = path.rfind("/") + 1
    return (path[:dot], path[dot:]) if name_start < dot < len(path) - 1 else (path, "")


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


def _run_starts(values: NDArray[np.uint64] | NDArray[np.int64]) -> NDArray[np.intp]:
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
