"""`nanobot search QUERY`: find definitions and text."""

from typing import Annotated

import typer

from nanobot_indexer import IndexMissingError, VolumeError, ingest, open_index
from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import index_options
from nanobot_server.host.index_repair import forget_index, rebuilt
from nanobot_server.host.view import hit_view


def command(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A name, words, or literal text.")],
    workspace: In = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most hits to show.")] = 10,
    as_json: Json = False,
) -> None:
    """Search the index, building it first when there is none."""
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        try:
            with open_index(root) as index:
                hits = index.search(query, limit=limit)
        except (IndexMissingError, VolumeError) as error:
            # The index is a cache: a missing or damaged one is built again.
            if isinstance(error, VolumeError):
                remark(rebuilt(error))
                forget_index(root)
            ingest(root, options=index_options(loaded_settings()))
            with open_index(root) as index:
                hits = index.search(query, limit=limit)
        if as_json:
            print_json({"hits": [hit_view(hit) for hit in hits]})
            return
        for hit in hits:
            say(f"{hit.path}:{hit.start_line}-{hit.end_line}  {hit.kind}  {hit.name}".rstrip())
        if not hits:
            remark(f"nothing found for {query!r}")
