"""`nanobot accept ID`: write the edits of a process to the user's files."""

from collections.abc import Mapping, Sequence
from typing import Final

import typer

from nanobot_engine.process import Ledger, WriteReport
from nanobot_server.accepting import accept_with_settings
from nanobot_server.cli.arguments import In, Json, ProcessId, existing_ledger, workspace_of
from nanobot_server.cli.choice import Files, Hunks, choice_of
from nanobot_server.cli.front import tell_decided
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

_NAMED_MAX: Final = 5
"""So many steps are named."""


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
        tell_decided(root, process_id)
        if as_json:
            print_json(report.to_json())
        else:
            _show(report)
    if report.refused:
        raise typer.Exit(EXIT_FAILED)
    if report.replanned or report.asked_again:
        raise typer.Exit(EXIT_REVIEW)


def asked_again(process_id: str, steps: Sequence[Mapping[str, str]]) -> str:
    """Say which steps are asked again, and how the process goes on.

    Args:
        process_id: The process.
        steps: As `WriteReport.to_json` has them.
    """
    names = [f"{step['definition']} in {step['path']}" for step in steps[:_NAMED_MAX]]
    more = f" and {len(steps) - _NAMED_MAX} more" if len(steps) > _NAMED_MAX else ""
    is_one = len(steps) == 1
    return (
        f"{counted(len(steps), 'step')} {'is' if is_one else 'are'} asked again, because "
        f"{'its file' if is_one else 'their files'} changed: {', '.join(names)}{more}; "
        f"'nanobot resume {process_id}' does it"
    )


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
    if report.asked_again:
        say(asked_again(process_id, report.to_json()["asked_again"]))
        return
    if report.hunks_open:
        is_one = report.hunks_open == 1
        hunks = counted(report.hunks_open, "hunk")
        say(f"{hunks} still {'waits' if is_one else 'wait'}; 'nanobot diff {process_id}'")
