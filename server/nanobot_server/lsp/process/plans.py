"""Sentences: planned by the host, shown to the user, started when the user wants it.

    sentence ──host──> plan ──questions──> the user ──answers──> plan ──Start──> process

Runs on the event loop. An editor that can not ask has what is open decided by the
evidence, and its user is told: nothing in the files changes before the review.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostError
from nanobot_server.lsp.client.editor import Editor, MessageKind
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.host_links import HostLinks
from nanobot_server.lsp.process.processes import Processes

log = logging.getLogger(__name__)

PLAN_TIMEOUT_S: Final = 3600.0
"""The first plan of a very large workspace indexes it. The user can cancel it."""

START: Final = "Start"
CANCEL: Final = "Cancel"

_TEXT_BY_STAGE: Final = {
    "indexing": "indexing",
    "reading": "reading",
    "resolving": "finding out what names mean,",
    "asking": "asking the model",
}
_SHARE_BY_STAGE: Final = {
    "indexing": (0, 50),
    "reading": (50, 75),
    "resolving": (75, 90),
    "asking": (90, 99),
}
"""What each stage is of the whole, in percent. How many files there are to resolve is not
known before."""
_PERCENTAGE_MAX: Final = 99

Plan = Mapping[str, Any]


class Plans:
    """Any number at a time; the host makes one after the other.

    Args:
        session: Knows what the editor can do.
        editor: Shows progress and asks.
        processes: Start what the user wants.
        links: To the hosts.
    """

    def __init__(
        self, session: Session, editor: Editor, processes: Processes, links: HostLinks
    ) -> None:
        self._session = session
        self._editor = editor
        self._processes = processes
        self._links = links
        self._count = 0
        self._root_by_token: dict[str, Path] = {}
        self._percentage_by_shown: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        links.listen(self._take_event, lambda _root: None)

    async def start(self, root: Path, sentence: str) -> dict[str, Any]:
        """Plan a sentence. The user is asked when that is done, and then it starts.

        Returns:
            The plan as the host made it, perhaps with questions.

        Raises:
            HostError: The host refused, or the user cancelled.
        """
        plan = await self._planned(root, {"goal": sentence})
        self._spawn(self._confirmed(root, plan, after=asyncio.current_task()), "plan")
        return dict(plan)

    def cancel_by_token(self, token: object) -> None:
        """Cancel the plan whose progress the user stopped; a client may send anything."""
        if isinstance(token, str) and token in self._root_by_token:
            self._cancel(token)

    async def _confirmed(self, root: Path, plan: Plan, *, after: asyncio.Task[Any] | None) -> None:
        """Ask what is open and whether to start; say what became of it.

        Only when the command has been answered: an editor that waits for that answer, as
        Emacs does, takes away a question that came meanwhile, unanswered.
        """
        if after is not None:
            await asyncio.wait({after})
        try:
            decided = await self._answered(root, plan)
            if decided is not None and await self._is_wanted(decided):
                await self._processes.start_plan(root, decided)
        except HostError as error:
            self._editor.tell(MessageKind.WARNING, f"nanobot: {error}")

    async def _answered(self, root: Path, plan: Plan) -> Plan | None:
        """Return the plan without open questions; None when it is not to be done."""
        sentence, answers = plan["goal"], dict[str, str]()
        while plan["kind"] == "questions" and self._editor.can_ask:
            # One at a time: an answer may change what else there is to ask.
            question = plan["questions"][0]
            text = f"nanobot: {question['question']}"
            choice = await self._editor.ask(text, [*question["options"], CANCEL])
            if self._editor.can_ask and (choice is None or choice == CANCEL):
                return None
            if choice is not None:
                answers[question["question"]] = choice
                plan = await self._planned(root, {"goal": sentence, "answers": answers})
        if plan["kind"] == "questions":
            params = {"goal": sentence, "answers": answers, "decide": True}
            plan = await self._planned(root, params)
        if plan["kind"] == "refused":
            self._editor.tell(MessageKind.WARNING, f"nanobot: {plan['problem']}")
            return None
        return plan

    async def _is_wanted(self, plan: Plan) -> bool:
        text = f"nanobot: {plan_text(plan)}"
        if self._editor.can_ask:
            choice = await self._editor.ask(text, [START, CANCEL])
            if self._editor.can_ask:
                return choice == START
        self._editor.tell(MessageKind.INFO, text)
        return True

    async def _planned(self, root: Path, params: Mapping[str, object]) -> Plan:
        """Have the host plan, and show how far it is."""
        self._count += 1
        token = f"nanobot/plan/{self._count}"
        self._root_by_token[token] = root
        try:
            if self._session.client.has_progress and await self._editor.create_progress(token):
                self._percentage_by_shown[token] = 0
                begin = {"kind": "begin", "title": "nanobot plan", "percentage": 0}
                self._editor.progress(token, {**begin, "cancellable": True})
            overlay = await self._processes.overlay(root)
            whole: dict[str, object] = {**params, "overlay": overlay, "token": token}
            return await self._links.of(root).call("process.plan", whole, timeout_s=PLAN_TIMEOUT_S)
        except asyncio.CancelledError:
            self._cancel(token)
            raise
        finally:
            del self._root_by_token[token]
            if self._percentage_by_shown.pop(token, None) is not None:
                self._editor.progress(token, {"kind": "end"})

    def _cancel(self, token: str) -> None:
        self._spawn(self._cancelled(self._root_by_token[token], token), "cancel plan")

    async def _cancelled(self, root: Path, token: str) -> None:
        try:
            await self._links.of(root).call("process.plan.cancel", {"token": token})
        except HostError as error:
            log.info("plan not cancelled: reason=%s", error)

    def _take_event(self, _root: Path, event: str, params: dict[str, Any]) -> None:
        token = str(params.get("token"))
        if event != "plan" or token not in self._percentage_by_shown:
            return
        stage, done, total = str(params["stage"]), params["files_done"], params["files_total"]
        first, last = _SHARE_BY_STAGE.get(stage, (0, 0))
        percentage = first + ((last - first) * done // total if total else 0)
        shown = max(self._percentage_by_shown[token], min(percentage, _PERCENTAGE_MAX))
        self._percentage_by_shown[token] = shown
        message = _TEXT_BY_STAGE.get(stage, stage)
        if done:
            message += f" {done}/{total} files" if total else f" {done} files"
        report = {"kind": "report", "percentage": shown, "message": message, "cancellable": True}
        self._editor.progress(token, report)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed: %s", task.get_name(), exc_info=error)


def plan_text(plan: Plan) -> str:
    """Return a plan in words: its parts, and who decided what the sentence left open."""
    if plan["recipe"] is not None:
        return f"{plan['goal']} ({plan['recipe']['name']})"
    parts = [str(part["summary"]) for part in plan["parts"]]
    if len(parts) > 1:
        parts = [f"{number}. {part}" for number, part in enumerate(parts, start=1)]
    said = [
        f"{one['question']} {'a model' if one['by'] == 'model' else 'the evidence'} "
        f"decided: {one['option']}"
        for one in plan["decided"]
        if one["by"] != "user"
    ]
    if plan["model_problem"]:
        said.append(f"no model was asked: {plan['model_problem']}")
    return "; ".join([*parts, *said])
