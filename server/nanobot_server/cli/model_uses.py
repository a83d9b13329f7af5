"""Which models the settings use, and for what."""

import contextlib

from nanobot_engine.model import Catalogue, UnknownModelError
from nanobot_server.chosen_models import COMPLETION, completion_entry, role_models
from nanobot_server.settings import Settings


def uses_by_model(settings: Settings, catalogue: Catalogue) -> dict[str, list[str]]:
    """Return what each model is used for: roles, `completion` and `search`.

    Raises:
        UnknownModelError: The settings name a model that is in no catalogue.
    """
    uses: dict[str, list[str]] = {}
    for role, entry in role_models(settings, catalogue).items():
        uses.setdefault(entry.name, []).append(role.value)
    if settings.completion.enabled:
        # Where no model can, none is used for it, and who asks for a suggestion is told.
        with contextlib.suppress(UnknownModelError):
            uses.setdefault(completion_entry(settings, catalogue).name, []).append(COMPLETION)
    if settings.search.semantic and catalogue.embedders:
        uses.setdefault(catalogue.embedder().name, []).append("search")
    return uses
