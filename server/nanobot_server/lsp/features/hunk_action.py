"""`textDocument/codeAction`: accept or reject what a process proposes at the cursor.

Answers from the last review alone: no host is asked, so the menu never waits. The host, and
the hash of the text, decide when an action is taken.
"""

from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.review.hunk_place import LineRange
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.shown_reviews import ShownReviews

KIND: Final = "quickfix"
_DECISIONS: Final = (
    ("Accept", "nanobot.process.accept"),
    ("Reject", "nanobot.process.reject"),
)


def hunk_action(
    reviews: OpenReviews, shown: ShownReviews, params: types.CodeActionParams
) -> list[types.CodeAction]:
    """Return what can be decided in the range: its hunks, and all of its file."""
    path = path_of(params.text_document.uri)
    if path is None or not _is_wanted(params.context.only):
        return []
    found = [one for one in reviews.of_file(path) if one.hunks]
    actions = []
    for one in found:
        places = shown.hunk_lines(one.root, one.file, one.hunks)
        for hunk, place in zip(one.hunks, places, strict=True):
            # The whole file has no line of its own: it is offered everywhere.
            if hunk.line and not _touches(place, params.range):
                continue
            arguments: dict[str, object] = {"hunks": [hunk.hunk_id]}
            actions += _decisions(hunk.reason, one.plan.process_id, params, arguments)
    for one in found:
        count, process_id = len(one.hunks), one.plan.process_id
        many = f"all {count} changes" if count > 1 else "the change"
        words = f"{many} of this file ({process_id})"
        actions += _decisions(words, process_id, params, {"paths": [one.file.path]})
    return actions


def _touches(place: LineRange | None, selected: types.Range) -> bool:
    if place is None:
        return False
    past = max(place.end, place.start + 1)
    return place.start <= selected.end.line and selected.start.line < past


def _decisions(
    words: str, process_id: str, params: types.CodeActionParams, part: dict[str, object]
) -> list[types.CodeAction]:
    arguments = {"processId": process_id, "uri": params.text_document.uri, **part}
    found = []
    for verb, command in _DECISIONS:
        title = f"nanobot: {verb}: {words}"
        action = types.Command(title, command, arguments=[arguments])
        found.append(types.CodeAction(title, kind=KIND, command=action))
    return found


def _is_wanted(only: Sequence[str] | None) -> bool:
    """Apply the editor's filter: a kind stands for itself and everything below it."""
    return only is None or any(wanted in ("", KIND) for wanted in only)
