"""The structure of one file: what is defined where, nested, with line ranges.

Definitions, which headings are in Markdown, or, for a file that has none, its first
and last lines. Rendered for a model within a number of characters: variables go
first, then the deepest entries, and the text says that they are missing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import range_handle
from nanobot_indexer.search.live_files import FilePlace, LiveFiles
from nanobot_indexer.syntax.definition import Definition, DefinitionKind, DefinitionRange
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.rows import SyntaxRows
from nanobot_indexer.syntax.sections import add_sections
from nanobot_indexer.syntax.table import checked_table

SIGNATURE_CHARS_MAX: Final = 200
ENTRIES_MAX: Final = 10_000
EDGE_LINES: Final = 10
"""How many first and last lines of a file without structure are shown."""
EDGE_LINE_CHARS_MAX: Final = 160

_MINOR: Final = frozenset({DefinitionKind.VARIABLE.value, DefinitionKind.CONSTANT.value})
_SPACE: Final = re.compile(r"\s+")

_Placed = tuple[Definition | DefinitionRange, int, int]
"""With its first and its last line."""


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A definition or a heading."""

    depth: int
    """0 at the top; an entry belongs to the last one before it that is less deep."""
    kind: str
    """A `DefinitionKind`."""
    name: str
    signature: str
    """The header on one line, cut to `SIGNATURE_CHARS_MAX`; the name when it is not known."""
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    handle: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The structure of a file."""

    path: str
    language: Language
    line_count: int
    handle: str
    """Of the whole file."""
    entries: tuple[OutlineEntry, ...]
    """Outer before inner, by start."""
    head: tuple[str, ...]
    """The first lines of a file without entries."""
    tail: tuple[str, ...]
    """Its last lines, as far as they are not in `head`."""
    is_complete: bool
    reason: CutReason | None
    """Why entries may be missing; None when it is complete."""

    def rendered(self, *, chars_max: int) -> str:
        """Return the outline as text for a model or a person.

        Args:
            chars_max: Upper bound on the text. Whole lines only, but always the first.
        """
        title = f"{self.path} ({self.language.value}, {self.line_count} lines)"
        if not self.entries:
            return _fitted([title, *self._edge_lines()], chars_max)
        deepest = max(entry.depth for entry in self.entries)
        lines = [title, *_entry_lines(self.entries, self.entries)]
        for depth_max in range(deepest, -1, -1):
            if sum(map(len, lines)) + len(lines) - 1 <= chars_max:
                return "\n".join(lines)
            kept = [
                one for one in self.entries if one.depth <= depth_max and one.kind not in _MINOR
            ]
            if kept:
                lines = [title, *_entry_lines(self.entries, kept)]
        return _fitted(lines, chars_max)

    def _edge_lines(self) -> list[str]:
        width = len(str(max(1, self.line_count)))
        lines = [f"{number:>{width}} {text}" for number, text in enumerate(self.head, start=1)]
        if self.tail:
            first = self.line_count - len(self.tail) + 1
            if first > len(self.head) + 1:
                lines.append(f"{'':>{width}} … {first - len(self.head) - 1} lines")
            lines += [
                f"{number:>{width}} {text}" for number, text in enumerate(self.tail, start=first)
            ]
        return lines


def outline(files: LiveFiles, path: str) -> Outline:
    """Return the structure of a file.

    Raises:
        FileNotIndexedError: There is no such path.
        VolumeCorruptError: The text is damaged.
    """
    place = files.place_of(path)
    segment, file = place.segment, place.file
    entry = segment.entry(file)
    content = segment.text(file)
    found = _definitions(place, content, entry.language)
    entries = _entries(place, found[: ENTRIES_MAX + 1], content, entry.encoding)
    head, tail = ((), ()) if entries else _edges(content, entry.encoding)
    is_cut = len(entries) > ENTRIES_MAX
    reason = CutReason.LIMIT if is_cut else None if segment.has_syntax else CutReason.SYNTAX
    last_line = max(1, entry.line_count)
    return Outline(
        path=path,
        language=entry.language,
        line_count=entry.line_count,
        handle=str(range_handle(place, 1, last_line)),
        entries=tuple(entries[:ENTRIES_MAX]),
        head=head,
        tail=tail,
        is_complete=reason is None,
        reason=reason,
    )


def _definitions(place: FilePlace, content: bytes, language: Language) -> list["_Placed"]:
    """Return the definitions of a file, by start, outer before inner."""
    segment, file = place.segment, place.file
    if segment.has_syntax or language is not Language.MARKDOWN:
        return [(one, one.start_line, one.end_line) for one in segment.definitions(file)]
    # Headings need no parser, so nobody has to wait for one.
    rows = SyntaxRows()
    add_sections(rows, content)
    table = checked_table(
        rows.payload(), definition_count=rows.definition_count, import_count=0, text=content
    )
    first_lines, last_lines = table.lines(line_starts_of(content))
    return list(
        zip(table.definitions(content), first_lines.tolist(), last_lines.tolist(), strict=True)
    )


def _entries(
    place: FilePlace, definitions: Iterable["_Placed"], content: bytes, encoding: str
) -> list[OutlineEntry]:
    depths: list[int] = []
    entries = []
    for one, start_line, end_line in definitions:
        depth = 0 if one.parent is None else depths[one.parent] + 1
        depths.append(depth)
        written = content[one.signature_start_byte : one.signature_end_byte]
        signature = _SPACE.sub(" ", written.decode(encoding, "replace")).strip() or one.name
        if len(signature) > SIGNATURE_CHARS_MAX:
            signature = signature[: SIGNATURE_CHARS_MAX - 1] + "…"
        handle = str(range_handle(place, start_line, end_line))
        entries.append(
            OutlineEntry(depth, one.kind.value, one.name, signature, start_line, end_line, handle)
        )
    return entries


def _edges(content: bytes, encoding: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    starts = [*line_starts_of(content).tolist(), len(content)]
    lines = range(len(starts) - 1)
    head, tail = lines[:EDGE_LINES], lines[max(EDGE_LINES, len(lines) - EDGE_LINES) :]

    def shown(numbers: range) -> tuple[str, ...]:
        texts = (content[starts[one] : starts[one + 1]].rstrip(b"\r\n") for one in numbers)
        return tuple(text.decode(encoding, "replace")[:EDGE_LINE_CHARS_MAX] for text in texts)

    return shown(head), shown(tail)


def _entry_lines(entries: Sequence[OutlineEntry], kept: Sequence[OutlineEntry]) -> list[str]:
    width = max(len(f"{one.start_line}-{one.end_line}") for one in kept)
    chosen = {id(one) for one in kept}
    lines: list[str] = []
    hidden = 0
    for entry in entries:
        if id(entry) not in chosen:
            hidden += 1
            continue
        if hidden:
            lines[-1:] = [f"{lines[-1]} … {hidden} more"] if lines else [f"… {hidden} more"]
            hidden = 0
        place = f"{entry.start_line}-{entry.end_line}"
        lines.append(f"{place:>{width}} {'  ' * entry.depth}{_shown_signature(entry)}")
    if hidden:
        lines[-1] += f" … {hidden} more"
    return lines


def _shown_signature(entry: OutlineEntry) -> str:
    if entry.kind == DefinitionKind.SECTION.value:
        return f"{'#' * (entry.depth + 1)} {entry.name}"
    # `class Runner` says its kind itself; a bare name does not.
    return entry.signature if entry.signature != entry.name else f"{entry.kind} {entry.name}"


def _fitted(lines: Sequence[str], chars_max: int) -> str:
    kept = list(lines)
    size = sum(map(len, kept)) + len(kept) - 1
    missing = 0
    while len(kept) > 1 and size + (len(f"\n… {missing} more lines") if missing else 0) > chars_max:
        size -= len(kept.pop()) + 1
        missing += 1
    if missing:
        kept.append(f"… {missing} more lines")
    text = "\n".join(kept)
    return text if len(text) <= chars_max or len(kept) == 1 else kept[0][:chars_max]
