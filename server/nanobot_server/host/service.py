"""What the host does: processes in the background, for all fronts of a workspace.

All state of the host is here. Runs on the host's event loop; what takes long
runs in a thread or in a worker.

At most one workspace-wide process runs at a time, because two would propose the
same edits; processes over single definitions run beside it, in a faster lane.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from nanobot_engine.errors import EngineError
from nanobot_engine.model import Lane, ModelMissingError, OpenLanes, Role
from nanobot_engine.process import (
    REFACTOR,
    UNFINISHED,
    Check,
    Ledger,
    ProcessRunner,
    ProcessState,
    ProcessStateError,
    enumerate_files,
    enumerate_workspace,
    recipe_of,
    stoppable,
)
from nanobot_engine.process.late_model import LateModel
from nanobot_engine.recipe import AskingRecipe, Goal, Recipe, recipe_named
from nanobot_indexer import IndexerError, IngestCancelledError, VolumeError
from nanobot_server.channel.connection import Connection
from nanobot_server.engine_options import index_options, main_model, models_dir, process_options
from nanobot_server.host.ask_requests import AskRequests
from nanobot_server.host.changes import Changes
from nanobot_server.host.collection_pause import uncollected
from nanobot_server.host.completion_requests import CompletionRequests
from nanobot_server.host.errors import BUSY, MODEL_MISSING, USAGE, HostError
from nanobot_server.host.index_repair import forget_index, rebuilt
from nanobot_server.host.index_requests import IndexRequests
from nanobot_server.host.location import ledger_path
from nanobot_server.host.model_workers import ModelWorkers
from nanobot_server.host.params import Params
from nanobot_server.host.plan_process import PlanProcess
from nanobot_server.host.plan_requests import PlanRequests
from nanobot_server.host.protocol import PROTOCOL_VERSION
from nanobot_server.host.recipe_goals import started_goal, with_permission
from nanobot_server.host.refactor_runs import (
    Finisher,
    goal_of_params,
    run_recipe,
    run_refactoring,
    with_checks,
)
from nanobot_server.host.review_requests import ReviewRequests
from nanobot_server.host.semantic_index import SemanticIndex
from nanobot_server.host.targets import goal_of_targets
from nanobot_server.host.view import event_view, process_view
from nanobot_server.host.workspace_index import WorkspaceIndex
from nanobot_server.role_templates import role_templates
from nanobot_server.settings import Settings

if TYPE_CHECKING:
    from nanobot_engine.edit import SourceFile

log = logging.getLogger(__name__)

_SOURCE_BYTES_MAX: Final = 2 * 1024 * 1024
_STOP_TIMEOUT_S: Final = 20.0

# What the ledger raises when it is damaged or the disk refuses.
_LEDGER_ERRORS: Final = (EngineError, apsw.Error)


@dataclass(slots=True)
class _Run:
    """A process that runs now."""

    task: asyncio.Task[None]
    ledger: Ledger
    owner: Connection | None
    """Whose leaving pauses it; None for a detached process."""
    is_workspace_wide: bool
    stop_state: ProcessState | None = None


class WorkspaceService:
    """The methods of the host. One instance per host."""

    def __init__(self, workspace: Path, settings: Settings, trio: ModelWorkers) -> None:
        self._workspace = workspace
        self._settings = settings
        self._trio = trio
        self._template_of = role_templates(settings)
        self._ledger = Ledger.open(ledger_path(workspace))
        self._runs: dict[str, _Run] = {}
        self._connections: set[Connection] = set()
        self._index = WorkspaceIndex(
            workspace,
            index_options(settings),
            is_watched=settings.index.watch,
            interval_s=settings.index.refresh_interval_s,
            tell=self._tell_index,
        )
        self._planner = PlanProcess(workspace)
        # Models at work need the cores more.
        self._semantic = SemanticIndex(workspace, settings, lambda: bool(self._runs))
        self._completions = CompletionRequests(workspace, settings, self._index, trio)
        self._changes = Changes(self._index, self._planner)
        self._reviews = ReviewRequests(
            self._ledger.path, workspace, settings, self._changes, self._publish
        )
        self._recovered = self._reviews.recover()
        self._methods = {
            "ping": self._ping,
            "status": self._status,
            **IndexRequests(self._index, self._semantic).methods,
            **self._completions.methods,
            **AskRequests(self._index, trio, self._template_of).methods,
            **PlanRequests(self._index, trio, self._template_of, self._planner).methods,
            "process.start": self._start,
            "process.pause": self._pause,
            "process.resume": self._resume,
            "process.cancel": self._cancel,
            "process.plan_again": self._plan_again,
            **self._reviews.methods,
        }

    @property
    def is_idle(self) -> bool:
        """True when nobody is connected and nothing runs."""
        return not self._connections and not self._runs

    def joined(self, connection: Connection) -> None:
        """A front connected; it gets events from now on."""
        self._connections.add(connection)
        while self._recovered:
            self._publish(*self._recovered.popitem())
        self._index.expect()
        self._semantic.start()

    async def left(self, connection: Connection) -> None:
        """A front is gone: pause what it started and did not detach."""
        self._connections.discard(connection)
        self._index.left(connection)
        self._completions.left(connection)
        for process_id, run in list(self._runs.items()):
            if run.owner is connection:
                await self._stop(process_id, ProcessState.PAUSED)

    async def answer(self, connection: Connection, method: str, params: dict[str, Any]) -> Any:
        """Answer one request.

        Raises:
            HostError, EngineError, IndexerError: The connection reports them.
        """
        handler = self._methods.get(method)
        if handler is None:
            raise HostError(USAGE, f"{method}: this host has no such method; restart the editor")
        return await handler(connection, Params(params))

    async def close(self) -> None:
        """Pause every process and stop the workers."""
        for process_id in list(self._runs):
            await self._stop(process_id, ProcessState.PAUSED)
        await self._planner.close()
        await self._semantic.close()
        await self._completions.close()
        await self._index.close()
        await self._trio.close()
        self._ledger.close()

    # -- methods -----------------------------------------------------------

    async def _ping(self, _connection: Connection, _params: Params) -> dict[str, Any]:
        workers = [
            {"role": role.value, "pid": status.pid, "restarts": status.restarts}
            for role, status in self._trio.states().items()
        ]
        return {
            "pid": os.getpid(),
            "protocol": PROTOCOL_VERSION,
            "workspace": str(self._workspace),
            "runs": sorted(self._runs),
            "workers": workers,
        }

    async def _status(self, _connection: Connection, params: Params) -> dict[str, Any]:
        wanted = params.optional_text("process_id")
        records = [self._ledger.process(wanted)] if wanted else self._ledger.processes()
        return {"processes": [self._view(record.process_id) for record in records]}

    async def _start(self, connection: Connection, params: Params) -> dict[str, Any]:
        targets = params.optional_objects("targets")
        overlay = params.text_by_text("overlay")
        sources: list[SourceFile] = []
        refactoring = goal_of_params(params, self._settings)
        if targets and refactoring is None:
            goal, sources = await asyncio.to_thread(
                goal_of_targets, self._workspace, targets, overlay
            )
        else:
            goal = refactoring or started_goal(params)
            self._require_no_workspace_run()
        options = process_options(
            self._settings,
            seed=params.optional_integer("seed"),
            steps_max=params.optional_integer("steps_max"),
        )
        if refactoring is None:
            length = str(self._settings.edit.docstring_line_length_max)
            goal = replace(goal, arguments={**goal.arguments, "line_length_max": length})
            goal = with_checks(goal, params, self._settings)
            wanted = params.choices("checks", Check) or frozenset()
            goal = with_permission(goal, self._workspace, self._settings, wanted)
        self._require_models(goal)
        process_id = self._ledger.create_process(goal, options)
        if sources:
            recipe = recipe_named(goal.recipe, goal.arguments)
            enumerate_files(self._ledger, process_id, recipe, sources, overlay=overlay)
        lane = Lane.CHAT if params.optional_text("lane") == "chat" else Lane.PROCESS
        owner = None if params.flag("detach") else connection
        self._launch(process_id, lane=lane, owner=owner, overlay=overlay)
        return {"process_id": process_id}

    async def _resume(self, connection: Connection, params: Params) -> dict[str, Any]:
        """Continue a process.

        Unsaved buffers are not sent again: the ledger keeps their text once the
        process was enumerated; one interrupted before that is enumerated from disk.
        """
        process_id = params.text("process_id")
        record = self._ledger.process(process_id)
        if process_id in self._runs:
            raise HostError(BUSY, f"{process_id}: already runs; follow it with 'nanobot status'")
        if record.state not in UNFINISHED:
            allowed = sorted(state.value for state in UNFINISHED)
            raise ProcessStateError(process_id, record.state.value, "be resumed", allowed)
        self._require_models(record.goal)
        if not record.goal.arguments.get("only"):
            self._require_no_workspace_run()
        owner = None if params.flag("detach") else connection
        # Now and not when the model is loaded: nobody shall take it for paused.
        self._ledger.set_state(process_id, ProcessState.RUNNING, verb="be resumed")
        self._launch(process_id, lane=Lane.PROCESS, owner=owner, overlay={})
        return {"process_id": process_id, "state": ProcessState.RUNNING.value}

    async def _plan_again(self, connection: Connection, params: Params) -> dict[str, Any]:
        """Plan again what an editor can not apply, and ask what must be asked."""
        report = {**await self._reviews.plan_again(params), "problem": ""}
        if report["asked_again"]:
            try:
                report |= await self._resume(connection, params)
            except HostError as error:
                report["problem"] = str(error)
        return report

    async def _pause(self, _connection: Connection, params: Params) -> dict[str, Any]:
        return await self._stopped(params.text("process_id"), ProcessState.PAUSED, "be paused")

    async def _cancel(self, _connection: Connection, params: Params) -> dict[str, Any]:
        process_id = params.text("process_id")
        return await self._stopped(process_id, ProcessState.CANCELLED, "be cancelled")

    async def _stopped(self, process_id: str, state: ProcessState, verb: str) -> dict[str, Any]:
        now = self._ledger.process(process_id).state
        if process_id in self._runs:
            await self._stop(process_id, state)
        else:
            # Not the whole table: an accept may pause what waits for review, nobody else.
            if now not in stoppable(state):
                allowed = sorted(one.value for one in stoppable(state))
                raise ProcessStateError(process_id, now.value, verb, allowed)
            self._ledger.set_state(process_id, state, verb=verb)
            self._publish(process_id, "")
        return {"process_id": process_id, "state": self._ledger.process(process_id).state.value}

    # -- running -----------------------------------------------------------

    def _launch(
        self, process_id: str, *, lane: Lane, owner: Connection | None, overlay: Mapping[str, str]
    ) -> None:
        # Its own connection: the runner works in threads while `status` reads.
        ledger = Ledger.open(self._ledger.path)
        record = ledger.process(process_id)
        run = _Run(
            task=asyncio.create_task(self._run(process_id, ledger, lane, overlay)),
            ledger=ledger,
            owner=owner,
            is_workspace_wide=not record.goal.arguments.get("only"),
        )
        self._runs[process_id] = run

    async def _run(
        self, process_id: str, ledger: Ledger, lane: Lane, overlay: Mapping[str, str]
    ) -> None:
        message = ""
        try:
            await self._enumerate(process_id, ledger, overlay)

            async def ask(finish: Finisher | None = None) -> None:
                recipe = recipe_of(ledger, process_id)
                options = ledger.process(process_id).options
                role = _role_asked(recipe)
                runner = ProcessRunner(
                    ledger,
                    process_id,
                    model=LateModel(
                        lambda: self._trio.worker(role, lane),
                        slots=options.slots,
                        context_tokens=options.context_tokens,
                    ),
                    template=self._template_of(role),
                    lanes=OpenLanes(),
                    lane=lane,
                    observer=lambda: self._publish(process_id, ""),
                    finish=finish,
                )
                await runner.run()

            if ledger.process(process_id).goal.recipe == REFACTOR:
                judge = ask if self._has_model() else None
                await run_refactoring(
                    ledger, process_id, self._workspace, self._settings, judge=judge
                )
                record = ledger.process(process_id)
                message = record.reason if record.state is ProcessState.FAILED else ""
            else:
                await run_recipe(ledger, process_id, self._workspace, self._settings, ask=ask)
        except asyncio.CancelledError:
            run = self._runs.get(process_id)
            state = run.stop_state if run is not None and run.stop_state else ProcessState.PAUSED
            with contextlib.suppress(*_LEDGER_ERRORS):
                ledger.set_state(process_id, state, verb=state.value)
        except (EngineError, IndexerError, HostError) as error:
            message = str(error)
            log.warning("process failed: process=%s reason=%s", process_id, message)
            with contextlib.suppress(*_LEDGER_ERRORS):
                ledger.set_state(process_id, ProcessState.FAILED, verb="fail", reason=message)
        except Exception:
            # A bug in one process ends that process, not the host.
            log.exception("process broke: process=%s", process_id)
            message = "nanobot failed; the host's log has the details, 'nanobot resume' goes on"
            with contextlib.suppress(*_LEDGER_ERRORS):
                ledger.set_state(process_id, ProcessState.FAILED, verb="fail", reason=message)
        finally:
            self._runs.pop(process_id, None)
            ledger.close()
            # A front that follows the process waits for this one.
            with contextlib.suppress(*_LEDGER_ERRORS):
                self._publish(process_id, message)

    async def _enumerate(self, process_id: str, ledger: Ledger, overlay: Mapping[str, str]) -> None:
        """Find the steps, unless an earlier run did."""
        if ledger.is_enumerated(process_id):
            return
        if ledger.process(process_id).goal.recipe == REFACTOR:
            tell = partial(self._publish, process_id, "")
            await self._changes.record(ledger, process_id, overlay, tell)
            return
        # The index has one writer at a time, in this host too.
        async with self._index.writing():
            try:
                await self._enumerate_once(process_id, ledger, overlay)
            except VolumeError as error:
                log.warning("index rebuilt: workspace=%s reason=%s", self._workspace, error)
                self._publish(process_id, rebuilt(error))
                await asyncio.to_thread(forget_index, self._workspace)
                await self._enumerate_once(process_id, ledger, overlay)

    async def _enumerate_once(
        self, process_id: str, ledger: Ledger, overlay: Mapping[str, str]
    ) -> None:
        goal = ledger.process(process_id).goal
        recipe = recipe_named(goal.recipe, goal.arguments)
        look = partial(enumerate_workspace, ledger, process_id, recipe)
        await self._in_thread(partial(look, self._workspace, overlay=overlay))

    async def _in_thread(self, look: Callable[..., object]) -> None:
        """Call what looks at the files. Cancelled, it has ended on return."""
        stopped = False
        work = asyncio.create_task(
            asyncio.to_thread(
                uncollected,
                look,
                options=index_options(self._settings),
                cancelled=lambda: stopped,
            )
        )
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread uses the ledger: wait until it has noticed.
            stopped = True
            with contextlib.suppress(IngestCancelledError):
                await work
            raise

    async def _stop(self, process_id: str, state: ProcessState) -> None:
        run = self._runs.get(process_id)
        if run is None:
            return
        run.stop_state = state
        run.task.cancel()
        await asyncio.wait({run.task}, timeout=_STOP_TIMEOUT_S)

    def _publish(
        self, process_id: str, message: str, planning: Mapping[str, Any] | None = None
    ) -> None:
        """Tell all fronts how a process is.

        Args:
            process_id: The process.
            message: A sentence for the user, often empty.
            planning: How far its plan is, while there is none.
        """
        if not self._connections:
            return
        view = event_view(self._view(process_id), message, planning)
        for connection in self._connections:
            connection.send_event("process", view)

    def _tell_index(self, message: str) -> None:
        if self._connections:
            view = {**self._index.status(), "message": message}
            for connection in self._connections:
                connection.send_event("index", view)

    def _view(self, process_id: str) -> dict[str, Any]:
        record = self._ledger.process(process_id)
        return process_view(self._ledger, record, is_alive=process_id in self._runs)

    # -- checks ------------------------------------------------------------

    def _has_model(self) -> bool:
        return main_model(self._settings).path_in(models_dir(self._settings)).exists()

    def _require_models(self, goal: Goal) -> None:
        if goal.recipe == REFACTOR or self._has_model():
            return
        if isinstance(recipe_named(goal.recipe, goal.arguments), AskingRecipe):
            entry = main_model(self._settings)
            path = entry.path_in(models_dir(self._settings))
            raise HostError(MODEL_MISSING, str(ModelMissingError(entry.name, path)))

    def _require_no_workspace_run(self) -> None:
        for process_id, run in self._runs.items():
            if run.is_workspace_wide:
                raise HostError(
                    BUSY,
                    f"{process_id} already runs in this workspace; wait for it "
                    f"('nanobot status {process_id}') or stop it ('nanobot cancel {process_id}')",
                )


def _role_asked(recipe: Recipe) -> Role:
    """Return whose model a recipe asks; the main one's for a recipe that never does."""
    return Role(recipe.role) if isinstance(recipe, AskingRecipe) else Role.MAIN
