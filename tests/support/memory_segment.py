"""Segments that were never on a disk, made by the same code as those that are."""

import hashlib
from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.language import Language, language_of
from nanobot_indexer.syntax.table import checked_table
from nanobot_indexer.volume.file_record import (
    FileRecord,
    FileSyntax,
    no_syntax,
    stored_syntax,
)
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.volume.segment_source import MemorySource
from nanobot_indexer.volume.tables import build_tables


def memory_segment(
    content_by_path: Mapping[str, str | bytes],
    *,
    dead: Collection[str] = (),
    revision: Revision = Revision.SYNTAX,
) -> Segment:
    """Return a segment with the given files, parsed in this process.

    Args:
        content_by_path: What the files hold. Text is UTF-8.
        dead: Paths of the files that are deleted or superseded.
        revision: `LEXICAL` leaves the definitions out.
    """
    contents = {
        path.encode(): content.encode() if isinstance(content, str) else content
        for path, content in content_by_path.items()
    }
    paths = sorted(contents)
    files = [_record(path.decode(), contents[path], revision) for path in paths]
    text = b"".join(contents[path] for path in paths)
    flags = np.array([path.decode() in dead for path in paths], np.bool_)
    return Segment(
        MemorySource(text, build_tables(files, text, revision)),
        revision=revision,
        text_bytes=len(text),
        dead=flags if flags.any() else None,
    )


def _record(path: str, content: bytes, revision: Revision) -> FileRecord:
    language = language_of(path, content)
    return FileRecord(
        path=path,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).digest(),
        encoding="utf-8",
        has_bom=False,
        language=language,
        syntax=_syntax(content, language)
        if revision >= Revision.SYNTAX
        else no_syntax(ParseStatus.PENDING),
    )


def _syntax(content: bytes, language: Language) -> FileSyntax:
    if language is Language.TEXT:
        return no_syntax(ParseStatus.TEXT)
    rows = _extractor(language).syntax(content)
    table = checked_table(
        rows.payload(),
        definition_count=rows.definition_count,
        import_count=rows.import_count,
        text=content,
    )
    status = ParseStatus.PARTIAL if rows.has_errors else ParseStatus.PARSED
    return stored_syntax(table, line_starts_of(content), status)


@lru_cache
def _extractor(language: Language) -> Extractor:
    return Extractor(language)
