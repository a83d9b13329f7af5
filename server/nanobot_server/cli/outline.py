"""`nanobot outline PATH`: what a file defines, nested, with line ranges."""

import sys
from typing import Annotated, Any

import typer

from nanobot_indexer import Index
from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.places import path_in
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.index_answers import outline_answer


def command(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file of the workspace.")],
    workspace: In = None,
    *,
    chars: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=80, help="Make the text this short: details and the deepest go first."
        ),
    ] = None,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Show what a file defines, or its headings, with lines."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        file = path_in(root, path)

        def ask(index: Index) -> dict[str, Any]:
            return outline_answer(index, file, chars_max=sys.maxsize if chars is None else chars)

        document = answer_from_index(root, ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        say(document["text"])
        if not document["is_complete"]:
            is_early = document["reason"] == "syntax"
            why = "some definitions are not known yet" if is_early else "cut"
            remark(f"there may be more: {why}")
