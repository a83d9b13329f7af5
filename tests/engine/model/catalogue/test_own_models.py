"""Models of the user's own."""

from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import FileSource, load_catalogue
from nanobot_engine.model.catalogue.own_models import (
    add_own_model,
    load_own_models,
    with_own_models,
)
from nanobot_engine.model.errors import OwnModelsError


def test_a_model_of_the_users_own_never_takes_the_name_of_a_shipped_one(tmp_path: Path) -> None:
    file, shipped = tmp_path / "own_models.json", load_catalogue().models[0]
    source = FileSource(kind="file", path=tmp_path / "x.gguf")
    mine = shipped.model_copy(update={"name": "mine", "sha256": "c" * 64, "sources": (source,)})
    add_own_model(file, mine)
    add_own_model(file, mine.model_copy(update={"sha256": "d" * 64}))
    add_own_model(file, shipped.model_copy(update={"sha256": "d" * 64}))

    catalogue = with_own_models(load_catalogue(), load_own_models(file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert catalogue.entry("mine").sha256 == "d" * 64
    assert catalogue.entry(shipped.name) == shipped
    assert len(catalogue.models) == len(load_catalogue().models) + 1


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"models": [{"name": "x"}]}'])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "own_models.json"
    file.write_text(text)

    with pytest.raises(OwnModelsError, match="repair or remove it"):
        load_own_models(file)
    with pytest.raises(OwnModelsError, match="repair or remove it"):
        add_own_model(file, load_catalogue().models[0])

    assert file.read_text() == text
