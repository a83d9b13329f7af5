"""What the plan worker does: sentences become plans, goals become planned changes.

One job at a time, in the order in which they come. What was parsed for a sentence is kept
for the next one.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nanobot_engine.intent import Chooser, CommandRequest, NotUnderstoodError, Plan, Question
from nanobot_engine.process.refactor_again import change_of
from nanobot_engine.process.refactor_plan import PlanningCancelledError, WorkspaceFiles
from nanobot_engine.recipe.rewrite import searched_items
from nanobot_indexer import Index, open_index
from nanobot_server.host.collection_pause import collection_paused
from nanobot_server.host.plan_view import Decider, Decision, plan_document, recipe_document
from nanobot_server.host.plan_wire import Message, change_to_json, error_to_json, request_from_json
from nanobot_server.host.planner_cache import PlannerCache

_TELL_S: Final = 0.1
"""How far it is, is said at most so often."""

_PYTHON_SUFFIXES: Final = (".py", ".pyi")


class PlanJobs:
    """Everything that the worker can do.

    Args:
        root: The workspace; its index is published and up to date.
        send: Sends a message to the host.
        answer: Returns the answer of the host to what was asked; None for none.
        is_stopped: Polled; a true answer ends a job with `PlanningCancelledError`.
    """

    def __init__(
        self,
        root: Path,
        send: Callable[[Message], None],
        answer: Callable[[], Any],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._root = root
        self._send = send
        self._answer = answer
        self._is_stopped = is_stopped
        self._cache = PlannerCache()

    def run(self, job: Message) -> Message:
        """Do a job and return its result.

        Raises:
            EngineError, IndexerError: As `Planner.plan`, `plan_refactoring` and `open_index`.
        """
        with open_index(self._root) as index, collection_paused():
            if job["job"] == "change":
                return self._change(index, job)
            return self._plan(index, job)

    def _plan(self, index: Index, job: Message) -> Message:
        paths = [entry.path for entry in index.files]
        files = sum(1 for path in paths if path.endswith(_PYTHON_SUFFIXES))
        reading = _Reading(files, self._send, self._is_stopped)
        decisions: dict[str, Decision] = {}
        choosers: list[Chooser] = [_GivenAnswers(job["answers"], decisions)]
        model = _HostModel(self._asked, self._written, decisions) if job["has_model"] else None
        choosers += [model] if model is not None else []
        planner = self._cache.planner(index, job["overlay"], reading)
        try:
            goal = planner.recipe(job["goal"])
            if goal is not None:
                return {"plan": recipe_document(job["goal"], goal)}
            plan = asyncio.run(planner.plan(job["goal"], choosers, model))
        except NotUnderstoodError as error:
            return _refused(index, error)
        except BaseException:
            self._cache.forget()
            raise
        finally:
            self._cache.close()
        if job["decide"] and plan.is_unread:
            return _refused(index, _undecided(plan))
        if plan.decided is not None:
            _decide(decisions, plan.decided, 0, Decider.MODEL)
        decided = list(decisions.values())
        if plan.goal is not None:
            return {"plan": recipe_document(plan.sentence, plan.goal, decided)}
        return {"plan": plan_document(plan, decided, decides=job["decide"], model_problem="")}

    def _change(self, index: Index, job: Message) -> Message:
        request = request_from_json(job["request"])
        reading = _Reading(len(index.files), self._send, self._is_stopped, suffixes=("",))
        texts = _Texts(WorkspaceFiles(index, request.overlay, cancelled=self._is_stopped), reading)
        return {"change": change_to_json(change_of(self._root, index, request, texts))}

    def _asked(self, question: Question) -> int | None:
        said = [question.text, question.options, question.is_about_words, question.sentence]
        index: int | None = self._answered({"question": said})
        return index

    def _written(self, request: CommandRequest) -> list[str]:
        said = [request.sentence, request.names, request.grammar]
        return self._answered({"write": said}) or []

    def _answered(self, message: Message) -> Any:
        self._send(message)
        answer = self._answer()
        if self._is_stopped():
            raise PlanningCancelledError
        return answer


class _Reading:
    """Says how far a plan is. Implements `planner_cache.Watch`."""

    def __init__(
        self,
        files: int,
        send: Callable[[Message], None],
        is_stopped: Callable[[], bool],
        *,
        suffixes: tuple[str, ...] = _PYTHON_SUFFIXES,
    ) -> None:
        self._files = files
        self._suffixes = suffixes
        self._send = send
        self._is_stopped = is_stopped
        self._read: set[str] = set()
        self._parsed: set[str] = set()
        self._told_at = 0.0

    def note_read(self, path: str) -> None:
        """Count a file that is read.

        Raises:
            PlanningCancelledError: Nobody wants the plan any more.
        """
        if path.endswith(self._suffixes):
            self._read.add(path)
        self._tell()

    def note_parsed(self, path: str) -> None:
        """Count a file whose names are looked at.

        Raises:
            PlanningCancelledError: Nobody wants the plan any more.
        """
        self._parsed.add(path)
        self._tell()

    def _tell(self) -> None:
        if self._is_stopped():
            raise PlanningCancelledError
        now = time.monotonic()
        if now < self._told_at + _TELL_S:
            return
        self._told_at = now
        if self._parsed:
            # How many there will be depends on what the names lead to.
            state: Message = {"stage": "resolving", "files_done": len(self._parsed)}
            state["files_total"] = 0
        else:
            state = {"stage": "reading", "files_done": len(self._read)}
            state["files_total"] = self._files
        self._send({"state": state})


class _Texts(Mapping[str, bytes]):
    """Texts of files, whose reading is noted."""

    def __init__(self, texts: Mapping[str, bytes], reading: _Reading) -> None:
        self._texts = texts
        self._reading = reading

    def __getitem__(self, path: str) -> bytes:
        data = self._texts[path]
        self._reading.note_read(path)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class _GivenAnswers:
    """Answers what the user answered before. Implements `Chooser`."""

    def __init__(self, answers: Mapping[str, str], decisions: dict[str, Decision]) -> None:
        self._answers = answers
        self._decisions = decisions

    async def choose(self, question: Question) -> int | None:
        option = self._answers.get(question.text)
        if option not in question.options:
            return None
        index = question.options.index(option)
        _decide(self._decisions, question, index, Decider.USER)
        return index


class _HostModel:
    """Lets the host ask the main model. Implements `Chooser` and `Writer`."""

    def __init__(
        self,
        ask: Callable[[Question], int | None],
        write: Callable[[CommandRequest], list[str]],
        decisions: dict[str, Decision],
    ) -> None:
        self._ask = ask
        self._write = write
        self._decisions = decisions

    async def choose(self, question: Question) -> int | None:
        index = self._ask(question)  # Nothing else runs on this loop.
        if index is not None:
            _decide(self._decisions, question, index, Decider.MODEL)
        return index

    async def write(self, request: CommandRequest) -> list[str]:
        return self._write(request)


def _refused(index: Index, error: NotUnderstoodError) -> Message:
    found = sorted(searched_items(index, error.sentence))
    return {"not_understood": error_to_json(error), "found": found}


def _undecided(plan: Plan) -> NotUnderstoodError:
    """Return why a sentence that may mean several things is left where nobody is asked."""
    options = plan.open[0].options[:-1]
    reason = "no reading of it is certain enough to be taken without asking"
    return NotUnderstoodError(plan.sentence, options, reason)


def _decide(decisions: dict[str, Decision], question: Question, index: int, by: Decider) -> None:
    option = question.options[index]
    decisions[question.text] = Decision(question.text, question.options, option, by)
