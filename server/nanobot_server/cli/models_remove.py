"""`nanobot models remove`: free the space of models that were fetched."""

from collections.abc import Sequence

from nanobot_engine.model import remove_model
from nanobot_engine.model.catalogue.own_models import user_catalogue
from nanobot_server.cli.model_uses import uses_by_model
from nanobot_server.cli.output import print_json, say
from nanobot_server.engine_options import models_dir
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.settings import Settings


def remove_models(
    settings: Settings, names: Sequence[str], *, even_used: bool, as_json: bool
) -> None:
    """Remove models, with what of them was begun to be fetched.

    Raises:
        HostError: Nothing is named, or the settings use one: nothing was removed.
        ModelError: A model is not known, or not ours to remove.
    """
    if not names:
        raise HostError(USAGE, "remove: name a model; 'nanobot models list' shows them")
    catalogue, folder = user_catalogue(), models_dir(settings)
    entries = [catalogue.any_entry(name) for name in names]
    uses = uses_by_model(settings, catalogue)
    for entry in entries:
        if (roles := uses.get(entry.name)) and not even_used:
            used = f"{entry.name}: the settings use it for {', '.join(roles)}"
            raise HostError(USAGE, f"{used}; --yes removes it all the same")
    removed = [(entry.name, remove_model(entry, folder)) for entry in entries]
    freed_bytes = sum(freed for _, freed in removed)
    if as_json:
        rows = [{"name": name, "freed_bytes": freed} for name, freed in removed]
        print_json({"removed": rows, "freed_bytes": freed_bytes})
        return
    for name, freed in removed:
        say(f"{name}: removed, {freed / 1e6:.0f} MB freed" if freed else f"{name}: was not there")
