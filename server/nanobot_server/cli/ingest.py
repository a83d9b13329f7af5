"""`nanobot ingest [PATH]`: index a workspace."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from nanobot_indexer import IndexWriteError, Skipped, SkipReason, ingest, open_index
from nanobot_server.cli.arguments import Json, workspace_of
from nanobot_server.cli.index_progress import IngestBar
from nanobot_server.cli.index_report import (
    embedded_text,
    index_text,
    skipped_by_reason,
    skipped_text,
)
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import check_state_folder, has_index, not_made
from nanobot_server.cli.semantic import embed_workspace
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import index_options
from nanobot_server.host.index_repair import damage_of_index, forget_index, rebuilt
from nanobot_server.host.index_view import manifest_view

_SKIPS_SHOWN_MAX: Final = 20


def command(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH", readable=False, help="The workspace; default: the current folder."
        ),
    ] = None,
    *,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Embed it too, for 'nanobot search --semantic'.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the workspace into its index. Nothing but .nanobot is written."""
    with reported(as_json=as_json):
        root = workspace_of(path)
        settings = loaded_settings()
        check_state_folder(root)
        damage = damage_of_index(root)
        if damage is not None:
            remark(rebuilt(damage))
            forget_index(root)
        try:
            with IngestBar(delay_s=0.0) as bar:
                report = ingest(root, options=index_options(settings), progress=bar)
        except IndexWriteError as error:
            if has_index(root):
                raise
            raise not_made(error) from error
        except KeyboardInterrupt:
            remark("what was indexed so far is kept; 'nanobot ingest' goes on from there")
            raise
        with open_index(root) as index:
            view = manifest_view(index.manifest)
        embedded = embed_workspace(root) if semantic else None
        if as_json:
            skipped = [
                {"path": one.path, "reason": one.reason.value, "detail": one.detail}
                for one in report.skipped
            ]
            print_json(
                {
                    **view,
                    "seconds": round(report.seconds, 3),
                    "unchanged": report.unchanged,
                    "skipped": skipped,
                    **({} if embedded is None else {"semantic": embedded}),
                }
            )
            return
        unchanged = " (unchanged)" if report.unchanged else ""
        say(f"{index_text(view)} in {report.seconds:.2f} s{unchanged}")
        if embedded is not None:
            say(f"{embedded_text(embedded)} in {embedded['seconds']:.1f} s")
        _tell_skipped(report.skipped)


def _tell_skipped(skipped: Sequence[Skipped]) -> None:
    """Name what was left out; of very many, count what nobody misses."""
    named = list(skipped)
    if len(named) > _SKIPS_SHOWN_MAX:
        # A project has hundreds of pictures, and the one source among them matters.
        named = [one for one in named if one.reason is not SkipReason.BINARY][:_SKIPS_SHOWN_MAX]
    for one in named:
        detail = f": {one.detail}" if one.detail else ""
        remark(f"left out {one.path}: {one.reason.value}{detail}")
    rest = set(skipped).difference(named)
    if rest:
        counts = skipped_text(skipped_by_reason(rest))
        remark(f"left out {len(rest)} more ({counts}); 'nanobot ingest --json' names them")
