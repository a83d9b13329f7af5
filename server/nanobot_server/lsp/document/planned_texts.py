"""What the files of a plan say now: in the editor where they are open, else on the disk.

An editor's word about an edit is not believed, so whoever wants to know whether a plan can
be applied, or was, asks here: texts are compared by hash with what was verified.
"""

import asyncio
import hashlib
import os
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_server.lsp.document.document_uri import document_key, path_of, uri_of
from nanobot_server.lsp.document.saved_text import read_regular
from nanobot_server.lsp.document.session import OpenDocument, Session, relative_path
from nanobot_server.lsp.document.text_buffer import text_sha256
from nanobot_server.lsp.errors import PlanError, TextChangedError
from nanobot_server.lsp.review.edit_plan import BOM, Plan, PlanFile
from nanobot_server.lsp.review.edit_presence import has_edits
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange, workspace_edit

QUIET_S: Final = 3.0
"""Editors send a change some 0.2 s after they made it. So long without one is the end."""
FILE_BYTES_MAX: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A file that was left as it is, and why."""

    path: str
    reason: str
    has_changed: bool = False
    """Whether its text is another one than the plan was made for."""


class PlannedTexts:
    """Compares plans with texts. Runs on the event loop; files are read in threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def checked_changes(
        self, root: Path, plan: Plan
    ) -> tuple[list[FileChange], list[Unapplied]]:
        """Sort the files of a plan that do not have their edits yet."""
        changes, unapplied = [], []
        for file in plan.files:
            try:
                change = await self._change(root, file)
            except PlanError as error:
                has_changed = isinstance(error, TextChangedError)
                unapplied.append(Unapplied(error.path, error.reason, has_changed))
            else:
                changes += [] if change is None else [change]
        return changes, unapplied

    def with_ranges(
        self, changes: Sequence[FileChange]
    ) -> tuple[list[FileChange], list[Unapplied]]:
        """Keep the files whose offsets are positions; the others must not spoil them."""
        kept, unapplied = [], []
        for change in changes:
            try:
                workspace_edit([change], self._session.client)
            except PlanError as error:
                unapplied.append(Unapplied(error.path, error.reason))
            else:
                kept.append(change)
        return kept, unapplied

    @contextmanager
    def watched(self, changes: Sequence[FileChange]) -> Generator[set[str]]:
        """Collect the paths of files that show their verified text, if only for a moment.

        The user may type on before anybody looks.
        """
        seen: set[str] = set()
        change_by_key = {document_key(one.result_uri): one for one in changes}

        def look(document: OpenDocument) -> None:
            change = change_by_key.get(document_key(document.uri))
            if change is not None and _shows_result(document, change):
                seen.add(change.file.path)

        with self._session.watched(look):
            yield seen

    async def wait_for_results(
        self,
        changes: Sequence[FileChange],
        seen: Collection[str],
        *,
        is_likely: bool,
        quiet_s: float = QUIET_S,
    ) -> list[FileChange]:
        """Return the files that do not have their edits when the editor is quiet.

        Args:
            changes: What the editor was asked to do.
            seen: Of `watched`.
            is_likely: Whether it says that it did it.
            quiet_s: So long without a change of any document is quiet.
        """
        pending = list(changes)
        while True:
            pending = [one for one in pending if not await self._has_result(one, seen)]
            if not pending or not is_likely:
                break
            if not await self._session.wait_for_change(timeout_s=quiet_s):
                pending = [one for one in pending if not await self._has_result(one, seen)]
                break
        return [one for one in pending if not self._has_edits(one)]

    def has_changed(self, change: FileChange) -> bool:
        """Say whether an open file has another text than `change` was made for."""
        snapshot = self._session.snapshot(change.base.uri)
        return snapshot is not None and snapshot.version != change.base.version

    async def text_of_now(self, root: Path, path: str) -> bytes | None:
        """Return what the editor shows of a file, else what is on the disk; None for no file."""
        absolute = root / path
        if relative_path(root, absolute) is None:
            return None
        document = self._session.document(uri_of(absolute))
        if document is not None and document.buffer is not None:
            return document.buffer.text.encode()
        return await _read(absolute)

    async def _change(self, root: Path, file: PlanFile) -> FileChange | None:
        """Return what is to be done to a file; None when it has been done.

        Raises:
            PlanError: The file is not the one that was planned for, or the place is taken.
        """
        if file.operation is None:
            base = await self._base(root, file)
            return None if _is_result(base, file) else FileChange.checked(file, base)
        old, new = root / file.path, root / (file.new_path or file.path)
        for path in (old, new):
            if relative_path(root, path) is None:
                raise PlanError(file.path, "it lies outside the workspace")
        if await self._is_done(old, new, file):
            return None
        if not file.is_removed and await asyncio.to_thread(os.path.lexists, new):
            raise PlanError(file.path, f"{file.new_path or file.path} is there already")
        if file.is_created:
            return FileChange.checked(file, BaseText(uri_of(new), None, b""))
        base = await self._base(root, file)
        new_uri = None if file.new_path is None else uri_of(new)
        return FileChange.checked(file, base, new_uri)

    async def _is_done(self, old: Path, new: Path, file: PlanFile) -> bool:
        """Say whether a file was created, moved or removed as planned."""
        if not file.is_created and await asyncio.to_thread(os.path.lexists, old):
            return False
        if file.is_removed:
            return True
        return await self._shows(uri_of(new), file.result_sha256)

    async def _shows(self, uri: str, sha256: str) -> bool:
        """Say whether a document, or its file when it is not open, has a text."""
        document = self._session.document(uri)
        if document is None:
            path = path_of(uri)
            assert path is not None  # It was made from a path.
            data = await _read(path)
            return data is not None and hashlib.sha256(data).hexdigest() == sha256
        if document.buffer is None or not document.is_synchronised:
            return False
        text = document.buffer.text
        # An editor shows a text without its BOM.
        with_mark = hashlib.sha256(BOM + text.encode(errors="surrogatepass")).hexdigest()
        return sha256 in (text_sha256(text), with_mark)

    async def _base(self, root: Path, file: PlanFile) -> BaseText:
        """Return the text of a file as the editor would edit it now."""
        path = root / file.path
        if relative_path(root, path) is None:
            raise PlanError(file.path, "it lies outside the workspace")
        uri = uri_of(path)
        document = self._session.document(uri)
        if document is None:
            data = await _read(path)
            if data is None:
                raise PlanError(file.path, "it can not be read")
            return BaseText(uri, None, data)
        snapshot = self._session.snapshot(uri)
        if snapshot is None:
            raise PlanError(file.path, "the editor and nanobot disagree on its text; reopen it")
        return BaseText(snapshot.uri, snapshot.version, snapshot.text.encode())

    async def _has_result(self, change: FileChange, seen: Collection[str]) -> bool:
        if change.file.operation is not None:
            old, new = path_of(change.base.uri), path_of(change.result_uri)
            assert old is not None
            assert new is not None  # Both were made from paths.
            return await self._is_done(old, new, change.file)
        if change.file.path in seen:
            return True
        document = self._session.document(change.base.uri)
        if document is None:
            path = path_of(change.base.uri)
            assert path is not None  # It was made from a path.
            return await _read(path) == change.result
        return _shows_result(document, change)

    def _has_edits(self, change: FileChange) -> bool:
        snapshot = self._session.snapshot(change.base.uri)
        is_edited = change.file.operation is None
        return is_edited and snapshot is not None and has_edits(change, snapshot.lines)


def _shows_result(document: OpenDocument, change: FileChange) -> bool:
    """Say whether a document has the verified text; an editor shows it without its BOM."""
    if document.buffer is None or not document.is_synchronised:
        return False
    shown = change.result.removeprefix(BOM) if change.base.version is None else change.result
    digest = text_sha256(document.buffer.text)
    return digest in (text_sha256(shown.decode(errors="replace")), change.file.result_sha256)


def _is_result(base: BaseText, file: PlanFile) -> bool:
    """Say whether a text has the edits already; an editor shows it without its BOM."""
    texts = [base.data] if base.version is None else [base.data, BOM + base.data]
    return any(hashlib.sha256(text).hexdigest() == file.result_sha256 for text in texts)


async def _read(path: Path) -> bytes | None:
    return await asyncio.to_thread(read_regular, path, size_bytes_max=FILE_BYTES_MAX)
