"""`nanobot ingest [PATH]`: index a workspace."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from nanobot_indexer import IngestProgress, ingest
from nanobot_server.cli.arguments import Json, workspace_of
from nanobot_server.cli.output import REMARKS, print_json, remark, reported, say
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import index_options
from nanobot_server.host.index_repair import damage_of_index, forget_index, rebuilt


def command(
    path: Annotated[
        Path | None, typer.Argument(readable=False, help="The workspace; default: here.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Read the workspace into its index. Nothing but .nanobot is written."""
    with reported(as_json=as_json):
        root = workspace_of(path)
        settings = loaded_settings()
        damage = damage_of_index(root)
        if damage is not None:
            remark(rebuilt(damage))
            forget_index(root)
        shown = REMARKS.is_terminal and not as_json
        with Progress(console=REMARKS, disable=not shown, transient=True) as progress:
            task = progress.add_task("indexing", total=None)

            def show(at: IngestProgress) -> None:
                progress.update(task, completed=at.files_done, total=at.files_total)

            report = ingest(root, options=index_options(settings), progress=show)
        if as_json:
            print_json(
                {
                    "generation": report.generation,
                    "files": report.file_count,
                    "definitions": report.definition_count,
                    "text_bytes": report.text_bytes,
                    "seconds": round(report.seconds, 3),
                    "unchanged": report.unchanged,
                    "skipped": [
                        {"path": s.path, "reason": s.reason.value, "detail": s.detail}
                        for s in report.skipped
                    ],
                }
            )
            return
        say(
            f"{report.file_count} files, {report.definition_count} definitions, "
            f"{report.text_bytes / 1e6:.1f} MB in {report.seconds:.2f} s"
            + (" (unchanged)" if report.unchanged else "")
        )
        for skip in report.skipped:
            remark(f"left out {skip.path}: {skip.reason.value}: {skip.detail}")
