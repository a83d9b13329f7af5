"""`nanobot status [ID]`: what processes there are and how far they are."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nanobot_engine.process import Ledger
from nanobot_indexer import IndexMissingError, VolumeError, open_index
from nanobot_server.cli import process_report
from nanobot_server.cli.arguments import In, Json, existing_ledger, has_ledger, workspace_of
from nanobot_server.cli.front import runs_of
from nanobot_server.cli.index_report import embedded_text, index_text
from nanobot_server.cli.output import print_json, remark, reported, say, table
from nanobot_server.host.index_view import manifest_view
from nanobot_server.host.semantic_view import coverage_view


def command(
    process_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="A process, such as p1; default: all.")
    ] = None,
    workspace: In = None,
    *,
    as_json: Json = False,
) -> None:
    """Show one process, or all of this workspace, and the index."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        if process_id is None and not has_ledger(root):
            index = _index(root)
            if as_json:
                print_json({"processes": [], "index": index})
            else:
                say("no process was started here; 'nanobot process GOAL' starts one")
                _say_index(index)
            return
        path = existing_ledger(root)
        running = runs_of(root)
        with Ledger.open(path) as ledger:
            records = [ledger.process(process_id)] if process_id else ledger.processes()
            views = []
            for record in records:
                view = process_report.view(
                    ledger, record.process_id, is_alive=record.process_id in running
                )
                if process_id:
                    view["skipped"] = [
                        {"path": path, "reason": reason}
                        for path, reason in ledger.skipped_files(process_id)
                    ]
                views.append(view)
            index = _index(root)
            if as_json:
                print_json({"processes": views, "index": index})
            elif process_id:
                process_report.show(views[0], process_report.left(ledger, process_id))
            else:
                rows = [
                    (
                        view["process_id"],
                        process_report.state_text(view),
                        f"{view['done']}/{view['steps']}",
                        str(view["edits"]),
                        str(view["refused"]),
                        view["goal"],
                    )
                    for view in views
                ]
                table(("id", "state", "done", "edits", "refused", "goal"), rows)
                _say_index(index)


def _index(root: Path) -> dict[str, Any] | None:
    """Return the view of the index; None when there is none that can be opened."""
    try:
        with open_index(root) as index:
            return {**manifest_view(index.manifest), **coverage_view(root, index)}
    except IndexMissingError:
        return None
    except VolumeError as error:
        remark(f"the index: {error}")
        return None


def _say_index(view: dict[str, Any] | None) -> None:
    say(f"index: {index_text(view)}" if view else "index: none; 'nanobot ingest' makes it")
    if view and "semantic" in view:
        say(f"search by meaning: {embedded_text(view['semantic'])}")
