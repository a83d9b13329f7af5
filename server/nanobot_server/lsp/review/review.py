"""From a plan that waits for review to text that really changed in the editor.

    fetch plan ─ check bases ─ ask ─ applyEdit ─ compare the text ─ tell the host

An editor's `applied: true` is not believed: some say it for files they skipped.
Only a file whose text has the hash of the verified result is reported as applied.
A plan of which only some files were applied stays for the next review, which is
about the others.
"""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.planned_texts import PlannedTexts, Unapplied
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.document.unsaved_texts import unsaved_texts
from nanobot_server.lsp.errors import PlanError
from nanobot_server.lsp.host_link import HostLink
from nanobot_server.lsp.process.process_view import ProcessView
from nanobot_server.lsp.review.diff_display import DiffDisplay
from nanobot_server.lsp.review.edit_plan import Plan, PlanFile
from nanobot_server.lsp.review.open_reviews import WAITING, OpenReviews
from nanobot_server.lsp.review.review_lookup import ReviewLookup
from nanobot_server.lsp.review.review_words import (
    asked_again,
    beyond,
    label,
    not_changed,
    nothing,
    question,
    waits,
)
from nanobot_server.lsp.review.workspace_edit import FileChange, workspace_edit

log = logging.getLogger(__name__)

APPLY, SHOW_DIFF, LATER = "Apply", "Show diff", "Later"

ATTEMPTS_MAX: Final = 5

Part = Mapping[str, list[str]]
"""Which `paths` and `hunks` of a plan are meant; everything when it is empty."""
_EVERYTHING: Final[Part] = {}
_LATE_S: Final = 3600.0
"""For an editor that sends changes only after the next key."""
_RESUME: Final = "the command nanobot.process.resume goes on"
PLAN_TIMEOUT_S: Final = 3600.0
"""A refactoring of a very large workspace is planned again."""


class Reviewer:
    """Shows plans and applies them. Runs on the event loop; files are read in threads."""

    def __init__(
        self,
        session: Session,
        editor: Editor,
        reviews: OpenReviews,
        lookup: ReviewLookup,
        texts: PlannedTexts,
        *,
        diff: DiffDisplay,
    ) -> None:
        self._session = session
        self._editor = editor
        self._reviews = reviews
        self._lookup = lookup
        self._texts = texts
        self._diff = diff

    async def review(self, view: ProcessView) -> None:
        """Bring the plan of a process before the user, or apply it if they pointed at it."""
        with self._told():
            if view.is_single:
                await self._apply_in_turn(view, _EVERYTHING)
            else:
                await self._ask(view)

    async def accept(self, view: ProcessView, part: Part) -> None:
        """Apply a part of a plan without a question; everything when it names nothing.

        A question about the whole that is still open stays so. Several parts that are
        accepted at once are applied one after the other.
        """
        with self._told():
            await self._apply_in_turn(view, part)

    async def show_diff(self, link: HostLink, process_id: str) -> None:
        """Show what waits of a process.

        Raises:
            HostError: The host refused.
        """
        with self._told():
            await self._diff.show(link.workspace, await self._lookup.plan(link, process_id))

    async def _apply_in_turn(self, view: ProcessView, part: Part) -> None:
        async with view.deciding:
            await self._apply(view, part)

    async def _apply(
        self, view: ProcessView, part: Part, *, attempts_left: int = ATTEMPTS_MAX
    ) -> None:
        """Apply the plan of a process through the editor and tell the host what happened.

        Where texts changed since, the plan is made again for them, or steps are asked again.

        Args:
            view: The process.
            part: What of it; everything when it is empty.
            attempts_left: How often that may still be done: the user may go on typing.

        Raises:
            HostError: The host refused, or the process does not wait for review.
            PlanError: The host's answer can not be used.
        """
        plan = await self._fetch(view, part)
        if await self._is_beyond(view, plan):
            return
        changes, unapplied = await self._texts.checked_changes(view.workspace, plan)
        changes, more = self._texts.with_ranges(changes)
        unapplied += more
        if plan.is_whole and unapplied:
            # A part of it would break what the rest refers to.
            unapplied += [Unapplied(one.file.path, "it goes with them") for one in changes]
            changes = []
        late: Sequence[FileChange] = ()
        if changes:
            more, late = await self._send(view, changes, plan)
            unapplied += more
        missing = {item.path for item in unapplied} | {one.file.path for one in late}
        await self._report(view, [file for file in plan.files if file.path not in missing], part)
        if late:
            view.spawn(self._report_late(view, late, part))
        reason_by_path: Mapping[str, str] | None = {}
        if any(one.has_changed for one in unapplied) and attempts_left > 0:
            reason_by_path = await self._planned_again(view, plan, part, attempts_left)
        if reason_by_path is not None:
            unapplied = [
                replace(one, reason=reason_by_path.get(one.path, one.reason)) for one in unapplied
            ]
            self._reviews.note_unapplied(view.workspace, view.process_id, tuple(unapplied))
            self._tell_outcome(view, plan, unapplied)

    async def _report(self, view: ProcessView, applied: Sequence[PlanFile], part: Part) -> None:
        """Tell the host which files have their edits."""
        if applied:
            digests = [{"path": file.path, "sha256": file.result_sha256} for file in applied]
            params: dict[str, object] = {"process_id": view.process_id, "files": digests, **part}
            await view.link.call("process.applied", params)
            await self._lookup.refresh(view.link, view.process_id)

    async def _report_late(
        self, view: ProcessView, changes: Sequence[FileChange], part: Part
    ) -> None:
        """Wait for texts that the editor has changed and not sent yet."""
        with self._texts.watched(changes) as seen:
            pending = await self._texts.wait_for_results(
                changes, seen, is_likely=True, quiet_s=_LATE_S
            )
        missing = {one.file.path for one in pending}
        with self._told():
            applied = [one.file for one in changes if one.file.path not in missing]
            await self._report(view, applied, part)

    async def _planned_again(
        self, view: ProcessView, plan: Plan, part: Part, attempts_left: int
    ) -> Mapping[str, str] | None:
        """Have the host plan for the texts of now, and go on with that.

        Returns:
            None when it goes on; else why there is no way, by path, as far as the host says it.
        """
        overlay = await unsaved_texts(self._session, view.workspace)
        params: dict[str, object] = {"process_id": view.process_id, "overlay": overlay, **part}
        answer = await view.link.call("process.plan_again", params, timeout_s=PLAN_TIMEOUT_S)
        asked = answer.get("asked_again") or []
        if not asked and not answer.get("replanned"):
            return {
                str(one["path"]): str(one["reason"]).removeprefix(f"{one['path']}: ")
                for one in answer.get("refused") or ()
            }
        if asked:
            view.is_single = False
            self._reviews.forget(view.workspace, view.process_id)
            self._editor.tell(MessageKind.INFO, asked_again(asked))
            problem = str(answer.get("problem") or "")
            if problem:
                self._editor.tell(MessageKind.WARNING, f"nanobot: {problem}; {_RESUME}")
            await self._follow_run(view)
        elif plan.is_whole:
            text = f"nanobot: {answer['replanned']}; it is planned again"
            self._editor.tell(MessageKind.INFO, text)
            view.start_question()
        else:
            # The same edits at their places of now: the user has said yes to them.
            await self._apply(view, part, attempts_left=attempts_left - 1)
        return None

    async def _follow_run(self, view: ProcessView) -> None:
        """Have the end of a run bring its review, also when it is over by now."""
        view.state = "running"
        answer = await view.link.call("status", {"process_id": view.process_id})
        if any(one.get("state") == WAITING for one in answer.get("processes") or ()):
            view.start_review()

    async def _is_beyond(self, view: ProcessView, plan: Plan) -> bool:
        """Show a plan as a patch, and say so, when the editor can not apply it."""
        client = self._session.client
        offered = client.resource_operations if client.has_document_changes else frozenset()
        if client.can_apply_edits and plan.operations <= offered:
            return False
        missing = plan.operations - offered if client.can_apply_edits else frozenset({"change"})
        await self._diff.show_patch(view.workspace, plan)
        self._editor.tell(MessageKind.WARNING, beyond(view.process_id, missing))
        return True

    async def _ask(self, view: ProcessView) -> None:
        everything = await self._fetch(view, _EVERYTHING)
        if await self._is_beyond(view, everything):
            return
        plan = await self._unapplied_part(view.workspace, everything)
        if not plan.files:
            # There is no edit, or somebody applied all of them and the host does not know.
            await self._apply_in_turn(view, _EVERYTHING)
            return
        choices = [APPLY, SHOW_DIFF, LATER]
        choice: str | None = SHOW_DIFF
        while choice == SHOW_DIFF:
            choice = await self._editor.ask(question(plan), choices)
            if choice == SHOW_DIFF:
                await self._diff.show(view.workspace, plan)
                if self._diff.decides:
                    return
                choices = [APPLY, LATER]
        if choice == APPLY:
            # The answer may have taken hours, so this fetches and checks again.
            await self._apply_in_turn(view, _EVERYTHING)
        elif "processes" in self._session.client.told:
            return  # It shows that this one waits.
        elif self._reviews.plan(view.workspace, view.process_id) is not None:
            text = waits(view.process_id, can_ask=self._editor.can_ask)
            self._editor.tell(MessageKind.INFO, text)

    async def _fetch(self, view: ProcessView, part: Part) -> Plan:
        plan = await self._lookup.plan(view.link, view.process_id, part)
        is_empty = plan.state == "done" and not plan.files
        if plan.state != WAITING and not is_empty:
            raise PlanError(view.process_id, f"it is {plan.state}, there is nothing to review")
        if plan.state == WAITING and not view.has_ended:
            # So that the event after a partial apply is not taken for the end of a run.
            view.state = WAITING
        return plan

    async def _unapplied_part(self, root: Path, plan: Plan) -> Plan:
        changes, unapplied = await self._texts.checked_changes(root, plan)
        paths = {change.file.path for change in changes} | {item.path for item in unapplied}
        return replace(plan, files=tuple(file for file in plan.files if file.path in paths))

    async def _send(
        self, view: ProcessView, changes: Sequence[FileChange], plan: Plan
    ) -> tuple[list[Unapplied], list[FileChange]]:
        """Have the editor make changes; return what it did not make, and what it has not sent."""
        edit = workspace_edit(changes, self._session.client)
        with self._texts.watched(changes) as seen:
            answer = await self._editor.apply(edit, label(changes, plan))
            log.info(
                "edits sent: process=%s files=%d applied=%s",
                view.process_id,
                len(changes),
                answer.is_applied,
            )
            # Even after a refusal some files may have changed: only their text counts.
            pending = await self._texts.wait_for_results(changes, seen, is_likely=answer.is_applied)
        if answer.is_applied and self._session.client.sends_late:
            return [], pending
        reason = answer.reason or "the editor did not apply the edit"
        left = [Unapplied(one.file.path, reason, self._texts.has_changed(one)) for one in pending]
        return left, []

    def _tell_outcome(self, view: ProcessView, plan: Plan, unapplied: Sequence[Unapplied]) -> None:
        if unapplied:
            self._editor.tell(MessageKind.WARNING, not_changed(unapplied))
        elif not plan.files:
            self._editor.tell(MessageKind.INFO, nothing(plan))
        log.info(
            "review ended: process=%s files=%d unapplied=%d",
            view.process_id,
            len(plan.files),
            len(unapplied),
        )

    @contextmanager
    def _told(self) -> Generator[None]:
        """Tell the user what went wrong, instead of raising it."""
        try:
            yield
        except HostError as error:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")
        except PlanError as error:
            self._editor.tell(MessageKind.ERROR, f"nanobot: {error}")
