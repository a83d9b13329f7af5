"""`nanobot definition NAME`: where a name is defined."""

from typing import Annotated, Any, Final

import typer

from nanobot_indexer import Index
from nanobot_server.cli.arguments import PLACES_MAX, In, Json, limit_option, workspace_of
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.view import cut_view, definition_view

_NAMES_LIKE_IT: Final = 5


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
        document = answer_from_index(
            workspace_of(workspace), lambda index: _found(index, name, limit), as_is=as_is
        )
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


def _found(index: Index, name: str, limit: int) -> dict[str, Any]:
    result = index.symbols.definition(name, limit=limit)
    near = () if result.hits else index.symbols.find(name, limit=_NAMES_LIKE_IT).hits
    return {
        "definitions": [definition_view(index, hit) for hit in result.hits],
        "near": [definition_view(index, hit) for hit in near],
        **cut_view(result),
    }
