"""The request that turns a sentence into a plan: read the files, ask a model, or say what is open.

    sentence ─recipe?─> recipe
             └─> index ─> files ─> planner ─questions─> answers of the front, then a model
                                      └─> refactorings | questions | a refusal

A plan is a function of the sentence, the files, the answers and the model file: a model
answers a question alike each time. Runs on the host's event loop; reading files runs in a
thread, one plan at a time. Nothing that others wait for waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final, Protocol

from nanobot_engine.intent import (
    Chooser,
    ModelChooser,
    NotUnderstoodError,
    Plan,
    Question,
    recipe_goal,
)
from nanobot_engine.model import CHATML, Lanes, ModelError, Role, WaveModel
from nanobot_engine.recipe import GoalAmbiguousError
from nanobot_engine.recipe.rewrite_goal import GoalUnreliableError
from nanobot_engine.recipe.rewrite_search import searched_items
from nanobot_indexer import Index
from nanobot_server.host.collection_pause import collection_paused
from nanobot_server.host.errors import FAILED, HostError
from nanobot_server.host.model_workers import ModelWorkers
from nanobot_server.host.params import Params
from nanobot_server.host.plan_view import (
    Decider,
    Decision,
    plan_document,
    question_document,
    recipe_document,
    refusal_document,
)
from nanobot_server.host.planner_cache import PlannerCache
from nanobot_server.host.recipe_goals import (
    LEAVE,
    MAY_REWRITE,
    WHICH_RECIPE,
    named_goal,
    rewrite_of,
)
from nanobot_server.host.token_tasks import TOKEN_CHARS_MAX, TokenTasks
from nanobot_server.host.workspace_index import WorkspaceIndex

GOAL_CHARS_MAX: Final = 10_000
KEPT_S: Final = 300.0
"""So long after a plan what was parsed for it is kept."""
_TELL_S: Final = 0.25

Document = dict[str, Any]


class Front(Protocol):
    """Who asked."""

    def send_event(self, event: str, params: Document) -> None:
        """Tell it how far its plan is."""


Answer = Callable[[Front, Params], Awaitable[Document]]


class PlanCancelledError(HostError):
    """Whoever wanted the plan does not want it any more."""

    def __init__(self) -> None:
        super().__init__(FAILED, "the plan was cancelled")


class PlanRequests:
    """Methods of the host.

    Args:
        index: Of the workspace.
        workers: The models.
        main_lanes: Of the main model, which processes use too.
    """

    def __init__(self, index: WorkspaceIndex, workers: ModelWorkers, main_lanes: Lanes) -> None:
        self._index = index
        self._workers = workers
        self._lanes = main_lanes
        self._cache = PlannerCache()
        self._turn = asyncio.Lock()
        self._forgetting: asyncio.TimerHandle | None = None
        self._tasks = TokenTasks("plan")
        self.methods: Final[Mapping[str, Answer]] = {
            "process.plan": self._plan,
            "process.plan.cancel": self._cancel,
        }

    async def _plan(self, front: Front, params: Params) -> Document:
        sentence = params.short_text("goal", chars_max=GOAL_CHARS_MAX)
        token = params.optional_short_text("token", chars_max=TOKEN_CHARS_MAX)
        planning = _Planning(
            sentence,
            answers=params.text_by_text("answers"),
            overlay=params.text_by_text("overlay"),
            decides=params.flag("decide"),
            has_model=not params.flag("without_model"),
            recipe=params.optional_text("recipe") or "",
        )
        return await self._tasks.run(front, token, lambda: self._planned(front, planning, token))

    async def _cancel(self, front: Front, params: Params) -> Document:
        return {"is_cancelled": self._tasks.cancel(front, params.text("token"))}

    async def _planned(self, front: Front, planning: "_Planning", token: str | None) -> Document:
        try:
            goal = recipe_goal(planning.sentence)
        except GoalAmbiguousError as error:
            return _one_of(error, planning)
        if goal is not None:
            return recipe_document(planning.sentence, goal)
        telling = asyncio.create_task(self._tell(front, planning, token or ""))
        try:
            async with self._turn:
                return await self._read(planning)
        finally:
            telling.cancel()

    async def _read(self, planning: "_Planning") -> Document:
        if self._forgetting is not None:
            self._forgetting.cancel()
        model = _HostModel(self._workers, self._lanes, planning)
        choosers: list[Chooser] = [_GivenAnswers(planning)]
        if planning.has_model:
            choosers.append(model)
        work = partial(self._read_in_thread, planning, choosers)
        try:
            plan = await self._index.ask_disk(work, stop=planning.stop)
        except NotUnderstoodError as error:
            return _rewrite(error, planning, model.problem)
        finally:
            loop = asyncio.get_running_loop()
            self._forgetting = loop.call_later(KEPT_S, self._cache.forget)
        return plan_document(
            plan,
            list(planning.decisions.values()),
            decides=planning.decides,
            model_problem=model.problem,
        )

    def _read_in_thread(self, planning: "_Planning", choosers: list[Chooser], index: Index) -> Plan:
        planning.begin(sum(1 for entry in index.files if entry.path.endswith((".py", ".pyi"))))
        planner = self._cache.planner(index, planning.overlay, planning)
        try:
            with collection_paused():
                return asyncio.run(planner.plan(planning.sentence, choosers))
        except NotUnderstoodError:
            planning.found = searched_items(index, planning.sentence)
            raise
        except asyncio.CancelledError:
            # A question to the model was; this thread's own loop is not what was cancelled.
            self._cache.forget()
            raise PlanCancelledError from None
        except BaseException:
            self._cache.forget()
            raise
        finally:
            self._cache.close()

    async def _tell(self, front: Front, planning: "_Planning", token: str) -> None:
        """Say how far it is, a few times a second."""
        said: Document = {}
        while True:
            await asyncio.sleep(_TELL_S)
            state = planning.state or _indexing(self._index.status())
            if state is not None and state != said:
                front.send_event("plan", {"token": token, **state})
                said = state


class _Planning:
    """One plan that is made. Written by its thread, read by the event loop."""

    def __init__(
        self,
        sentence: str,
        *,
        answers: Mapping[str, str],
        overlay: Mapping[str, str],
        decides: bool,
        has_model: bool,
        recipe: str,
    ) -> None:
        self.sentence = sentence
        self.answers = answers
        self.overlay = overlay
        self.decides = decides
        self.has_model = has_model
        self.recipe = recipe
        """What the user chose before anybody asked; empty for nothing."""
        self.found: frozenset[str] = frozenset()
        """What search finds for a sentence that is no refactoring."""
        self.decisions: dict[str, Decision] = {}
        """By question, in the order in which they were asked."""
        self.asking: Future[int | None] | None = None
        """The question that a model has now."""
        self._read: set[str] = set()
        self._parsed: set[str] = set()
        self._files = 0
        self._is_stopped = False
        self._is_begun = False

    @property
    def state(self) -> Document | None:
        """How far it is; None while the index is brought up to date."""
        if not self._is_begun:
            return None
        if self.asking is not None:
            return {"stage": "asking", "files_done": 0, "files_total": 0}
        if self._parsed:
            # How many there will be depends on what the names lead to.
            return {"stage": "resolving", "files_done": len(self._parsed), "files_total": 0}
        return {"stage": "reading", "files_done": len(self._read), "files_total": self._files}

    def begin(self, files: int) -> None:
        """Reading begins, of so many files."""
        self._files, self._is_begun = files, True
        self._read.clear()
        self._parsed.clear()

    def note_read(self, path: str) -> None:
        """Count a file that is read.

        Raises:
            PlanCancelledError: Nobody wants the plan any more.
        """
        self._check()
        if path.endswith((".py", ".pyi")):
            self._read.add(path)

    def note_parsed(self, path: str) -> None:
        """Count a file whose names are looked at.

        Raises:
            PlanCancelledError: Nobody wants the plan any more.
        """
        self._check()
        self._parsed.add(path)

    def _check(self) -> None:
        if self._is_stopped:
            raise PlanCancelledError

    def begin_asking(self, asking: Future[int | None]) -> None:
        """A model is asked."""
        self.asking = asking
        if self._is_stopped:
            asking.cancel()

    def stop(self) -> None:
        """End it with the next file, or the question that is asked now."""
        self._is_stopped = True
        asking = self.asking
        if asking is not None:
            asking.cancel()

    def decision(self, question: str, options: tuple[str, ...]) -> Decision | None:
        """Return what the user answers to a question, or evidence if it may; None for neither."""
        given = self.answers.get(question)
        if given in options:
            return Decision(question, options, given, Decider.USER)
        if self.decides:
            return Decision(question, options, options[0], Decider.EVIDENCE)
        return None

    def decide(self, question: Question, index: int, by: Decider) -> None:
        """Note who answered a question."""
        option = question.options[index]
        self.decisions[question.text] = Decision(question.text, question.options, option, by)


class _GivenAnswers:
    """Answers what the user answered before. Implements `Chooser`."""

    def __init__(self, planning: _Planning) -> None:
        self._planning = planning

    async def choose(self, question: Question) -> int | None:
        option = self._planning.answers.get(question.text)
        if option not in question.options:
            return None
        index = question.options.index(option)
        self._planning.decide(question, index, Decider.USER)
        return index


class _HostModel:
    """Asks the main model, from the thread of a plan. Implements `Chooser`."""

    def __init__(self, workers: ModelWorkers, lanes: Lanes, planning: _Planning) -> None:
        self._workers = workers
        self._planning = planning
        self._loop = asyncio.get_running_loop()
        self._chooser = ModelChooser(self._load, CHATML, lanes)
        self.problem = ""
        """Why the model could not be asked."""

    async def choose(self, question: Question) -> int | None:
        if not self._chooser.takes(question):
            return None
        asking = asyncio.run_coroutine_threadsafe(self._chooser.choose(question), self._loop)
        self._planning.begin_asking(asking)
        try:
            index = await asyncio.wrap_future(asking)
        finally:
            self._planning.asking = None
        if index is not None:
            self._planning.decide(question, index, Decider.MODEL)
        return index

    async def _load(self) -> WaveModel:
        try:
            return await self._workers.worker(Role.MAIN)
        except ModelError as error:
            self.problem = str(error)
            raise


def _one_of(error: GoalAmbiguousError, planning: _Planning) -> Document:
    """Return the recipe that is wanted of several that a sentence asks for, or ask."""
    sentence = planning.sentence
    if planning.recipe in error.recipes:
        return recipe_document(sentence, named_goal(sentence, planning.recipe))
    decision = planning.decision(WHICH_RECIPE, error.recipes)
    if decision is None:
        return question_document(sentence, WHICH_RECIPE, error.recipes)
    return recipe_document(sentence, named_goal(sentence, decision.option), [decision])


def _rewrite(error: NotUnderstoodError, planning: _Planning, model_problem: str) -> Document:
    """Return the rewrite that a sentence may mean which is no refactoring; mostly ask first."""
    try:
        goal, label = rewrite_of(error, planning.found)
    except NotUnderstoodError:
        return refusal_document(error, model_problem=model_problem)
    except GoalUnreliableError as unreliable:
        return refusal_document(error, model_problem=model_problem, problem=str(unreliable))
    if planning.recipe == goal.recipe:
        return recipe_document(error.sentence, goal, model_problem=model_problem)
    options = (label, LEAVE)
    decision = planning.decision(MAY_REWRITE, options)
    if decision is None:
        return question_document(error.sentence, MAY_REWRITE, options, model_problem=model_problem)
    if decision.option == LEAVE:
        return refusal_document(error, model_problem=model_problem)
    return recipe_document(error.sentence, goal, [decision], model_problem=model_problem)


def _indexing(status: Mapping[str, Any]) -> Document | None:
    progress = status["progress"]
    if progress is None:
        return None
    done, total = progress["files_done"], progress["files_total"]
    return {"stage": "indexing", "files_done": done, "files_total": total}
