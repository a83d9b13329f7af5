"""What a question says letter for letter: addresses, versions, codes, expressions.

`10.0.0.7` is four small numbers to an index of words. Chunks that have all of them are
few, and the text of each says whether they stand together. Numbers in tables of data
are no words of the index: when a question is nothing but such a piece and no chunk has
its words, the text itself is searched. A whole message that stands somewhere as it was
typed is what was looked for as well, however common its words.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.content import WORD_BYTES_MIN
from nanobot_indexer.fingerprint.tokens import query_tokens
from nanobot_indexer.search.bm25 import Collection, distinct, in_both
from nanobot_indexer.search.chunk_table import ChunkTable

PIECES_MAX: Final = 3
"""Of one question. More than that is pasted text."""
MESSAGE_WORDS_MIN: Final = 4
"""Fewer words stand together by chance."""
MESSAGE_CHARS_MAX: Final = 300
"""A longer question is not looked for as it stands."""
_PIECE_BYTES_MAX: Final = 200
_VERIFIED_CHUNKS_MAX: Final = 500
_SCANNED_PER_SEGMENT_MAX: Final = 64

# Signs that are glue inside of a piece; at its ends they are punctuation of a sentence.
_GLUE: Final = re.compile(r"\w[./:\\@#$%&=+*<>|~^-]+\w|\d")
_ENDS: Final = " \t\r\n.,;:!?'\"`()[]{}"


def verbatim_pieces(text: str) -> tuple[str, ...]:
    """Return what of a question should be found letter for letter, at most `PIECES_MAX`."""
    pieces = [piece.strip(_ENDS) for piece in text.split()]
    found = [piece for piece in pieces if _is_verbatim(piece)]
    return tuple(dict.fromkeys(found))[:PIECES_MAX]


def _is_verbatim(piece: str) -> bool:
    if len(piece.encode("utf-8", "replace")) > _PIECE_BYTES_MAX:
        return False
    # One word is a word, with digits or without.
    return _GLUE.search(piece) is not None and re.fullmatch(r"\w*", piece) is None


def chunks_with(
    collection: Collection, text: str, candidates: Sequence[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return the live chunks that have a text letter for letter, ascending.

    Args:
        collection: All chunks.
        text: A piece of a question, or the whole of it. Small letters match capitals.
        candidates: The chunks of each segment to look at.
    """
    needle = text.encode("utf-8", "replace")
    is_small = text.islower()
    found: list[int] = []
    budget = _VERIFIED_CHUNKS_MAX
    for number, chunks in enumerate(candidates):
        table = collection.tables[number]
        for chunk in chunks[:budget].tolist():
            budget -= 1
            own = table.text_of(chunk)
            if needle in own or (is_small and needle in own.lower()):
                found.append(int(collection.starts[number]) + chunk)
    return _live(collection, found)


def chunks_with_words(collection: Collection, piece: str) -> list[NDArray[np.int64]]:
    """Return the chunks of each segment that have every word of a piece."""
    # A letter or digit alone is no word of a text.
    tokens = [one for one in query_tokens(piece) if len(one.text.encode()) >= WORD_BYTES_MIN]
    terms = distinct(np.array([token.whole.body for token in tokens], np.uint64))
    return [_candidates(table, terms) for table in collection.tables]


def scanned_chunks_with(collection: Collection, piece: str) -> NDArray[np.int64]:
    """Return the same by looking at the text, some of each segment. Costs a scan."""
    needle = piece.encode("utf-8", "replace")
    found: list[int] = []
    for number, table in enumerate(collection.tables):
        buffer, begin, end = table.segment.text_buffer()
        place = begin
        for _ in range(_SCANNED_PER_SEGMENT_MAX):
            place = buffer.find(needle, place, end)
            if place < 0:
                break
            chunk = int(np.searchsorted(table.starts, place - begin, side="right")) - 1
            found.append(int(collection.starts[number]) + chunk)
            place = begin + int(table.ends[chunk])
    return _live(collection, found)


def _candidates(table: ChunkTable, terms: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the chunks of a segment that have all terms."""
    if not len(terms) or not len(table.terms):
        return np.empty(0, np.int64)
    places = np.minimum(table.terms.searchsorted(terms), len(table.terms) - 1)
    if (table.terms[places] != terms).any():
        return np.empty(0, np.int64)
    bounds = [(int(table.posting_starts[at]), int(table.posting_starts[at + 1])) for at in places]
    bounds.sort(key=lambda bound: bound[1] - bound[0])
    chunks = table.postings[slice(*bounds[0])] >> 3
    for begin, end in bounds[1:]:
        chunks = in_both(chunks, table.postings[begin:end] >> 3)
    return chunks.astype(np.int64)


def _live(collection: Collection, chunks: list[int]) -> NDArray[np.int64]:
    found = distinct(np.array(chunks, np.int64))
    return found if collection.is_live is None else found[collection.is_live[found]]
