"""`nanobot reject ID`: drop the edits of a process."""

from nanobot_engine.process import Ledger, reject
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.output import print_json, reported, say


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Drop the edits of a process. They stay in the ledger for reading."""
    with reported(as_json=as_json):
        with Ledger.open(existing_ledger(workspace_of(workspace))) as ledger:
            reject(ledger, process_id)
        if as_json:
            print_json({"process_id": process_id, "state": "rejected"})
        else:
            say(f"{process_id} rejected; your files are as they were")
