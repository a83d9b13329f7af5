"""Where an identifier is used: every whole-word occurrence, and what it is there.

Found by text, so a name that two things share is found for both, and none is
missed. What an occurrence is, a definition, an import, code, or a word in a
comment or a string, is told from the tables and by a lexical scan of the file.
"""

import bisect
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.fingerprint.declaration import declared_name_start
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.grep import Scan
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.search.non_code import Region, RegionMap, has_scanner
from nanobot_indexer.search.pattern import Pattern
from nanobot_indexer.search.text_match import ShownFile, Span, TextMatch
from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import PARSE_STATUSES, Section

OCCURRENCES_MAX: Final = 20_000
"""Looked at for the roles that are asked for."""

_LAST_COMPONENT: Final = re.compile(r"[\w$~?!]+(?=(?:\(\))?\s*$)")
_MACRO: Final = re.compile(rb"[ \t]*#[ \t]*define[ \t]+$")
_IMPORT: Final = re.compile(
    rb"\s*(?:from\b|import\b|use\b|using\b|require\b|#\s*include\b|package\b"
    rb"|(?:const|let|var)\b.*\brequire\()"
)
_KNOWN_SYNTAX: Final = frozenset({ParseStatus.PARSED, ParseStatus.PARTIAL})


class Role(StrEnum):
    """What an occurrence is. Part of JSON documents: never rename a value."""

    DEFINITION = "definition"
    IMPORT = "import"
    CODE = "code"
    COMMENT = "comment"
    STRING = "string"
    TEXT = "text"
    """In a file whose language has no scanner."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One occurrence of an identifier."""

    role: Role
    match: TextMatch


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """What was found."""

    references: tuple[Reference, ...]
    """By path and place."""
    files_searched: int
    """How many files were looked at to their end."""
    files_total: int
    """How many pass the filters."""
    is_complete: bool
    reason: CutReason | None
    """Why there may be more; None when it is complete."""


def references(
    files: LiveFiles,
    name: str,
    *,
    limit: int,
    roles: Collection[Role] | None = None,
    path_glob: str | None = None,
    languages: Collection[Language] | None = None,
    context_lines: int = 0,
    timeout_s: float | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ReferenceResult:
    """Return where an identifier occurs as a whole word, in the same case.

    Args:
        files: What to search.
        name: An identifier. Of a name with its scope, like `Runner.run`, the last
            component is looked for: without types nobody knows what `x.run` is.
        limit: Upper bound on references.
        roles: Only these; None for all.
        path_glob: Only paths that match, written like a line of `.gitignore`.
        languages: Only files of these; None for all.
        context_lines: Lines to show before and after, at most `CONTEXT_LINES_MAX`.
        timeout_s: Give up after this many seconds, give or take a block of text.
        cancelled: Asked every few milliseconds; true stops the search.

    Raises:
        QueryEmptyError: There is no identifier in `name`.
        GlobInvalidError: `path_glob` is no pattern.
        VolumeCorruptError: The text is damaged.
    """
    component = _LAST_COMPONENT.search(name.strip())
    if component is None:
        raise QueryEmptyError(name)
    pattern = Pattern(component[0], is_regex=False, ignore_case=False, whole_word=True)
    selected = files.selected(path_glob=path_glob, languages=languages)
    scan = Scan(files, pattern, selected, timeout_s, cancelled)
    found: list[Reference] = []
    for shown, span, role in _classified(files, scan):
        if roles is not None and role not in roles:
            continue
        if len(found) >= limit:
            scan.reason = CutReason.LIMIT
            break
        found.append(Reference(role, shown.match(span, context_lines)))
    return ReferenceResult(
        references=tuple(found),
        files_searched=scan.files_searched,
        files_total=len(selected),
        is_complete=scan.reason is None,
        reason=scan.reason,
    )


def _classified(files: LiveFiles, scan: Scan) -> Iterator[tuple[ShownFile, Span, Role]]:
    roles: _FileRoles | None = None
    for count, span in enumerate(scan.spans()):
        if count >= OCCURRENCES_MAX:
            scan.reason = CutReason.LIMIT
            return
        if roles is None or roles.shown.position != span.position:
            roles = _FileRoles(ShownFile(files.place_at(span.position), span.position))
        yield roles.shown, span, roles.role_of(span)


class _FileRoles:
    """Tells what the occurrences in one file are."""

    def __init__(self, shown: ShownFile) -> None:
        self.shown = shown
        segment, file = shown.place.segment, shown.place.file
        row = segment.array(Section.FILES)[file]
        self._has_syntax = PARSE_STATUSES[int(row["parse_status"])] in _KNOWN_SYNTAX
        self._has_syntax &= segment.has_syntax
        self._language = segment.language_of(file)
        self._regions: RegionMap | None = None
        first, end = (int(start) for start in segment.definition_starts[file : file + 2])
        table = segment.array(Section.DEFINITIONS)[first:end]
        self._name_starts = frozenset(table["name_start_byte"].tolist())
        imports = segment.imports(file) if row["import_count"] else ()
        self._imports = sorted({(one.start_byte, one.end_byte) for one in imports})

    def role_of(self, span: Span) -> Role:
        """Return what an occurrence is."""
        start = span.start_byte
        if start in self._name_starts:
            return Role.DEFINITION
        if not has_scanner(self._language):
            return Role.TEXT
        if self._regions is None:
            self._regions = RegionMap(self.shown.content, self._language)
        region = self._regions.region_at(start)
        if region is not Region.CODE:
            return Role(region.value)
        # The last statement that begins before it is the one it may be in.
        number = bisect.bisect_right(self._imports, (start, len(self.shown.content))) - 1
        if number >= 0 and start < self._imports[number][1]:
            return Role.IMPORT
        if not self._has_syntax:
            return self._guessed(start)
        return Role.CODE

    def _guessed(self, start: int) -> Role:
        content = self.shown.content
        first = content.rfind(b"\n", 0, start) + 1
        line = content[first:start]
        # Before a file is parsed, its words tell nearly as much.
        if declared_name_start(content[first : start + 1]) == len(line) or _MACRO.match(line):
            return Role.DEFINITION
        return Role.IMPORT if _IMPORT.match(line) else Role.CODE
