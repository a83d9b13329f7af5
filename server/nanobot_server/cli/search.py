"""`nanobot search QUERY`: find definitions and text."""

from typing import Annotated, Any

import typer

from nanobot_indexer import DefinitionKind, Index, SearchFilter
from nanobot_server.cli.arguments import (
    HITS_MAX,
    In,
    Json,
    Languages,
    PathGlob,
    limit_option,
    workspace_of,
)
from nanobot_server.cli.output import print_json, remark, reported, say
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.cli.semantic import semantic_search
from nanobot_server.host.search_answer import search_answer


def command(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="A name, some words, a sentence or a message.")
    ],
    workspace: In = None,
    *,
    path: PathGlob = None,
    language: Languages = None,
    kind: Annotated[
        list[DefinitionKind] | None,
        typer.Option(
            metavar="KIND", help="Only definitions of this kind, such as class; repeatable."
        ),
    ] = None,
    limit: Annotated[int, limit_option("hits", most=HITS_MAX)] = 10,
    semantic: Annotated[
        bool | None,
        typer.Option(
            "--semantic/--no-semantic",
            help="Ask the embedding model too; default: the setting 'search.semantic'.",
            show_default=False,
        ),
    ] = None,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Find names, words, sentences or messages, best first."""
    with reported(as_json=as_json):
        filters = SearchFilter(languages=language or None, path_glob=path, kinds=kind or None)

        root = workspace_of(workspace)
        with semantic_search(root, is_wanted=semantic) as by_semantics:

            def ask(index: Index) -> dict[str, Any]:
                return search_answer(
                    index, query, limit=limit, filters=filters, by_semantics=by_semantics
                )

            document = answer_from_index(root, ask, as_is=as_is)
        if as_json:
            print_json(document)
            return
        hits = document["hits"]
        if semantic and document["semantic"]["reason"]:
            remark(f"found by words only: {document['semantic']['reason']}")
        if document["found_by"] == "name" and hits:
            remark(f"nothing found for {query!r}; these names are like it:")
        for hit in hits:
            place = f"{hit['path']}:{hit['start_line']}-{hit['end_line']}"
            say(f"{place}  {hit['kind']}  {hit['name']}".rstrip())
        if not hits:
            remark(f"nothing found for {query!r}")
