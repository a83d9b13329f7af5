"""Models of the user's own, added to the catalogue.

One JSON file in the user's data folder: GGUF files that `nanobot setup --model` was
shown, with the sha256 they had then. A broken file is no catalogue: it is refused,
because what it says is believed like the shipped one.
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

import platformdirs
from pydantic import ValidationError

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    CatalogueData,
    ModelEntry,
    load_catalogue,
)
from nanobot_engine.model.errors import OwnModelsError


class OwnModels(CatalogueData):
    """The file."""

    version: Literal[1] = 1
    models: tuple[ModelEntry, ...] = ()


def own_models_path() -> Path:
    """Return where the user's additions are, whether or not there are any."""
    return platformdirs.user_data_path("nanobot", appauthor=False) / "own_models.json"


def load_own_models(path: Path) -> OwnModels:
    """Return the additions; none where there is no file.

    Raises:
        OwnModelsError: The file can not be read or says what no catalogue may say.
    """
    try:
        return OwnModels.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return OwnModels()
    except (OSError, ValidationError) as error:
        raise OwnModelsError(path, str(error).splitlines()[0]) from error


def add_own_model(path: Path, entry: ModelEntry) -> None:
    """Add a model of the user's own, or replace the one of that name.

    Raises:
        OwnModelsError: The file is broken, or can not be written.
    """
    own = load_own_models(path)
    others = tuple(one for one in own.models if one.name != entry.name)
    _save(path, own.model_copy(update={"models": (*others, entry)}))


def with_own_models(catalogue: Catalogue, own: OwnModels) -> Catalogue:
    """Return the catalogue with the user's additions behind the shipped entries.

    A model of the user's own never takes the name of a shipped one.
    """
    shipped = {entry.name for entry in (*catalogue.models, *catalogue.embedders)}
    added = tuple(entry for entry in own.models if entry.name not in shipped)
    return catalogue.model_copy(update={"models": (*catalogue.models, *added)})


def user_catalogue() -> Catalogue:
    """Return the shipped catalogue with this user's own models.

    Raises:
        OwnModelsError: The user's file can not be used.
    """
    return with_own_models(load_catalogue(), load_own_models(own_models_path()))


def _save(path: Path, own: OwnModels) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".own-", delete=False) as file:
            draft = Path(file.name)
            try:
                file.write(own.model_dump_json(indent=2).encode())
                file.flush()
                os.fsync(file.fileno())
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OwnModelsError(path, f"can not be written ({error.strerror})") from error
