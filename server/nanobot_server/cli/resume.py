"""`nanobot resume ID`: continue a paused, failed or interrupted process."""

from typing import Annotated

import typer

from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.front import CALL_TIMEOUT_S, follow
from nanobot_server.cli.output import reported
from nanobot_server.cli.process import finish
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.host.client import HostClient


def command(
    process_id: ProcessId,
    workspace: In = None,
    *,
    accept_edits: Annotated[
        bool, typer.Option("--accept", help="Accept the edits without a review.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Continue a process. No finished step is done again."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        existing_ledger(root)
        settings = loaded_settings()

        async def start(client: HostClient) -> str:
            params: dict[str, object] = {"process_id": process_id}
            await client.call("process.resume", params, timeout_s=CALL_TIMEOUT_S)
            return process_id

        _, interrupted = follow(root, start)
        accept_with = settings if accept_edits else None
        code = finish(root, process_id, accept_with, interrupted=interrupted, as_json=as_json)
    raise typer.Exit(code)
