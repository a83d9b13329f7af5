"""From a plan that waits for review to text that really changed in the editor.

    fetch plan ─ check bases ─ ask ─ applyEdit ─ compare the text ─ tell the host

An editor's `applied: true` is not believed: some say it for files they skipped.
Only a file whose text has the hash of the verified result is reported as applied.
A plan of which only some files were applied stays for the next review, which is
about the others.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.document_uri import path_of, uri_of
from nanobot_server.lsp.edit_plan import BOM, Plan, PlanFile
from nanobot_server.lsp.editor import Editor, MessageKind
from nanobot_server.lsp.errors import PlanError, TextChangedError
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.open_hunks import OpenHunks
from nanobot_server.lsp.patch import unified_diff
from nanobot_server.lsp.process_view import ProcessView
from nanobot_server.lsp.saved_text import read_regular
from nanobot_server.lsp.session import Session, relative_path
from nanobot_server.lsp.text_buffer import text_sha256
from nanobot_server.lsp.unsaved_texts import unsaved_texts
from nanobot_server.lsp.workspace_edit import BaseText, FileChange, workspace_edit

log = logging.getLogger(__name__)

WAITING: Final = "waiting_for_review"
APPLY, SHOW_DIFF, LATER = "Apply", "Show diff", "Later"

QUIET_S: Final = 3.0
"""Editors send a change some 0.2 s after they made it. So long without one is the end."""
_NAMED_FILES_MAX: Final = 5
_RESUME: Final = "the command nanobot.process.resume goes on"
PLAN_TIMEOUT_S: Final = 3600.0
"""A refactoring of a very large workspace is planned again."""
_FILE_BYTES_MAX: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A file that was left as it is, and why."""

    path: str
    reason: str
    has_changed: bool = False
    """Whether its text is another one than the plan was made for."""


class Reviewer:
    """Shows plans and applies them. Runs on the event loop; files are read in threads."""

    def __init__(self, session: Session, editor: Editor, patch_folder: Callable[[], Path]) -> None:
        self.open_hunks = OpenHunks()
        """What waits, for code actions."""
        self._session = session
        self._editor = editor
        self._patch_folder = patch_folder

    async def review(self, view: ProcessView) -> None:
        """Bring the plan of a process before the user, or apply it if they pointed at it."""
        try:
            if view.is_single:
                await self.apply(view)
            else:
                await self._ask(view)
        except HostError as error:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")
        except PlanError as error:
            self._editor.tell(MessageKind.ERROR, f"nanobot: {error}")

    async def apply(self, view: ProcessView, *, is_planned_again: bool = False) -> None:
        """Apply the plan of a process through the editor and tell the host what happened.

        Where texts changed since, the plan is made again for them, or steps are asked again.

        Args:
            view: The process.
            is_planned_again: Whether that was done just now.

        Raises:
            HostError: The host refused, or the process does not wait for review.
            PlanError: The host's answer can not be used.
        """
        plan = await self._fetch(view)
        missing_operations = self._missing_operations(plan)
        if missing_operations:
            self._editor.tell(MessageKind.WARNING, _beyond(view, missing_operations))
            return
        changes, unapplied = await self._checked_changes(view.workspace, plan)
        changes, more = self._with_ranges(changes)
        unapplied += more
        if plan.is_whole and unapplied:
            # A part of it would break what the rest refers to.
            unapplied += [Unapplied(one.file.path, "it goes with them") for one in changes]
            changes = []
        if changes:
            unapplied += await self._apply(view, changes, _noun(plan))
        missing = {item.path for item in unapplied}
        applied = [file for file in plan.files if file.path not in missing]
        if applied:
            await view.link.call(
                "process.applied",
                {
                    "process_id": view.process_id,
                    "files": [
                        {"path": file.path, "sha256": file.result_sha256} for file in applied
                    ],
                    **view.part,
                },
            )
            await self.refresh(view.process_id, view.link)
        has_changed = any(one.has_changed for one in unapplied) and not is_planned_again
        if not (has_changed and await self._is_planned_again(view, plan)):
            self._tell_outcome(view, plan, unapplied)

    async def _is_planned_again(self, view: ProcessView, plan: Plan) -> bool:
        """Have the host plan for the texts of now, and go on with that; say if there is no way."""
        overlay = await unsaved_texts(self._session, view.workspace)
        params: dict[str, object] = {"process_id": view.process_id, "overlay": overlay, **view.part}
        # Before the call: a run may be over before its first event is looked at.
        view.state = "running"
        asked: list[dict[str, Any]] = []
        try:
            answer = await view.link.call("process.plan_again", params, timeout_s=PLAN_TIMEOUT_S)
            asked = answer.get("asked_again") or []
        finally:
            if not asked:
                view.state = WAITING
        if not asked and not answer.get("replanned"):
            return False
        view.part = {}
        if asked:
            view.is_single = False
            self.open_hunks.forget(view.process_id)
            self._editor.tell(MessageKind.INFO, _asked_again(asked))
            problem = str(answer.get("problem") or "")
            if problem:
                self._editor.tell(MessageKind.WARNING, f"nanobot: {problem}; {_RESUME}")
        elif plan.is_whole:
            text = f"nanobot: {answer['replanned']}; it is planned again"
            self._editor.tell(MessageKind.INFO, text)
            await self._ask(view)
        else:
            # The same edits at their places of now: the user has said yes to them.
            await self.apply(view, is_planned_again=True)
        return True

    def _missing_operations(self, plan: Plan) -> frozenset[str]:
        client = self._session.client
        offered = client.resource_operations if client.has_document_changes else frozenset()
        return plan.operations - offered

    async def _ask(self, view: ProcessView) -> None:
        everything = await self._fetch(view)
        missing_operations = self._missing_operations(everything)
        if missing_operations:
            self._editor.tell(MessageKind.WARNING, _beyond(view, missing_operations))
            return
        plan = await self._unapplied_part(view.workspace, everything)
        if not plan.files:
            # There is no edit, or somebody applied all of them and the host does not know.
            await self.apply(view)
            return
        choices = [APPLY, SHOW_DIFF, LATER]
        choice: str | None = SHOW_DIFF
        while choice == SHOW_DIFF:
            choice = await self._editor.ask(_question(plan), choices)
            if choice == SHOW_DIFF:
                await self._show_diff(view, plan)
                choices = [APPLY, LATER]
        if choice == APPLY:
            # The answer may have taken hours, so `apply` fetches and checks again.
            await self.apply(view)
        else:
            self._editor.tell(
                MessageKind.INFO,
                f"nanobot: the edits of {view.process_id} wait; "
                "the command nanobot.process.review shows them again",
            )

    async def _fetch(self, view: ProcessView) -> Plan:
        params: dict[str, object] = {"process_id": view.process_id, **view.part}
        plan = Plan.of(await view.link.call("process.review", params))
        self._remember(view.workspace, plan)
        is_empty = plan.state == "done" and not plan.files
        if plan.state != WAITING and not is_empty:
            raise PlanError(view.process_id, f"it is {plan.state}, there is nothing to review")
        if plan.state == WAITING and not view.has_ended:
            # So that the event after a partial apply is not taken for the end of a run.
            view.state = WAITING
        return plan

    async def refresh(self, process_id: str, link: HostLink) -> None:
        """Look up what still waits of a process after something was decided."""
        try:
            plan = Plan.of(await link.call("process.review", {"process_id": process_id}))
        except (HostError, PlanError) as error:
            # The decision stands; only the menu does not know yet.
            log.info("review not refreshed: process=%s reason=%s", process_id, error)
            self.open_hunks.forget(process_id)
        else:
            self._remember(link.workspace, plan)

    def _remember(self, root: Path, plan: Plan) -> None:
        hunks = plan.hunks if plan.state == WAITING else ()
        self.open_hunks.remember(plan.process_id, root, hunks)

    async def _unapplied_part(self, root: Path, plan: Plan) -> Plan:
        changes, unapplied = await self._checked_changes(root, plan)
        paths = {change.file.path for change in changes} | {item.path for item in unapplied}
        return replace(plan, files=tuple(file for file in plan.files if file.path in paths))

    async def _checked_changes(
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
            data = await asyncio.to_thread(read_regular, path, size_bytes_max=_FILE_BYTES_MAX)
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
            data = await asyncio.to_thread(read_regular, path, size_bytes_max=_FILE_BYTES_MAX)
            if data is None:
                raise PlanError(file.path, "it can not be read")
            return BaseText(uri, None, data)
        snapshot = self._session.snapshot(uri)
        if snapshot is None:
            raise PlanError(file.path, "the editor and nanobot disagree on its text; reopen it")
        return BaseText(snapshot.uri, snapshot.version, snapshot.text.encode())

    def _with_ranges(
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

    async def _apply(
        self, view: ProcessView, changes: Sequence[FileChange], noun: str
    ) -> list[Unapplied]:
        label = _label(changes, noun)
        edit = workspace_edit(changes, self._session.client)
        answer = await self._editor.apply(edit, label)
        log.info(
            "edits sent: process=%s files=%d applied=%s",
            view.process_id,
            len(changes),
            answer.is_applied,
        )
        # Even after a refusal some files may have changed: only their text counts.
        pending = await self._wait_for_results(changes, is_likely=answer.is_applied)
        reason = answer.reason or "the editor did not apply the edit"
        return [Unapplied(change.file.path, reason) for change in pending]

    async def _wait_for_results(
        self, changes: Sequence[FileChange], *, is_likely: bool
    ) -> list[FileChange]:
        """Return the files whose text is not the verified one after the editor is quiet."""
        pending = list(changes)
        while True:
            pending = [item for item in pending if not await self._has_result(item)]
            if not pending or not is_likely:
                return pending
            if not await self._session.wait_for_change(timeout_s=QUIET_S):
                return [item for item in pending if not await self._has_result(item)]

    async def _has_result(self, change: FileChange) -> bool:
        if change.file.operation is not None:
            old, new = path_of(change.base.uri), path_of(change.result_uri)
            assert old is not None
            assert new is not None  # Both were made from paths.
            return await self._is_done(old, new, change.file)
        document = self._session.document(change.base.uri)
        if document is None:
            path = path_of(change.base.uri)
            assert path is not None  # It was made from a path.
            data = await asyncio.to_thread(read_regular, path, size_bytes_max=_FILE_BYTES_MAX)
            return data == change.result
        if document.buffer is None or not document.is_synchronised:
            return False
        shown = change.result.removeprefix(BOM) if change.base.version is None else change.result
        digest = text_sha256(document.buffer.text)
        return digest in (text_sha256(shown.decode()), change.file.result_sha256)

    async def _show_diff(self, view: ProcessView, plan: Plan) -> None:
        changes, _ = await self._checked_changes(view.workspace, plan)
        try:
            path = await asyncio.to_thread(
                _write_patch, self._patch_folder(), view.process_id, unified_diff(changes)
            )
        except OSError as error:
            self._editor.tell(
                MessageKind.WARNING, f"nanobot: the diff could not be written ({error})"
            )
            return
        is_shown = self._session.client.has_show_document and await self._editor.show_document(
            uri_of(path)
        )
        if not is_shown:
            self._editor.tell(MessageKind.INFO, f"nanobot: the diff is in {path}")

    def _tell_outcome(self, view: ProcessView, plan: Plan, unapplied: Sequence[Unapplied]) -> None:
        if unapplied:
            named = "; ".join(
                f"{item.path}: {item.reason}" for item in unapplied[:_NAMED_FILES_MAX]
            )
            rest = len(unapplied) - _NAMED_FILES_MAX
            more = f"; and {rest} more" if rest > 0 else ""
            self._editor.tell(
                MessageKind.WARNING,
                f"nanobot: {_plural(len(unapplied), 'file')} not changed ({named}{more}); "
                "the command nanobot.process.review tries again",
            )
        elif not plan.files:
            self._editor.tell(MessageKind.INFO, _nothing(plan))
        log.info(
            "review ended: process=%s files=%d unapplied=%d",
            view.process_id,
            len(plan.files),
            len(unapplied),
        )


def _asked_again(steps: Sequence[dict[str, Any]]) -> str:
    """Say which definitions changed, so that they are asked about again."""
    named = [f"{step['definition']} in {step['path']}" for step in steps[:_NAMED_FILES_MAX]]
    rest = len(steps) - _NAMED_FILES_MAX
    more = f" and {rest} more" if rest > 0 else ""
    return f"nanobot: changed since, and asked again: {', '.join(named)}{more}"


def _is_result(base: BaseText, file: PlanFile) -> bool:
    """Say whether a text has the edits already; an editor shows it without its BOM."""
    texts = [base.data] if base.version is None else [base.data, BOM + base.data]
    return any(hashlib.sha256(text).hexdigest() == file.result_sha256 for text in texts)


def _beyond(view: ProcessView, operations: frozenset[str]) -> str:
    verbs = " and ".join(sorted(operations))
    return (
        f"nanobot: this editor does not {verbs} files for a language server; "
        f"'nanobot accept {view.process_id}' in a terminal writes the change"
    )


def _question(plan: Plan) -> str:
    text = (
        f"nanobot: {_plural(plan.edit_count, _noun(plan))} "
        f"in {_plural(len(plan.files), 'file')} {'is' if plan.edit_count == 1 else 'are'} ready"
    )
    return f"{text}, {len(plan.refusals)} refused" if plan.refusals else text


def _noun(plan: Plan) -> str:
    return "docstring" if plan.recipe == "document" else "edit"


def _nothing(plan: Plan) -> str:
    if not plan.refusals:
        return "nanobot: there was nothing to do"
    first = plan.refusals[0]
    text = f"nanobot: no {_noun(plan)} passed every check ({first.definition}: {first.reason}"
    return text + (f"; and {len(plan.refusals) - 1} more)" if len(plan.refusals) > 1 else ")")


def _label(changes: Sequence[FileChange], noun: str) -> str:
    edits = [edit for change in changes for edit in change.file.edits]
    if len(edits) == 1:
        return edits[0].label
    return f"nanobot: {_plural(len(edits), noun)} in {_plural(len(changes), 'file')}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _write_patch(folder: Path, process_id: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in process_id)
    path = folder / f"{name}.patch"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path
