"""`nanobot reject ID`: drop the edits of a process."""

from nanobot_engine.process import EVERYTHING, Ledger, ProcessState, reject
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.choice import Files, Hunks, choice_of
from nanobot_server.cli.front import tell_decided
from nanobot_server.cli.output import print_json, reported, say


def command(
    process_id: ProcessId,
    workspace: In = None,
    *,
    file: Files = None,
    hunk: Hunks = None,
    as_json: Json = False,
) -> None:
    """Drop the edits of a process, all or those named.

    They stay in the ledger for reading.
    """
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        choice = choice_of(file, hunk)
        with Ledger.open(existing_ledger(root)) as ledger:
            state = reject(ledger, process_id, choice, root=root)
        tell_decided(root, process_id)
        if as_json:
            print_json({"process_id": process_id, "state": state.value})
        elif state is ProcessState.REJECTED:
            say(f"{process_id} rejected; your files are as they were")
        elif state is ProcessState.DONE:
            say(f"{process_id} done; what was accepted stays, the rest is rejected")
        else:
            assert choice != EVERYTHING
            say(f"rejected; 'nanobot diff {process_id}' shows what still waits")
