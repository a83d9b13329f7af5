"""The request that turns a sentence into a plan: read the files, ask a model, or say what is open.

    sentence ─recipe?─> recipe
             └─> index ─> files ─> planner ─questions─> answers of the front, then a model
                                      └─> refactorings | recipe | questions | a refusal

A plan is a function of the sentence, the files, the answers and the model file: a model
answers a question alike each time. Runs on the host's event loop; files are read in the plan
worker, one plan at a time. Nothing that others wait for waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from nanobot_engine.intent import (
    CommandRequest,
    ModelChooser,
    ModelWriter,
    NotUnderstoodError,
    Question,
    may_name_more,
    recipe_goal,
)
from nanobot_engine.model import ChatTemplate, Lane, ModelError, OpenLanes, Role, WaveModel
from nanobot_engine.recipe import GoalAmbiguousError
from nanobot_engine.recipe.rewrite import GoalUnreliableError
from nanobot_server.host.model_workers import WaveModels
from nanobot_server.host.params import Params
from nanobot_server.host.plan_process import PlanProcess
from nanobot_server.host.plan_view import (
    Decider,
    Decision,
    question_document,
    recipe_document,
    refusal_document,
)
from nanobot_server.host.plan_wire import error_from_json
from nanobot_server.host.recipe_goals import (
    LEAVE,
    MAY_REWRITE,
    WHICH_RECIPE,
    named_goal,
    rewrite_of,
)
from nanobot_server.host.token_tasks import TOKEN_CHARS_MAX, TokenTasks
from nanobot_server.host.workspace_index import WorkspaceIndex
from nanobot_server.role_templates import TemplateOf

GOAL_CHARS_MAX: Final = 10_000
_TELL_S: Final = 0.25

Document = dict[str, Any]


class Front(Protocol):
    """Who asked."""

    def send_event(self, event: str, params: Document) -> None:
        """Tell it how far its plan is."""


Answer = Callable[[Front, Params], Awaitable[Document]]


class PlanRequests:
    """Methods of the host.

    Args:
        index: Of the workspace.
        workers: The models.
        template_of: How they read a conversation.
        planner: Reads the files.
    """

    def __init__(
        self,
        index: WorkspaceIndex,
        workers: WaveModels,
        template_of: TemplateOf,
        planner: PlanProcess,
    ) -> None:
        self._index = index
        self._planner = planner
        self._workers = workers
        self._template = template_of(Role.MAIN)
        self._turn = asyncio.Lock()
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
        # A plain word may be a name: only the planner knows the code.
        if goal is not None and not may_name_more(planning.sentence, goal):
            return recipe_document(planning.sentence, goal)
        telling = asyncio.create_task(self._tell(front, planning, token or ""))
        try:
            async with self._turn:
                return await self._read(planning)
        finally:
            telling.cancel()

    async def _read(self, planning: "_Planning") -> Document:
        model = _HostModel(self._workers, self._template, planning)

        async def work() -> Document:
            return await self._planner.run(
                planning.job(), tell=planning.note, ask=model.choose, write=model.write
            )

        result = await self._index.on_disk(work)
        if "plan" in result:
            return {**result["plan"], "model_problem": model.problem}
        error = error_from_json(result["not_understood"])
        assert isinstance(error, NotUnderstoodError)
        return _rewrite(error, planning, frozenset(result["found"]), model.problem)

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
    """One plan that is made."""

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
        self.state: Document | None = None
        """How far it is; None while the index is brought up to date."""

    def job(self) -> Document:
        """Return what the worker is to do."""
        return {
            "job": "plan",
            "goal": self.sentence,
            "answers": dict(self.answers),
            "overlay": dict(self.overlay),
            "decide": self.decides,
            "has_model": self.has_model,
        }

    def note(self, state: Document) -> None:
        """Keep how far it is."""
        self.state = state

    def decision(self, question: str, options: tuple[str, ...]) -> Decision | None:
        """Return what the user answers to a question, or evidence if it may; None for neither."""
        given = self.answers.get(question)
        if given in options:
            return Decision(question, options, given, Decider.USER)
        if self.decides:
            return Decision(question, options, options[0], Decider.EVIDENCE)
        return None


class _HostModel:
    """Asks the main model what the worker asks. Implements `Chooser` and `Writer`."""

    def __init__(self, workers: WaveModels, template: ChatTemplate, planning: _Planning) -> None:
        self._workers = workers
        self._planning = planning
        self._chooser = ModelChooser(self._load, template, OpenLanes())
        self._writer = ModelWriter(self._load, template, OpenLanes())
        self.problem = ""
        """Why the model could not be asked."""

    async def choose(self, question: Question) -> int | None:
        if not self._chooser.takes(question):
            return None
        self._note()
        return await self._chooser.choose(question)

    async def write(self, request: CommandRequest) -> list[str]:
        self._note()
        return await self._writer.write(request)

    def _note(self) -> None:
        self._planning.note({"stage": "asking", "files_done": 0, "files_total": 0})

    async def _load(self) -> WaveModel:
        try:
            return await self._workers.worker(Role.MAIN, Lane.CHAT)
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


def _rewrite(
    error: NotUnderstoodError, planning: _Planning, found: frozenset[str], model_problem: str
) -> Document:
    """Return the rewrite that a sentence may mean which is no refactoring; mostly ask first."""
    try:
        goal, label = rewrite_of(error, found)
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
