"""`nanobot models pull`: fetch models, or continue to."""

import time
from collections.abc import Sequence

from nanobot_engine.model import Installed, Tier, install_models
from nanobot_engine.model.catalogue.own_models import user_catalogue
from nanobot_server.cli.fetch_bar import FetchBar
from nanobot_server.cli.output import print_json, say
from nanobot_server.engine_options import models_dir
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.settings import Settings


def pull_models(settings: Settings, names: Sequence[str], *, as_json: bool) -> None:
    """Fetch what is missing of the named models and tiers.

    Raises:
        HostError: Nothing is named.
        ModelError: A model is not known, or not to be had.
    """
    if not names:
        message = "pull: name a model or a tier; 'nanobot models list' shows them"
        raise HostError(USAGE, message)
    catalogue, started = user_catalogue(), time.monotonic()
    tiers = {tier.value: tier for tier in Tier}
    wanted = dict.fromkeys(
        entry_name
        for name in names
        for entry_name in (
            [entry.name for entry in catalogue.for_tier(tiers[name])] if name in tiers else [name]
        )
    )
    with FetchBar(is_quiet=as_json) as bar:
        installed = install_models(
            list(wanted),
            models_dir(settings),
            progress=bar.show,
            cancelled=lambda: False,
            catalogue=catalogue,
        )
    if as_json:
        seconds = round(time.monotonic() - started, 1)
        print_json({"seconds": seconds, "models": [_view(one) for one in installed]})
        return
    for one in installed:
        say(f"{one.entry.name}: {'fetched' if one.fetched else 'was there'}, {one.path}")
        if one.fetched and one.entry.pin:
            # Nobody else has said which bytes are right, so the user is told.
            say(f"{one.entry.name}: pinned at first use: sha256 {one.entry.sha256}")


def _view(one: Installed) -> dict[str, object]:
    return {
        "name": one.entry.name,
        "path": str(one.path),
        "size_bytes": one.entry.size_bytes,
        "licence": one.entry.licence,
        "sha256": one.entry.sha256,
        "pinned_by": "first use" if one.entry.pin else "catalogue",
        "fetched": one.fetched,
    }
