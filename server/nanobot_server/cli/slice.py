"""`nanobot slice HANDLE`: the text that an answer named."""

from typing import Annotated, Any

import typer

from nanobot_indexer import Index
from nanobot_server.cli.arguments import SLICE_CHARS_MAX, In, Json, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.places import handle_in, parsed_lines
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.index_answers import slice_answer


def command(
    handle: Annotated[
        str,
        typer.Argument(
            metavar="HANDLE",
            help="path:line, path:start-end, or path:start-end@id as an answer had it.",
        ),
    ],
    workspace: In = None,
    *,
    lines: Annotated[
        str | None,
        typer.Option(metavar="A-B", help="Other lines of the same file; they move with the text."),
    ] = None,
    chars: Annotated[
        int, typer.Option(metavar="N", min=1, max=SLICE_CHARS_MAX, help="Most characters to show.")
    ] = 100_000,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Show the text of a handle, also after it moved."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        wanted = handle_in(root, handle)
        other_lines = None if lines is None else parsed_lines(lines)

        def ask(index: Index) -> dict[str, Any]:
            return slice_answer(index, str(wanted), chars_max=chars, lines=other_lines)

        document = answer_from_index(root, ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        say(document["text"].removesuffix("\n"))
        if wanted.chunk_id is not None and document["found"] != "chunk":
            place = f"{document['path']}:{document['start_line']}-{document['end_line']}"
            remark(
                f"it moved to {place}"
                if document["found"] == "moved"
                else f"the text of {handle} is not there any more; this is what is at {place} now"
            )
        if not document["is_complete"]:
            remark(f"cut in or behind line {document['end_line']}; --chars N shows more")
