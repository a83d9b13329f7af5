"""From the user's settings to the models that play the roles, and where they run."""

from nanobot_engine.model import (
    Catalogue,
    GpuShare,
    ModelEntry,
    Role,
    Tier,
    UnknownModelError,
    user_catalogue,
)
from nanobot_server.settings import Settings

COMPLETION = "completion"
"""Beside the roles: what makes suggestions at the cursor."""


def chosen_tier(settings: Settings) -> Tier:
    """Return the tier that the models are of."""
    return Tier(settings.model.tier) if settings.model.tier else Tier.POTATO


def role_models(settings: Settings, catalogue: Catalogue | None = None) -> dict[Role, ModelEntry]:
    """Return the model of every role.

    Args:
        settings: Of the user.
        catalogue: None: the shipped one with the user's own models.

    Raises:
        UnknownModelError: The settings name a model that is in no catalogue.
        OwnModelsError: The user's own models can not be read.
    """
    catalogue, tier = catalogue or user_catalogue(), chosen_tier(settings)
    names = settings.model.roles or {}
    return {
        role: catalogue.entry(names[role]) if role in names else catalogue.for_role(tier, role)
        for role in Role
    }


def completion_entry(settings: Settings, catalogue: Catalogue | None = None) -> ModelEntry:
    """Return the model that makes suggestions at the cursor.

    It is the one that the settings name, or that of the role that they name; where that
    one was not trained for it, what the tier has for it, or the other's.

    Raises:
        UnknownModelError: There is none that can fill in the middle.
        OwnModelsError: The user's own models can not be read.
    """
    catalogue = catalogue or user_catalogue()
    named = (settings.model.roles or {}).get(COMPLETION)
    if named:
        candidates: tuple[ModelEntry, ...] = (catalogue.entry(named),)
    else:
        models = role_models(settings, catalogue)
        first = Role(settings.model.completion)
        others = catalogue.completion_candidates(chosen_tier(settings))
        candidates = (models[first], models[Role.RLM], *others, models[Role.MAIN])
    for entry in candidates:
        if entry.fim is not None:
            return entry
    able = [one.name for one in catalogue.models if one.fim is not None]
    raise UnknownModelError(candidates[0].name, able)


def gpu_share(settings: Settings, use: str) -> GpuShare:
    """Return what of a model a GPU computes.

    Args:
        settings: Of the user.
        use: A role, or `COMPLETION`.
    """
    layers, gpus = settings.model.gpu_layers or {}, settings.model.gpus or {}
    return GpuShare(layers.get(use, 0), gpus.get(use, 0))
