"""Which model files this machine has. None is opened, and none is loaded here."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from nanobot_server.lsp.own.own_messages import ModelStatus


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the model of one role lies, if it is there."""

    role: str
    name: str
    path: Path


class ModelShelf:
    """The models that the user's settings choose. Runs on the event loop."""

    def __init__(self) -> None:
        self._places: list[_Place] | None = None

    async def look(self, loaded_roles: Collection[str]) -> list[ModelStatus]:
        """Return the models as they are now, in the order of the roles.

        Args:
            loaded_roles: Roles whose model some host runs.
        """
        if self._places is None:
            self._places = await asyncio.to_thread(_places)
        present = await asyncio.to_thread(_present, self._places)
        return [
            {
                "role": place.role,
                "name": place.name,
                "state": "loaded"
                if place.role in loaded_roles
                else "present"
                if place in present
                else "missing",
            }
            for place in self._places
        ]


def _places() -> list[_Place]:
    # Imported in the thread that needs it: an editor waits for neither.
    from nanobot_server.chosen_models import role_models  # noqa: PLC0415
    from nanobot_server.engine_options import models_dir  # noqa: PLC0415
    from nanobot_server.settings import default_settings_path, load_settings  # noqa: PLC0415

    settings, _ = load_settings(default_settings_path())
    folder = models_dir(settings)
    return [
        _Place(role.value, entry.name, entry.path_in(folder))
        for role, entry in role_models(settings).items()
    ]


def _present(places: list[_Place]) -> list[_Place]:
    return [place for place in places if place.path.is_file()]
