"""`nanobot pause ID`."""

from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.front import ask_host
from nanobot_server.cli.output import print_json, reported, say


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Stop a process for now; 'nanobot resume' continues it."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        existing_ledger(root)
        answer = ask_host(root, "process.pause", {"process_id": process_id})
        if as_json:
            print_json(answer)
        else:
            say(f"{process_id} paused; 'nanobot resume {process_id}' continues it")
