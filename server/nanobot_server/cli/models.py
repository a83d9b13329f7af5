"""`nanobot models`: what there is, fetch one, remove one, measure one."""

from enum import StrEnum
from typing import Annotated

import typer

from nanobot_server.cli.arguments import Json
from nanobot_server.cli.models_bench import bench_models
from nanobot_server.cli.models_list import list_models
from nanobot_server.cli.models_pull import pull_models
from nanobot_server.cli.models_remove import remove_models
from nanobot_server.cli.output import reported
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.host.errors import USAGE, HostError


class Action(StrEnum):
    """What to do with models."""

    LIST = "list"
    PULL = "pull"
    REMOVE = "remove"
    BENCH = "bench"


def command(
    action: Annotated[
        Action, typer.Argument(metavar="ACTION", help="What to do with them.")
    ] = Action.LIST,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Models; also tiers for pull; roles for bench."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove also what the settings use.")] = False,
    as_json: Json = False,
) -> None:
    """List, fetch or remove models, or measure them."""
    with reported(as_json=as_json):
        chosen = list(dict.fromkeys(names or ()))
        if yes and action is not Action.REMOVE:
            raise HostError(USAGE, f"--yes: means nothing to 'models {action.value}'; leave it out")
        settings = loaded_settings()
        if action is Action.LIST:
            list_models(settings, chosen, as_json=as_json)
        elif action is Action.PULL:
            pull_models(settings, chosen, as_json=as_json)
        elif action is Action.REMOVE:
            remove_models(settings, chosen, even_used=yes, as_json=as_json)
        else:
            bench_models(settings, chosen, as_json=as_json)
