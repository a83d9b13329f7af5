"""What a user should know about open reviews, as diagnostics where it applies.

Notes of a refactoring, edits that are only likely, definitions without an edit, and files
that were left as they are. All of it goes when it is decided on. No note is an error: the
code is as the user wrote it.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import path_of, uri_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.text_buffer import content_length, units
from nanobot_server.lsp.review.edit_plan import Plan, PlanFile
from nanobot_server.lsp.review.hunk_place import LineRange
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.shown_reviews import ShownReviews

SOURCE: Final = "nanobot"
_NOTES_MAX: Final = 200
"""Of one document. More says nothing to anybody."""
_DEFINES: Final = r"\b(?:def|class|function|func|fn|struct|enum|interface|type)\s+{name}\b"
_INFORMATION, _HINT = types.DiagnosticSeverity.Information, types.DiagnosticSeverity.Hint


class ReviewNotes:
    """Notes of all open reviews. Runs on the event loop."""

    def __init__(self, session: Session, reviews: OpenReviews, shown: ShownReviews) -> None:
        self._session = session
        self._reviews = reviews
        self._shown = shown

    def of_document(self, uri: str) -> list[types.Diagnostic]:
        """Return the notes of a document as it is now, by line."""
        path = path_of(uri)
        if path is None:
            return []
        found = [
            note
            for root, plan in self._reviews.all()
            if path.is_relative_to(root)
            for note in self._of_file(root, plan, path.relative_to(root).as_posix(), path)
        ]
        found.sort(key=lambda note: (note.range.start.line, note.message))
        return found[:_NOTES_MAX]

    def uris(self, root: Path, process_id: str) -> list[str]:
        """Return the documents of which a review may have a note."""
        plan = self._reviews.plan(root, process_id)
        if plan is None:
            return []
        paths = {
            *(one.path for one in plan.notes),
            *(one.path for one in plan.refusals),
            *(one.path for one in plan.open_hunks if one.is_likely),
            *(one.path for one in self._reviews.unapplied(root, process_id)),
        }
        return [uri_of(root / path) for path in sorted(paths)]

    @staticmethod
    def result_id(notes: Sequence[types.Diagnostic]) -> str:
        """Return what is equal for equal notes."""
        said = repr([(one.range.start.line, one.range.end, one.code, one.message) for one in notes])
        return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:16]

    def _of_file(self, root: Path, plan: Plan, path: str, real: Path) -> Iterator[types.Diagnostic]:
        file = next((one for one in plan.files if one.path == path), None)
        lines = self._lines(real)
        for note in plan.notes:
            if note.path == path:
                line = self._line(root, file, note.line)
                yield self._note(lines, line, note.text, "note", _INFORMATION)
        if file is not None:
            hunks = plan.hunks_of(file)
            places = self._shown.hunk_lines(root, file, hunks)
            for hunk, place in zip(hunks, places, strict=True):
                if hunk.is_likely and place is not None:
                    text = f"likely, not proved: {hunk.reason}"
                    yield self._note(lines, place.start, text, "likely", _INFORMATION)
        for refusal in plan.refusals:
            if refusal.path == path:
                line = _line_of(refusal.definition, lines)
                text = f"no edit for {refusal.definition}: {refusal.reason}"
                yield self._note(lines, line, text, "refused", _HINT)
        for one in self._reviews.unapplied(root, plan.process_id):
            if one.path == path:
                text = f"not changed: {one.reason}"
                yield self._note(lines, 0, text, "not-changed", _INFORMATION)

    def _line(self, root: Path, file: PlanFile | None, line: int) -> int:
        """Return where a line of the planned text is now, 0-based; where it was if it is gone."""
        planned = LineRange(max(0, line - 1), max(1, line))
        if file is None:
            return planned.start
        place = self._shown.lines_now(root, file, [planned])[0]
        return planned.start if place is None else place.start

    def _lines(self, path: Path) -> Sequence[str]:
        snapshot = self._session.snapshot(uri_of(path))
        return () if snapshot is None else snapshot.lines

    def _note(
        self,
        lines: Sequence[str],
        line: int,
        message: str,
        code: str,
        severity: types.DiagnosticSeverity,
    ) -> types.Diagnostic:
        """Return a note about a line; the last one when there are not so many."""
        line = min(line, len(lines) - 1) if lines else line
        content = lines[line][: content_length(lines[line])] if lines else ""
        end = units(content, self._session.client.encoding)
        place = types.Range(types.Position(line, 0), types.Position(line, end))
        return types.Diagnostic(place, message, severity=severity, code=code, source=SOURCE)


def _line_of(definition: str, lines: Sequence[str]) -> int:
    """Return the line that most likely defines a name; the first one when none does."""
    name = definition.rpartition(".")[2]
    pattern = re.compile(_DEFINES.format(name=re.escape(name)))
    return next((at for at, line in enumerate(lines) if pattern.search(line)), 0)
