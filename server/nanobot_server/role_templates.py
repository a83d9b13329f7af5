"""From the user's settings to how the model of each role reads a conversation."""

from collections.abc import Callable
from typing import TypeAlias

from nanobot_engine.model import ChatTemplate, Role, template_named
from nanobot_server.chosen_models import role_models
from nanobot_server.settings import Settings

TemplateOf: TypeAlias = Callable[[Role], ChatTemplate]


def role_templates(settings: Settings) -> TemplateOf:
    """Return what gives the template of a role's model.

    Raises:
        UnknownModelError: The settings name a model that is in no catalogue.
        OwnModelsError: The user's own models can not be read.
    """
    entries = role_models(settings)
    return lambda role: template_named(entries[role].template)
