"""What goes into the lexical part of a segment, and what comes out.

The writer of segments and the code that fingerprints them share these two values
and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD_BYTES_MIN: Final = 2
"""A shorter word is no term of a body: nearly every chunk has an `i` or a `1`."""

CHUNKS_MAX: Final = 1 << 13
"""Of one segment: a posting has 13 bits for its chunk."""

FREQUENCY_BY_CODE: Final = (1.0, 2.0, 3.0, 4.0, 5.5, 8.0, 14.0, 25.0)
"""What a code of a term frequency stands for, in scoring."""


@dataclass(frozen=True, slots=True)
class SegmentContent:
    """The text of one segment, cut into files and chunks."""

    text: bytes
    """All files, concatenated."""
    file_starts: NDArray[np.int64]
    """Offsets in `text`, and its length. Shape `(file_count + 1,)`."""
    paths: Sequence[str]
    """Workspace-relative, `/`-separated. Shape `(file_count,)`."""
    chunk_starts: NDArray[np.int64]
    """Offsets in `text`, ascending, and its length. Shape `(chunk_count + 1,)`.

    An empty file has no chunk; every other file starts one."""
    chunk_files: NDArray[np.int64]
    """Shape `(chunk_count,)`, values in [0, file_count)."""
    name_starts: NDArray[np.int64] | None
    """Offsets in `text` of the first byte of the names of definitions, ascending.

    None: nobody parsed the text yet; names are taken from behind words like `def`."""
    name_ends: NDArray[np.int64] | None = None
    """Exclusive. Shape as `name_starts`."""
    definition_ends: NDArray[np.int64] | None = None
    """Where each definition as a whole ends, exclusive. Shape as `name_starts`.

    None, as `name_ends` then is: what goes on over several chunks is not known."""


@dataclass(frozen=True, slots=True)
class LexicalTables:
    """Which chunks have which terms, and what each chunk looks like."""

    terms: NDArray[np.uint64]
    """Unique, ascending. Shape `(term_count,)`, values below 2**48."""
    posting_starts: NDArray[np.uint32]
    """Where the postings of each term start, and how many there are.

    Shape `(term_count + 1,)`."""
    postings: NDArray[np.uint16]
    """Chunk << 3 | code of the term frequency; ascending inside a term."""
    chunk_lengths: NDArray[np.uint16]
    """Body tokens of each chunk, at most 65,535. Shape `(chunk_count,)`."""
    simhashes: NDArray[np.uint64]
    """Shape `(chunk_count,)`."""
