"""Changes that the plan worker plans for the host: of processes that start, and once more later.

Runs on the host's event loop; `from_thread` is for a thread that accepts meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from nanobot_engine.intent import Question
from nanobot_engine.process import Ledger
from nanobot_engine.process.errors import ChangeNotPlannedError
from nanobot_engine.process.refactor_again import ChangePlanner, ChangeRequest
from nanobot_engine.process.refactor_records import PlannedChange, record_change
from nanobot_server.host.errors import HostError
from nanobot_server.host.plan_process import PlanProcess
from nanobot_server.host.plan_wire import change_from_json, request_to_json
from nanobot_server.host.workspace_index import WorkspaceIndex


class Changes:
    """Plans changes.

    Args:
        index: Of the workspace.
        planner: The plan worker.
    """

    def __init__(self, index: WorkspaceIndex, planner: PlanProcess) -> None:
        self._index = index
        self._planner = planner

    async def record(
        self,
        ledger: Ledger,
        process_id: str,
        overlay: Mapping[str, str],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        """Plan the change of a process and record it, once and all or nothing.

        Args:
            ledger: Not used by anybody else meanwhile.
            process_id: A process without steps.
            overlay: Text of unsaved buffers by path.
            tell: Called with how far it is.

        Raises:
            HostError: It can not be done.
            IndexerError: The workspace can not be indexed.
        """
        request = ChangeRequest(ledger.process(process_id).goal, overlay=overlay)
        change = await self._planned(request, tell)
        assert change is not None  # There is nothing that it may be the same as.
        work = asyncio.create_task(asyncio.to_thread(record_change, ledger, process_id, change))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await work  # The thread uses the ledger.
            raise

    def from_thread(self) -> ChangePlanner:
        """Return a planner for another thread. Call this one on the event loop."""
        loop = asyncio.get_running_loop()

        def plan(request: ChangeRequest) -> PlannedChange | None:
            planned = self._planned(request, lambda _state: None)
            try:
                return asyncio.run_coroutine_threadsafe(planned, loop).result()
            except HostError as error:
                raise ChangeNotPlannedError(str(error)) from error

        return plan

    async def _planned(
        self, request: ChangeRequest, tell: Callable[[dict[str, Any]], None]
    ) -> PlannedChange | None:
        job = {"job": "change", "request": request_to_json(request)}

        async def work() -> dict[str, Any]:
            return await self._planner.run(job, tell=tell, ask=_unanswered)

        result = await self._index.on_disk(work)
        return await asyncio.to_thread(change_from_json, result["change"])


async def _unanswered(_question: Question) -> int | None:
    """Answer nothing: a goal leaves nothing open."""
    return None
