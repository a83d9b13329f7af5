"""What a question says letter for letter: addresses, versions, codes, expressions.

`10.0.0.7` is four small numbers to an index of words. Chunks that have all of them are
few, and the text of each says whether they stand together. Numbers in tables of data
are no words of the index: when a question is nothing but such a piece and no chunk has
its words, the text itself is searched. A whole message that stands somewhere as it was
typed is what was looked for as well, however common its words.
"""

import re
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.bm25 import Collection, distinct

PIECES_MAX: Final = 3
"""Of one question. More than that is pasted text."""
MESSAGE_WORDS_MIN: Final = 4
"""Fewer words stand together by chance."""
MESSAGE_CHARS_MAX: Final = 300
"""A longer question is not looked for as it stands."""
_PIECE_BYTES_MAX: Final = 200
_VERIFIED_CHUNKS_MAX: Final = 500

# Signs that are glue inside of a piece; at its ends they are punctuation of a sentence.
_GLUE: Final = re.compile(r"\w[./:\\@#$%&=+*<>|~^-]+\w|\d")
_ENDS: Final = " \t\r\n.,;:!?'\"`()[]{}"


def verbatim_pieces(text: str) -> tuple[str, ...]:
    """Return what of a question should be found letter for letter, at most `PIECES_MAX`."""
    pieces = [piece.strip(_ENDS) for piece in text.split()]
    found = [piece for piece in pieces if _is_verbatim(piece)]
    return tuple(dict.fromkeys(found))[:PIECES_MAX]


@lru_cache(maxsize=4096)
def _is_verbatim(piece: str) -> bool:
    if len(piece.encode("utf-8", "replace")) > _PIECE_BYTES_MAX:
        return False
    # One word is a word, with digits or without.
    return _GLUE.search(piece) is not None and re.fullmatch(r"\w*", piece) is None


def chunks_with(
    collection: Collection, text: str, candidates: NDArray[np.int64], scores: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return which of some chunks have a text letter for letter, ascending.

    Args:
        collection: All chunks.
        text: A piece of a question, or the whole of it. Small letters match capitals.
        candidates: Where to look. Of very many, the best are looked at.
        scores: What chunks are worth otherwise. Shape `(chunk,)`.
    """
    needle = text.encode("utf-8", "replace")
    is_small = text.islower()
    if len(candidates) > _VERIFIED_CHUNKS_MAX:
        worth = scores[candidates]
        place = len(worth) - _VERIFIED_CHUNKS_MAX
        candidates = candidates[worth >= np.partition(worth, place)[place]]
    numbers = collection.numbers_of(candidates)
    own = candidates - collection.starts[numbers]
    has_text: list[bool] = []
    for number in distinct(numbers).tolist():
        table = collection.tables[number]
        has_text += table.have_text(own[numbers == number], needle, is_small=is_small)
    return candidates[np.array(has_text, np.bool_)]


def scanned_chunks_with(collection: Collection, piece: str) -> NDArray[np.int64]:
    """Return the live chunks with a text letter for letter, ascending. Costs a scan."""
    needle = piece.encode("utf-8", "replace")
    found: list[int] = []
    for number, table in enumerate(collection.tables):
        buffer, begin, end = table.segment.text_buffer()
        first = int(collection.starts[number])
        place = buffer.find(needle, begin, end)
        while place >= 0:
            chunk = int(np.searchsorted(table.starts, place - begin, side="right")) - 1
            found.append(first + chunk)
            # One occurrence per chunk is enough.
            place = buffer.find(needle, begin + int(table.ends[chunk]), end)
    return collection.live([np.array(found, np.int64)])
