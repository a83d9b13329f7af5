"""A review as `nanobot/review` answers it, and `nanobot/showReview` sends it."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nanobot_server.lsp.document.document_uri import uri_of
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.own.own_messages import Review, ReviewFile, ReviewHunk, ReviewRefusal
from nanobot_server.lsp.review.edit_plan import BOM, Plan, PlanFile, PlanHunk
from nanobot_server.lsp.review.hunk_place import LineRange, places_of
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.virtual_documents import AFTER, BEFORE, VirtualDocuments

_SPLIT_TEXTS_MAX: Final = 8
"""A user looks at few files at a time, but every change of one asks for its lenses."""


class ShownReviews:
    """Brings plans and the texts of now together. Runs on the event loop."""

    def __init__(self, session: Session, reviews: OpenReviews, documents: VirtualDocuments) -> None:
        self._session = session
        self._reviews = reviews
        self._documents = documents
        self._lines_by_sha256: OrderedDict[str, list[str]] = OrderedDict()

    def message(self, root: Path, plan: Plan) -> Review:
        """Return a review for an editor that shows it by itself."""
        return Review(
            processId=plan.process_id,
            workspaceUri=uri_of(root),
            goal=plan.goal,
            recipe=plan.recipe,
            state=plan.state,
            isWhole=plan.is_whole,
            files=[self._file(root, plan, file) for file in plan.files],
            refused=[
                ReviewRefusal(path=one.path, definition=one.definition, reason=one.reason)
                for one in plan.refusals
            ],
            notes=[_note(one.path, one.line, one.text) for one in plan.notes],
        )

    def hunk_lines(
        self, root: Path, file: PlanFile, hunks: Sequence[PlanHunk]
    ) -> list[LineRange | None]:
        """Return where hunks of a file are in it as it is now; None for those that are not there.

        A file that is not open counts as it was planned for: nobody sees another text. What is
        about the whole file is at its first line.
        """
        planned = [_planned_lines(hunk) for hunk in hunks]
        found = self.lines_now(root, file, planned)
        return [
            now if hunk.line else before
            for hunk, before, now in zip(hunks, planned, found, strict=True)
        ]

    def lines_now(
        self, root: Path, file: PlanFile, planned: Sequence[LineRange]
    ) -> list[LineRange | None]:
        """Return where lines of the text that was planned for are now; None for no place."""
        snapshot = self._session.snapshot(uri_of(root / file.path))
        base = self._reviews.texts.get(file.base_sha256)
        if snapshot is None or base is None or file.is_created:
            return list(planned)
        return places_of(planned, self._lines(file.base_sha256, base), snapshot.lines)

    def _lines(self, sha256: str, data: bytes) -> list[str]:
        """Return the lines of a kept text, split once while its file is looked at."""
        lines = self._lines_by_sha256.pop(sha256, None)
        if lines is None:
            lines = split_lines(data.removeprefix(BOM).decode(errors="replace"))
        self._lines_by_sha256[sha256] = lines
        while len(self._lines_by_sha256) > _SPLIT_TEXTS_MAX:
            self._lines_by_sha256.popitem(last=False)
        return lines

    def _file(self, root: Path, plan: Plan, file: PlanFile) -> ReviewFile:
        hunks = plan.hunks_of(file)
        places = self.hunk_lines(root, file, hunks)
        moved_to = None if file.new_path is None else self._spelled(root / file.new_path)
        return ReviewFile(
            path=file.path,
            uri=self._spelled(root / file.path),
            change=file.change,
            newUri=moved_to,
            originalUri=self._documents.side_uri(root, plan.process_id, BEFORE, file.path),
            modifiedUri=self._documents.side_uri(root, plan.process_id, AFTER, file.path),
            hunks=[_hunk(hunk, place) for hunk, place in zip(hunks, places, strict=True)],
        )

    def _spelled(self, path: Path) -> str:
        """Return the URI of a file as the editor spells it."""
        uri = uri_of(path)
        document = self._session.document(uri)
        return uri if document is None else document.uri


def _planned_lines(hunk: PlanHunk) -> LineRange:
    start = max(0, hunk.line - 1)
    return LineRange(start, start + (hunk.line_count if hunk.line else 0))


def _hunk(hunk: PlanHunk, place: LineRange | None) -> ReviewHunk:
    lines = place or _planned_lines(hunk)
    return ReviewHunk(
        hunkId=hunk.hunk_id,
        title=hunk.reason,
        startLine=lines.start,
        endLine=lines.end,
        isLikely=hunk.is_likely,
        isFound=place is not None,
    )


def _note(path: str, line: int, text: str) -> str:
    return f"{path}:{line}: {text}" if line else f"{path}: {text}"
