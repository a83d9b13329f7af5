"""Documents that are no files: a change before, after and as a diff, and answers.

    nanobot-review://before.PROCESS.WORKSPACE/PATH          the text that a change was made for
    nanobot-review://after.PROCESS.WORKSPACE/PATH           the same with what is open of the change
    nanobot-review://diff.PROCESS.WORKSPACE/PROCESS.diff    all files, as a unified diff
    nanobot-answer:/NUMBER/answer.md                        what was asked, and the answer

WORKSPACE is made of the folder's path, because two workspaces count their processes alike.
The path is that of the file: an editor finds the language in its end, shows it to the user,
and takes two texts with different paths for a file that was moved.
Texts come from what was looked up before: an editor may wait for one with everything else
standing still, so none of them is ever asked of a host.
"""

import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from nanobot_server.lsp.document.document_uri import ANSWER_SCHEME, REVIEW_SCHEME, uri_of
from nanobot_server.lsp.document.planned_texts import PlannedTexts
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.review.edit_plan import BOM, Plan, PlanFile
from nanobot_server.lsp.review.open_reviews import OpenReviews
from nanobot_server.lsp.review.patch import unified_diff
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange

BEFORE: Final = "before"
AFTER: Final = "after"
_DIFF: Final = "diff"
ANSWERS_MAX: Final = 50
_SHOWN_MAX: Final = 1000
"""URIs that are told when their text changed. An editor shows far fewer."""
_KEY_DIGITS: Final = 10

_GONE: Final = "nanobot: this is not kept any more.\n"
_DECIDED: Final = "nanobot: nothing of this change waits any more.\n"


class VirtualDocuments:
    """Makes texts on demand. Runs on the event loop."""

    def __init__(self, reviews: OpenReviews, texts: PlannedTexts) -> None:
        self._reviews = reviews
        self._texts = texts
        self._root_by_key: dict[str, Path] = {}
        self._shown: OrderedDict[str, tuple[Path, str]] = OrderedDict()
        """(workspace, process) of the reviews that were asked for, by URI."""
        self._answer_by_name: OrderedDict[str, str] = OrderedDict()
        self._answer_count = 0

    def side_uri(self, root: Path, process_id: str, side: str, path: str) -> str:
        """Return the URI of a file of a review, `BEFORE` or `AFTER` the change."""
        return self._uri(root, process_id, side, path)

    def diff_uri(self, root: Path, process_id: str) -> str:
        """Return the URI of a whole change as a unified diff."""
        return self._uri(root, process_id, _DIFF, f"{process_id}.diff")

    def keep_answer(self, text: str) -> str:
        """Keep the answer to a question, in Markdown, and return its URI."""
        self._answer_count += 1
        name = str(self._answer_count)
        self._answer_by_name[name] = text
        while len(self._answer_by_name) > ANSWERS_MAX:
            self._answer_by_name.popitem(last=False)
        return f"{ANSWER_SCHEME}:/{name}/answer.md"

    def shown_of(self, root: Path, process_id: str) -> list[str]:
        """Return the URIs of one review that an editor asked for: their text may be another."""
        return [uri for uri, owner in self._shown.items() if owner == (root, process_id)]

    async def text(self, uri: str) -> str:
        """Return the text of a document; for one that is not known, a line that says so."""
        try:
            parts = urlsplit(uri)
        except ValueError:
            return _GONE
        path = unquote(parts.path, errors="surrogateescape").removeprefix("/")
        if parts.scheme == ANSWER_SCHEME:
            return self._answer_by_name.get(path.partition("/")[0], _GONE)
        side, _, owner = parts.netloc.partition(".")
        process_id, _, key = owner.partition(".")
        root = self._root_by_key.get(key)
        if root is None:
            return _GONE
        self._shown[uri] = (root, process_id)
        while len(self._shown) > _SHOWN_MAX:
            self._shown.popitem(last=False)
        plan = self._reviews.plan(root, process_id)
        if side == _DIFF:
            return _DECIDED if plan is None else self.diff(root, plan)
        file = next((one for one in plan.files if one.path == path), None) if plan else None
        if file is None:
            # What is decided looks the same on both sides: as it is now.
            return _shown_text(await self._texts.text_of_now(root, path) or b"")
        return self._side(root, file, side)

    def diff(self, root: Path, plan: Plan) -> str:
        """Return a whole plan as a unified diff, also where files changed since it was made."""
        changes, unknown = [], []
        for file in plan.files:
            change = self._change(root, file)
            changes += [] if change is None else [change]
            unknown += [file.path] if change is None else []
        notes = (
            f"# {path}: the text it was planned for is not known any more\n" for path in unknown
        )
        return "".join(notes) + unified_diff(changes)

    def _side(self, root: Path, file: PlanFile, side: str) -> str:
        change = self._change(root, file)
        if change is None:
            return _GONE
        return _shown_text(change.base.data if side == BEFORE else change.result)

    def _change(self, root: Path, file: PlanFile) -> FileChange | None:
        data = b"" if file.is_created else self._reviews.texts.get(file.base_sha256)
        if data is None:
            return None
        try:
            return FileChange.checked(file, BaseText(uri_of(root / file.path), None, data))
        except PlanError:
            return None

    def _uri(self, root: Path, process_id: str, side: str, path: str) -> str:
        key = hashlib.sha256(bytes(root)).hexdigest()[:_KEY_DIGITS]
        self._root_by_key[key] = root
        place = f"{REVIEW_SCHEME}://{side}.{process_id}.{key}"
        return f"{place}/{quote(path, errors='surrogateescape')}"


def _shown_text(data: bytes) -> str:
    return data.removeprefix(BOM).decode(errors="replace")
