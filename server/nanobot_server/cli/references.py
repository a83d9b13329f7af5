"""`nanobot references NAME`: every place where a name is used."""

from typing import Annotated, Final

import typer

from nanobot_indexer import Index, ReferenceResult
from nanobot_indexer import references as references_of
from nanobot_indexer.search.references import Role
from nanobot_server.cli.arguments import (
    ContextLines,
    In,
    Json,
    Languages,
    PathGlob,
    workspace_of,
)
from nanobot_server.cli.grep import shown_lines
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.view import match_view, scan_view

LIMIT_MAX: Final = 10_000


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An identifier, in its case.")],
    workspace: In = None,
    *,
    role: Annotated[
        list[Role] | None,
        typer.Option(metavar="ROLE", help="Only these, such as code or import; repeatable."),
    ] = None,
    path: PathGlob = None,
    language: Languages = None,
    context: ContextLines = 0,
    limit: Annotated[int, typer.Option(min=1, max=LIMIT_MAX, help="Most places to show.")] = 200,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Show where a name occurs, and as what: definition, import, code, comment, string."""
    with reported(as_json=as_json):

        def ask(index: Index) -> ReferenceResult:
            return references_of(
                index.live,
                name,
                limit=limit,
                roles=role or None,
                path_glob=path,
                languages=language or None,
                context_lines=context,
            )

        result = answer_from_index(workspace_of(workspace), ask, as_is=as_is)
        references = [
            {"role": one.role.value, **match_view(one.match)} for one in result.references
        ]
        if as_json:
            print_json({"references": references, **scan_view(result)})
            return
        for line in shown_lines(references, separate=context > 0):
            say(line)
        if not references:
            remark(f"nothing found for {name!r}")
        elif not result.is_complete:
            remark("there are more; --limit shows them")
