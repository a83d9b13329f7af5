"""What shows reviews and decides on them is made and registered here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from nanobot_server.lsp.client.editor import Editor
from nanobot_server.lsp.document.planned_texts import PlannedTexts
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.code_lens import code_lens
from nanobot_server.lsp.features.diagnostic import diagnostic
from nanobot_server.lsp.features.review import review
from nanobot_server.lsp.features.text_document_content import text_document_content
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.own.own_messages import REVIEW
from nanobot_server.lsp.process.processes import Processes
from nanobot_server.lsp.review.diff_display import DiffDisplay
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.review import Reviewer
from nanobot_server.lsp.review.review_follower import ReviewFollower
from nanobot_server.lsp.review.review_lookup import ReviewLookup
from nanobot_server.lsp.review.review_notes import ReviewNotes
from nanobot_server.lsp.review.review_refresh import ReviewRefresh
from nanobot_server.lsp.review.shown_reviews import ShownReviews
from nanobot_server.lsp.review.virtual_documents import VirtualDocuments


@dataclass(frozen=True, slots=True)
class ReviewParts:
    """Who takes part in a review."""

    reviews: OpenReviews
    lookup: ReviewLookup
    shown: ShownReviews
    documents: VirtualDocuments
    notes: ReviewNotes
    reviewer: Reviewer

    @classmethod
    def made(
        cls, session: Session, editor: Editor, patch_folder: Callable[[], Path]
    ) -> "ReviewParts":
        """Make them for one editor."""
        reviews, texts = OpenReviews(), PlannedTexts(session)
        lookup, documents = ReviewLookup(reviews, texts), VirtualDocuments(reviews, texts)
        shown = ShownReviews(session, reviews, documents)
        diff = DiffDisplay(session, editor, shown, documents, patch_folder)
        notes = ReviewNotes(session, reviews, shown)
        ReviewRefresh(session, editor, reviews, documents, notes)
        reviewer = Reviewer(session, editor, reviews, lookup, texts, diff=diff)
        return cls(reviews, lookup, shown, documents, notes, reviewer)


def register_reviews(
    server: LanguageServer,
    session: Session,
    links: HostLinks,
    processes: Processes,
    parts: ReviewParts,
) -> None:
    """Register what editors ask about reviews."""
    # It listens for as long as the links do.
    ReviewFollower(links, parts.reviews, parts.lookup)
    feature = server.feature
    feature(types.TEXT_DOCUMENT_CODE_LENS)(
        lambda params: code_lens(parts.reviews, parts.shown, params)
    )
    feature(types.TEXT_DOCUMENT_DIAGNOSTIC)(lambda params: diagnostic(parts.notes, params))
    feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)(
        lambda params: text_document_content(parts.documents, params)
    )
    feature(REVIEW)(
        lambda params: review(session, links, processes, parts.lookup, parts.shown, params=params)
    )
