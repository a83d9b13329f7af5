"""Undo of a process in the editor: open documents change there, other files on the disk.

Runs on the event loop. Many editors never read a file again that they show, so a file that
is open is not written behind their backs: the host says how its text has to change, and
the user saves it.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.planned_texts import PlannedTexts
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.review.edit_plan import Plan
from nanobot_server.lsp.review.moved_change import moved_change
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange, workspace_edit

log = logging.getLogger(__name__)

_ATTEMPTS_MAX: Final = 5
"""The user may go on typing."""
_TEXT_CHARS_MAX: Final = 16 * 1024 * 1024
"""Of all documents that are sent along. Files beyond it are written by the host."""
_NAMED_FILES_MAX: Final = 5


class Undoer:
    """Takes back what was accepted.

    Args:
        session: Knows the documents.
        editor: Is asked to change them, and shows what became of it.
    """

    def __init__(self, session: Session, editor: Editor) -> None:
        self._session = session
        self._editor = editor
        self._texts = PlannedTexts(session)

    async def undo(self, process_id: str, link: HostLink) -> dict[str, Any]:
        """Take all edits of a process back, and tell the user.

        Returns:
            The answer of the host.

        Raises:
            HostError: It refused: nothing of the process was accepted, for example.
        """
        shown = self._shown(link.workspace)
        params: dict[str, object] = {"process_id": process_id, "shown": shown}
        answer = await link.call("process.undo", params)
        refused = [f"{one['path']}: {one['reason']}" for one in answer.get("refused") or ()]
        files = answer.get("shown") or ()
        # Reasons of the host begin with the file already.
        refused = [_once(reason) for reason in refused]
        if files:
            refused += await self._changed(link.workspace, {**answer, "files": files}, shown)
        written = len(answer.get("written") or ())
        self._tell(process_id, written, refused, is_unsaved=bool(files))
        return answer

    def _shown(self, root: Path) -> dict[str, str]:
        """Return the texts of open documents by path."""
        texts: dict[str, str] = {}
        chars = 0
        for relative, document in self._session.documents_below(root):
            if document.buffer is None or not document.is_synchronised:
                continue
            text = document.buffer.text
            chars += len(text)
            if chars > _TEXT_CHARS_MAX:
                break
            texts[relative] = text
        return texts

    async def _changed(
        self, root: Path, answer: Mapping[str, Any], shown: Mapping[str, str]
    ) -> list[str]:
        """Have the editor change its documents; return what it did not change, and why."""
        changes, failed = self._changes(root, answer, shown)
        label = f"nanobot: undo {answer['process_id']}"
        for _ in range(_ATTEMPTS_MAX):
            if not changes:
                break
            pending, reason = await self._sent(changes, label)
            # Who types meanwhile has it taken back where it is now.
            moved = [self._moved(one) for one in pending]
            left = zip(pending, moved, strict=True)
            failed += [f"{one.file.path}: {reason}" for one, to in left if to is None]
            changes = [one for one in moved if one is not None]
        return [*failed, *(f"{one.file.path}: it changes too fast" for one in changes)]

    async def _sent(
        self, changes: Sequence[FileChange], label: str
    ) -> tuple[Sequence[FileChange], str]:
        """Ask for changes; return those that were not made, and why."""
        edit = workspace_edit(changes, self._session.client)
        with self._texts.watched(changes) as seen:
            said = await self._editor.apply(edit, label)
            log.info("undo sent: files=%d applied=%s", len(changes), said.is_applied)
            if said.is_applied and self._session.client.sends_late:
                return (), ""
            # What other editors say is not believed; only the text counts.
            pending = await self._texts.wait_for_results(changes, seen, is_likely=said.is_applied)
        return pending, said.reason or "the editor did not apply the edit"

    def _moved(self, change: FileChange) -> FileChange | None:
        """Return a change for the text of now; None where that is as it was, or has no place."""
        snapshot = self._session.snapshot(change.base.uri)
        if snapshot is None or snapshot.version == change.base.version:
            return None
        return moved_change(change, snapshot)

    def _changes(
        self, root: Path, answer: Mapping[str, Any], shown: Mapping[str, str]
    ) -> tuple[list[FileChange], list[str]]:
        changes: list[FileChange] = []
        failed: list[str] = []
        documents = dict(self._session.documents_below(root))
        try:
            plan = Plan.of({**answer, "recipe": "", "refused": ()})
        except PlanError as error:
            return [], [str(error)]
        for file in plan.files:
            document = documents.get(file.path)
            snapshot = None if document is None else self._session.snapshot(document.uri)
            if snapshot is None:
                failed.append(f"{file.path}: the editor has closed it")
                continue
            base = BaseText(snapshot.uri, None, shown[file.path].encode())
            try:
                # The text may be another one by now.
                change = moved_change(FileChange.checked(file, base), snapshot)
                workspace_edit([] if change is None else [change], self._session.client)
            except PlanError as error:
                failed.append(f"{error.path}: {error.reason}")
            else:
                changes += [] if change is None else [change]
                failed += [f"{file.path}: its lines were changed just now"] if not change else []
        return changes, failed

    def _tell(
        self, process_id: str, count: int, refused: Sequence[str], *, is_unsaved: bool
    ) -> None:
        files = "1 file" if count == 1 else f"{count} files"
        if refused:
            more = len(refused) - _NAMED_FILES_MAX
            named = "; ".join(refused[:_NAMED_FILES_MAX]) + (
                f"; and {more} more" if more > 0 else ""
            )
            text = f"nanobot: {process_id} is not undone as a whole ({named})"
            self._editor.tell(MessageKind.WARNING, text)
        else:
            rest = "; save what is open" if is_unsaved else ""
            text = f"nanobot: {process_id} is undone in {files}{rest}"
            self._editor.tell(MessageKind.INFO, text)


def _once(reason: str) -> str:
    """Return `path: path: why` with one path."""
    path, _, rest = reason.partition(": ")
    return rest if rest.startswith(f"{path}: ") else reason
