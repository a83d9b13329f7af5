"""A command's connection to the host, and following a process on the terminal."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nanobot_server.cli.output import REMARKS, remark, shows_progress
from nanobot_server.cli.plan_progress import STAGES
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import FAILED, UNAVAILABLE, HostError
from nanobot_server.host.location import socket_path

CALL_TIMEOUT_S: Final = 60.0
PING_TIMEOUT_S: Final = 3.0
# After Ctrl-C: the wave that runs is given up, and an index that is written ends.
_PAUSE_TIMEOUT_S: Final = 25.0
_RUNNING: Final = frozenset({"queued", "running"})


def ask_host(workspace: Path, method: str, params: dict[str, object]) -> dict[str, Any]:
    """Make one call to the host, starting it if need be."""

    async def once() -> dict[str, Any]:
        async with await HostClient.connect(workspace) as client:
            return dict(await client.call(method, params, timeout_s=CALL_TIMEOUT_S))

    return asyncio.run(once())


def runs_of(workspace: Path) -> frozenset[str]:
    """Return the processes that a living host runs now. Starts no host."""

    async def once() -> frozenset[str]:
        try:
            connecting = HostClient.connect(workspace, spawn=False, timeout_s=PING_TIMEOUT_S)
            async with await connecting as client:
                answer = await client.call("ping", {}, timeout_s=PING_TIMEOUT_S)
                return frozenset(str(process_id) for process_id in answer["runs"])
        except HostError:
            return frozenset()

    return asyncio.run(once())


def tell_decided(workspace: Path, process_id: str) -> None:
    """Tell a host that runs that a process was decided on here: its editors show it then.

    The ledger has it already, so it is no failure that nobody hears it. Starts no host.
    """

    async def once() -> None:
        with suppress(HostError):
            connecting = HostClient.connect(workspace, spawn=False, timeout_s=PING_TIMEOUT_S)
            async with await connecting as client:
                params: dict[str, object] = {"process_id": process_id}
                await client.call("process.decided", params, timeout_s=PING_TIMEOUT_S)

    if is_host_listening(workspace):
        asyncio.run(once())


def is_host_listening(workspace: Path) -> bool:
    """Tell whether the kernel connects to a host, also to one that does not answer."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path(workspace)))
        except OSError:
            return False
    return True


def follow(workspace: Path, start: Callable[[HostClient], Awaitable[str]]) -> tuple[str, bool]:
    """Start or resume a process and stay with it until it stops running.

    Ctrl-C pauses it.

    Args:
        workspace: Where.
        start: Makes the call and returns the process id.

    Returns:
        The process id, and whether the user interrupted.
    """
    return asyncio.run(_follow(workspace, start))


async def _follow(
    workspace: Path, start: Callable[[HostClient], Awaitable[str]]
) -> tuple[str, bool]:
    async with await HostClient.connect(workspace) as client:
        process_id = await start(client)
        interrupted = asyncio.Event()
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            # What else asks a command to end does the same: see `interruption`.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
        watching = asyncio.create_task(_watch(client, process_id))
        stopping = asyncio.create_task(interrupted.wait())
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            stopping.cancel()
            await watching
            return process_id, False
        # Our leaving pauses it too, so a host that does not answer is not waited for.
        with suppress(HostError, TimeoutError):
            async with asyncio.timeout(_PAUSE_TIMEOUT_S):
                params: dict[str, object] = {"process_id": process_id}
                await client.call("process.pause", params, timeout_s=_PAUSE_TIMEOUT_S)
                await watching
        watching.cancel()
        await asyncio.wait({watching})
        return process_id, True


async def _watch(client: HostClient, process_id: str) -> None:
    """Show progress until the process no longer runs.

    Raises:
        HostError: The host went away meanwhile, or could not record how the process
            ended; it can be resumed.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    shown = shows_progress(REMARKS)
    with Progress(*columns, console=REMARKS, disable=not shown, transient=True) as progress:
        task = progress.add_task(f"{process_id} indexing", total=None, detail="")

        def show(view: dict[str, Any]) -> None:
            planning = view["planning"]
            if planning is not None:
                total = planning["files_total"] or None
                text = f"{process_id} {STAGES[planning['stage']]}"
                progress.update(task, description=text, total=total, detail="files")
                progress.update(task, completed=planning["files_done"])
                return
            progress.update(
                task,
                description=f"{process_id} {view['state']}",
                total=view["steps"] or None,
                completed=view["done"],
                detail=f"{view['edits']} edits, {view['refused']} refused",
            )

        params: dict[str, object] = {"process_id": process_id}
        answer = await client.call("status", params, timeout_s=CALL_TIMEOUT_S)
        if not answer["processes"][0]["is_alive"]:
            return _ended(answer["processes"][0], "")
        async for event in client.events():
            view = event["params"]
            if view.get("process_id") != process_id:
                continue
            show(view)
            if not view["is_alive"]:
                return _ended(view, view["message"])
            if view["message"]:
                remark(f"{process_id}: {view['message']}")
    raise HostError(
        UNAVAILABLE,
        f"{process_id}: its host ended; nothing is lost, 'nanobot resume {process_id}' goes on",
    )


def _ended(view: dict[str, Any], message: str) -> None:
    """Check that the end of a process was recorded: its state is not one of a living one."""
    if view["state"] in _RUNNING:
        process_id, reason = view["process_id"], message or "it stopped"
        raise HostError(FAILED, f"{process_id}: {reason}; 'nanobot resume {process_id}' goes on")
