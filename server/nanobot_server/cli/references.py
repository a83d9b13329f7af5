"""`nanobot references NAME`: every place where a name is used."""

from typing import Annotated, Any

import typer

from nanobot_indexer import Index
from nanobot_indexer import references as references_of
from nanobot_indexer.search.references import Role
from nanobot_server.cli.arguments import (
    MATCHES_MAX,
    ContextLines,
    In,
    Json,
    Languages,
    PathGlob,
    limit_option,
    workspace_of,
)
from nanobot_server.cli.grep import more_of, shown_lines
from nanobot_server.cli.output import counted, print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.index_answers import references_answer


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
    limit: Annotated[int, limit_option("places", most=MATCHES_MAX)] = 200,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Show where a name occurs, and as what.

    As a definition, an import, or in code, a comment or a string.
    """
    with reported(as_json=as_json):

        def ask(index: Index) -> dict[str, Any]:
            result = references_of(
                index.live,
                name,
                limit=limit,
                roles=role or None,
                path_glob=path,
                languages=language or None,
                context_lines=context,
            )
            return references_answer(result)

        document = answer_from_index(workspace_of(workspace), ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        references = document["references"]
        for line in shown_lines(references, separate=context > 0):
            say(line)
        if not references:
            remark(f"nothing found for {name!r}")
        elif not document["is_complete"]:
            remark(f"only the first {counted(limit, 'place')}; {more_of(limit)}")
