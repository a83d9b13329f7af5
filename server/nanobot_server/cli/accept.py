"""`nanobot accept ID`: write the edits of a process to the user's files."""

import typer

from nanobot_engine.process import Ledger, accept
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.output import EXIT_FAILED, counted, print_json, remark, reported, say


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Write the edits of a process. A file that changed meanwhile is never overwritten."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        with Ledger.open(existing_ledger(root)) as ledger:
            report = accept(ledger, root, process_id)
        if as_json:
            print_json(report.to_json())
        else:
            files = counted(len(report.written), "file")
            say(f"{files} written; 'nanobot undo {process_id}' takes it back")
            for path, reason in report.refused:
                remark(f"not written {path}: {reason}")
    if report.refused:
        raise typer.Exit(EXIT_FAILED)
