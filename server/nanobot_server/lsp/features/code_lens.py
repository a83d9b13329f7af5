"""`textDocument/codeLens`: accept or reject what waits in a file, where it is.

Answers from the last review alone, so no host is waited for. Only files with something to
decide have lenses, and a change whose lines the user has changed since is said at the top.
"""

from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.document.document_uri import path_of
from nanobot_server.lsp.review.open_reviews import OpenFile, OpenReviews
from nanobot_server.lsp.review.review_words import plural
from nanobot_server.lsp.review.shown_reviews import ShownReviews

ACCEPT: Final = "nanobot.process.accept"
REJECT: Final = "nanobot.process.reject"
DIFF: Final = "nanobot.process.diff"
_REASON_CHARS_MAX: Final = 60


def code_lens(
    reviews: OpenReviews, shown: ShownReviews, params: types.CodeLensParams
) -> list[types.CodeLens]:
    """Return the lenses of a document, those of the whole file first."""
    uri = params.text_document.uri
    path = path_of(uri)
    found = [] if path is None else [one for one in reviews.of_file(path) if one.hunks]
    lenses: list[types.CodeLens] = []
    for one in found:
        places = shown.hunk_lines(one.root, one.file, one.hunks)
        process = f" ({one.plan.process_id})" if len(found) > 1 else ""
        lenses += _of_file(one, uri, process, places.count(None))
        for hunk, place in zip(one.hunks, places, strict=True):
            if place is not None and hunk.line:
                said = f"{'Accept (likely)' if hunk.is_likely else 'Accept'}: {_short(hunk.reason)}"
                part = {"hunks": [hunk.hunk_id]}
                lenses += _lenses(one, uri, place.start, (said, "Reject"), part)
    return lenses


def _of_file(one: OpenFile, uri: str, process: str, gone_count: int) -> list[types.CodeLens]:
    """Return what is decided about all of a file, or of a change that only is whole."""
    plan = one.plan
    paths = {file.path for file in plan.files if plan.hunks_of(file)}
    is_about_all = plan.is_whole and len(paths) > 1
    count = len(plan.open_hunks) if is_about_all else len(one.hunks)
    many = f"all {count} changes" if count > 1 else "the change"
    where = f" in {len(paths)} files" if is_about_all else ""
    titles = (f"nanobot: Accept {many}{where}{process}", "Reject all" if count > 1 else "Reject")
    part = {} if is_about_all else {"paths": [one.file.path]}
    lenses = _lenses(one, uri, 0, titles, part)
    if gone_count:
        verb = "is" if gone_count == 1 else "are"
        title = f"{plural(gone_count, 'change')} {verb} for other lines than these"
        lenses.append(_lens(0, title, DIFF, {"processId": plan.process_id, "uri": uri}))
    return lenses


def _lenses(
    one: OpenFile, uri: str, line: int, titles: Sequence[str], part: dict[str, list[str]]
) -> list[types.CodeLens]:
    accept, reject = titles
    process = {"processId": one.plan.process_id, "uri": uri}
    return [
        _lens(line, accept, ACCEPT, {**process, **part}),
        _lens(line, reject, REJECT, {**process, **part}),
        _lens(line, "Show diff", DIFF, process),
    ]


def _lens(line: int, title: str, command: str, argument: object) -> types.CodeLens:
    at = types.Position(line, 0)
    return types.CodeLens(types.Range(at, at), types.Command(title, command, arguments=[argument]))


def _short(reason: str) -> str:
    is_long = len(reason) > _REASON_CHARS_MAX
    return f"{reason[:_REASON_CHARS_MAX].rstrip()}…" if is_long else reason
