"""`nanobot similar PLACE`: code that looks like some other code, or copies of each other."""

from typing import Annotated, Any, Final

import typer

from nanobot_server.cli.arguments import PLACES_MAX, In, Json, limit_option, workspace_of
from nanobot_server.cli.output import counted, print_json, remark, reported, say
from nanobot_server.cli.places import place_in
from nanobot_server.cli.refreshed_index import AsIs, answer_from_index
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.index_answers import duplicates_answer, similar_answer

_PLACES_SHOWN_MAX: Final = 10


def command(
    place: Annotated[
        str | None,
        typer.Argument(metavar="PLACE", help="A handle, or path:line; around it is compared."),
    ] = None,
    workspace: In = None,
    *,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="List what is nearly the same, everywhere.")
    ] = False,
    limit: Annotated[int, limit_option("places, or groups,", most=PLACES_MAX)] = 20,
    as_is: AsIs = False,
    as_json: Json = False,
) -> None:
    """Find code that looks like a place, or near-duplicates."""
    with reported(as_json=as_json):
        if (place is None) is not duplicates:
            message = "similar: name one place, such as src/app.py:10, or ask for --duplicates"
            raise HostError(USAGE, message)
        root = workspace_of(workspace)
        if place is None:
            document = answer_from_index(
                root, lambda index: duplicates_answer(index, limit=limit), as_is=as_is
            )
        else:
            target = place_in(root, place)
            document = answer_from_index(
                root, lambda index: similar_answer(index, target, limit=limit), as_is=as_is
            )
        if as_json:
            print_json(document)
        elif place is None:
            _say_copies(document)
        else:
            _say_alike(document)


def _say_alike(document: dict[str, Any]) -> None:
    target = document["target"].rpartition("@")[0]
    for chunk in document["chunks"]:
        say(_line(chunk))
    if not document["chunks"]:
        remark(f"nothing is like {target}")
    elif document["is_complete"]:
        remark(f"like {target}")
    else:
        remark(f"like {target}; there are more: raise --limit")


def _say_copies(document: dict[str, Any]) -> None:
    for group in document["groups"]:
        count = len(group["chunks"])
        more = "" if group["is_complete"] else " or more"
        too_many = counted(group["lines"], "line")
        say(f"{count}{more} places, {group['similarity']}% alike, {too_many} too many")
        for chunk in group["chunks"][:_PLACES_SHOWN_MAX]:
            say(f"  {_line(chunk)}")
        if count > _PLACES_SHOWN_MAX:
            say(f"  … {count - _PLACES_SHOWN_MAX} more; --json lists all")
    if not document["groups"]:
        remark("no near-duplicates")
    elif not document["is_complete"]:
        remark("there are more: raise --limit")


def _line(chunk: dict[str, Any]) -> str:
    lines = f"{chunk['path']}:{chunk['start_line']}-{chunk['end_line']}"
    return f"{chunk['similarity']:>3}%  {lines}"
