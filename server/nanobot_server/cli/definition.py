"""`nanobot definition NAME`: where a name is defined."""

from typing import Annotated, Any

import typer

from nanobot_indexer import Index
from nanobot_server.cli.arguments import PLACES_MAX, In, Json, limit_option, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.index_answers import definition_answer


def command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="With its scope or without: Runner.run, run.")
    ],
    workspace: In = None,
    *,
    limit: Annotated[int, limit_option("definitions", most=PLACES_MAX)] = 20,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Show where a name is defined, with its signature."""
    with reported(as_json=as_json):

        def ask(index: Index) -> dict[str, Any]:
            return definition_answer(index, name, limit=limit)

        document = answer_from_index(workspace_of(workspace), ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        for one in document["definitions"]:
            say(
                f"{one['path']}:{one['start_line']}-{one['end_line']}  {one['kind']}  {one['name']}"
            )
            if one["signature"]:
                say(f"    {one['signature']}")
        if not document["definitions"]:
            near = ", ".join(dict.fromkeys(one["name"] for one in document["near"]))
            remark(f"no definition of {name!r}" + (f"; there is {near}" if near else ""))
        elif document["reason"] == "limit":
            remark("there are more: raise --limit")
