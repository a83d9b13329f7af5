"""`nanobot accept ID`: write the edits of a process to the user's files."""

import typer

from nanobot_engine.process import Ledger, WriteReport
from nanobot_server.accepting import accept_with_settings
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.choice import Files, Hunks, choice_of
from nanobot_server.cli.output import (
    EXIT_FAILED,
    EXIT_REVIEW,
    counted,
    print_json,
    remark,
    reported,
    say,
)
from nanobot_server.cli.user_settings import loaded_settings


def command(
    process_id: ProcessId,
    workspace: In = None,
    *,
    file: Files = None,
    hunk: Hunks = None,
    as_json: Json = False,
) -> None:
    """Write the edits of a process, all or those named.

    A file that changed meanwhile is never overwritten.
    """
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        with Ledger.open(existing_ledger(root)) as ledger:
            report = accept_with_settings(
                ledger, root, process_id, loaded_settings(), choice_of(file, hunk)
            )
        if as_json:
            print_json(report.to_json())
        else:
            _show(report)
    if report.refused:
        raise typer.Exit(EXIT_FAILED)
    if report.replanned:
        raise typer.Exit(EXIT_REVIEW)


def _show(report: WriteReport) -> None:
    process_id = report.process_id
    if report.recovered:
        remark(report.recovered)
    for path, reason in report.refused:
        remark(f"not written {path}: {reason.removeprefix(f'{path}: ')}")
    if report.replanned:
        say(
            f"nothing written: {report.replanned}; {process_id} is planned again for the files "
            f"of now, 'nanobot diff {process_id}' shows it"
        )
        return
    files = counted(len(report.written), "file")
    more = f"; 'nanobot undo {process_id}' takes it back" if report.written else ""
    say(f"{files} written{more}")
    if report.hunks_open:
        is_one = report.hunks_open == 1
        hunks = counted(report.hunks_open, "hunk")
        say(f"{hunks} still {'waits' if is_one else 'wait'}; 'nanobot diff {process_id}'")
