"""What of a chunk is embedded: passages, each with a line that says where it is.

A chunk packs several short definitions, and one vector of all of them finds none: measured,
one vector per definition raised the recall of vectors from .69 to .83. So a passage begins
where a definition begins, and what is long is cut at line ends. In front of it stand the
path and the qualified name, as the only words that many bodies lack.

The key of a chunk is a hash of everything that its passages are made of. Where it is the
same, so are the vectors; nothing else says which vectors are of which chunk.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.chunk_table import NAME_START, START, ChunkTable
from nanobot_indexer.volume.format import Section

PASSAGE_VERSION: Final = 1
"""Counts up when the rules below change: vectors of older rules are not used."""
PASSAGE_BYTES: Final = 450
"""What is longer by much is cut into pieces of about this size."""
PASSAGES_MAX: Final = 32
"""Of one chunk; the rest of it is found by its words only."""
TOKENS_MAX: Final = 160
"""Of a passage with its first line."""

_UNCUT_SHARE: Final = 1.4
_LEAD_BYTES_MIN: Final = 40
_PATH_CHARS_MAX: Final = 200
_NAME_CHARS_MAX: Final = 120
# Odd constants of splitmix64, S. Vigna.
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_2: Final = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT: Final = np.uint64(31)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a chunk."""

    definition: int | None
    """That it begins, or lies in: an index in the segment. None outside of any."""
    text: str
    """What is embedded."""


def passages_of(table: ChunkTable, chunk: int) -> list[Passage]:
    """Return the passages of a chunk, in the order of the text."""
    path = table.path_bytes(int(table.files[chunk])).decode("utf-8", "replace")[-_PATH_CHARS_MAX:]
    found: list[Passage] = []
    for definition, piece in _pieces(table, chunk):
        name = "" if definition is None else table.qualified_name_of(definition)
        lead = f"{path} {name[-_NAME_CHARS_MAX:]}\n"
        # Indentation stays: to the model all space is one.
        texts = [window.decode("utf-8", "replace") for window in _windows(piece)]
        found += [Passage(definition, lead + text) for text in texts if not text.isspace()]
    # A chunk of nothing but space has no words either; still it is done.
    return found[:PASSAGES_MAX] or [Passage(None, f"{path}\n")]


def chunk_keys(table: ChunkTable) -> NDArray[np.uint64]:
    """Return the key of each chunk of a segment. Shape `(chunk,)`.

    A chunk's id is a hash of its bytes; path, enclosing name and where definitions begin
    are not in them.
    """
    segment = table.segment
    ids = segment.array(Section.CHUNK_IDS)
    files, places = np.unique(table.files, return_inverse=True)
    paths = np.array([_hash(table.path_bytes(int(one))) for one in files], np.uint64)
    owners, owned = np.unique(segment.array(Section.CHUNKS)["definition"], return_inverse=True)
    names = np.array([_name_hash(table, int(one)) for one in owners], np.uint64)
    keys = ids
    for part in (paths[places], names[owned], _starts_hashes(table)):
        # Products wrap around on purpose.
        keys = (keys ^ part) * _MIX
        keys = (keys ^ (keys >> _SHIFT)) * _MIX_2
    return keys


def _pieces(table: ChunkTable, chunk: int) -> list[tuple[int | None, bytes]]:
    """Cut a chunk where definitions begin."""
    text = table.text_of(chunk)
    around = table.definition_around(chunk)
    base, _ = table.byte_range(chunk)
    own = table.definitions_in(chunk).tolist()
    definition_by_start: dict[int, int] = {}
    for definition, row in zip(own, table.rows_of(own), strict=True):
        # A decorator of a definition may be in the chunk before.
        start = max(0, row[START] - base)
        assert row[NAME_START] >= base
        # Of those with one start the innermost says most.
        definition_by_start[start] = definition
    starts = sorted(definition_by_start)
    if not starts:
        return [(around, text)]
    pieces: list[tuple[int | None, bytes]] = []
    lead = text[: starts[0]]
    if len(lead.strip()) > _LEAD_BYTES_MIN:
        pieces.append((around, lead))
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        pieces.append((definition_by_start[start], text[start:end]))
    return pieces


def _windows(piece: bytes) -> list[bytes]:
    """Cut a long piece at line ends into windows of about equal size."""
    if len(piece) <= _UNCUT_SHARE * PASSAGE_BYTES:
        return [piece]
    size = len(piece) / max(2, round(len(piece) / PASSAGE_BYTES))
    windows: list[bytes] = []
    current = b""
    for line in piece.splitlines(keepends=True):
        if current and len(current) + len(line) / 2 > size:
            windows.append(current)
            current = b""
        current += line
    return [*windows, current]


def _starts_hashes(table: ChunkTable) -> NDArray[np.uint64]:
    """Return for each chunk a hash of where in it definitions begin. Shape `(chunk,)`."""
    segment = table.segment
    starts = segment.file_starts[table.definition_files]
    starts = starts + segment.array(Section.DEFINITIONS)["start_byte"]
    places = (starts - table.starts[table.definition_chunks]).astype(np.uint64)
    sums = np.zeros(table.count, np.uint64)
    # A sum does not depend on the order; the odd number keeps a start of 0 from vanishing.
    np.add.at(sums, table.definition_chunks, (places * np.uint64(2) + np.uint64(1)) * _MIX)
    return sums


def _name_hash(table: ChunkTable, definition: int) -> int:
    return _hash(table.qualified_name_of(definition).encode()) if definition >= 0 else 0


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
