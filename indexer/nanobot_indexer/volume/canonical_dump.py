"""Everything an index says, in path order, whatever segments it is made of.

Two indexes of equal workspaces have equal dumps: one that grew by changes and one
that was made at once. Numbers of segments and generations, dead files and time
stamps are left out, because they may differ.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.volume.file_list import FileList
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.workspace.skip import Skipped

_POSTING: Final = np.dtype([("term", "<u8"), ("code", "<u2")])
_CODE_BITS: Final = 3


def dump_hash(files: FileList, skipped: Iterable[Skipped]) -> str:
    """Return the SHA-256 of the lines of a dump, as hexadecimal digits.

    Raises:
        VolumeError: Something that was not used before is damaged.
    """
    digest = hashlib.sha256()
    for line in dump_lines(files, skipped):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def dump_lines(files: FileList, skipped: Iterable[Skipped]) -> Iterator[str]:
    """Yield a dump, one fact per line, so that two of them can be compared.

    Args:
        files: Of the index.
        skipped: What it left out.

    Raises:
        VolumeError: Something that was not used before is damaged.
    """
    postings_by_segment: dict[int, npt.NDArray[Any]] = {}
    for segment, file in files.places():
        found = postings_by_segment.get(id(segment))
        if found is None:
            found = postings_by_segment[id(segment)] = _postings_by_chunk(segment)
        yield from _file_lines(segment, file, found)
    for one in sorted(skipped, key=astuple):
        yield _line("skipped", one.path, one.reason, one.detail)


def _file_lines(segment: Segment, file: int, postings: npt.NDArray[Any]) -> Iterator[str]:
    entry = segment.entry(file)
    text = segment.text(file)
    yield _line("file", *astuple(entry), hashlib.sha256(text).hexdigest() == entry.sha256)
    chunks = segment.array(Section.CHUNKS)
    first, end = segment.chunk_file_starts[file : file + 2].tolist()
    first_definition = int(segment.definition_starts[file])
    for chunk in range(first, end):
        _, start_byte, end_byte = segment.chunk_range(chunk)
        definition = int(chunks["definition"][chunk])
        yield _line(
            "chunk",
            start_byte,
            end_byte,
            *segment.chunk_lines(chunk),
            definition if definition < 0 else definition - first_definition,
            f"{int(segment.array(Section.CHUNK_IDS)[chunk]):016x}",
            f"{int(segment.array(Section.SIMHASHES)[chunk]):016x}",
            int(segment.array(Section.CHUNK_LENGTHS)[chunk]),
            str(postings[chunk]),
        )
    for one in segment.definitions(file):
        yield _line("definition", *astuple(one))
    for imported in segment.imports(file):
        yield _line("import", *astuple(imported))


def _postings_by_chunk(segment: Segment) -> npt.NDArray[Any]:
    """Return a hash of the terms of every chunk and how often it has them."""
    postings = segment.array(Section.POSTINGS)
    starts = segment.array(Section.POSTING_STARTS)
    counts = starts[1:] - starts[:-1]
    rows = np.zeros(len(postings), dtype=_POSTING)
    rows["term"] = np.repeat(segment.array(Section.TERMS), counts)
    rows["code"] = postings & ((1 << _CODE_BITS) - 1)
    chunks = postings >> _CODE_BITS
    # Terms ascend, and a stable sort keeps them so inside of a chunk.
    order = np.argsort(chunks, kind="stable")
    bounds = np.searchsorted(chunks[order], np.arange(segment.chunk_count + 1))
    content = memoryview(rows[order].tobytes())
    return np.array(
        [
            hashlib.blake2b(
                content[start * _POSTING.itemsize : end * _POSTING.itemsize], digest_size=8
            ).hexdigest()
            for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]
    )


def _line(*values: object) -> str:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":"))
