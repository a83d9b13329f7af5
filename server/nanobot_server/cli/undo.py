"""`nanobot undo ID`: take accepted edits back."""

import typer

from nanobot_engine.process import Ledger, undo
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.front import tell_decided
from nanobot_server.cli.output import EXIT_FAILED, counted, print_json, remark, reported, say


def command(process_id: ProcessId, workspace: In = None, *, as_json: Json = False) -> None:
    """Restore the files, keeping what you changed since."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        with Ledger.open(existing_ledger(root)) as ledger:
            report = undo(ledger, root, process_id)
        tell_decided(root, process_id)
        if as_json:
            print_json(report.to_json())
        else:
            if report.recovered:
                remark(report.recovered)
            files = counted(len(report.written), "file")
            say(f"{files} restored; 'nanobot accept {process_id}' does it again")
            for path, reason in report.refused:
                remark(f"not restored {path}: {reason.removeprefix(f'{path}: ')}")
    if report.refused:
        raise typer.Exit(EXIT_FAILED)
