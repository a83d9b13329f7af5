"""The shipped catalogue, and what a catalogue may not say."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from nanobot_engine.model.catalogue import (
    Catalogue,
    IndexSource,
    ModelEntry,
    Role,
    Tier,
    load_catalogue,
)
from nanobot_engine.model.errors import UnknownModelError
from nanobot_engine.model.template import TEMPLATES


def test_the_smallest_tier_has_a_model_for_every_role() -> None:
    catalogue = load_catalogue()

    names = {role: catalogue.for_role(Tier.POTATO, role).name for role in Role}

    assert names == {
        Role.MAIN: "qwen2.5-coder-1.5b-instruct-q4_k_m",
        Role.RLM: "qwen2.5-coder-0.5b-instruct-q4_k_m",
        Role.MEMORY: "smollm2-135m-instruct-q4_1",
    }
    assert [entry.name for entry in catalogue.for_tier(Tier.POTATO)] == list(names.values())


def test_the_smallest_tier_fits_its_memory_and_is_free_software() -> None:
    models = load_catalogue().for_tier(Tier.POTATO)

    assert sum(entry.memory_bytes for entry in models) < 4 * 2**30
    assert {entry.licence for entry in models} == {"Apache-2.0"}
    assert {entry.template for entry in models} <= set(TEMPLATES)


def test_every_part_is_pinned() -> None:
    catalogue = load_catalogue()
    for entry in (*catalogue.models, *catalogue.embedders):
        for source in entry.sources:
            if isinstance(source, IndexSource):
                hashes = [package.sha256 for package in source.packages]
                assert len(set(hashes)) == len(hashes)


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownModelError, match="gpt: not in the model catalogue"):
        load_catalogue().entry("gpt")
    with pytest.raises(UnknownModelError, match="beast main"):
        load_catalogue().for_role(Tier.BEAST, Role.MAIN)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../evil"}, "plain lower-case file name"),
        ({"name": ""}, "plain lower-case file name"),
        ({"sha256": "abc"}, "sha256"),
        ({"size_bytes": 5}, "the parts have"),
        ({"template": "jinja"}, "template"),
        ({"sources": []}, "sources"),
        ({"more": 1}, "more"),
    ],
)
def test_an_entry_that_is_not_sound_is_refused(changes: dict[str, Any], words: str) -> None:
    data = load_catalogue().models[0].model_dump(mode="json")

    with pytest.raises(ValidationError, match=re.escape(words)):
        ModelEntry.model_validate(data | changes)


def test_a_model_listed_twice_is_refused() -> None:
    data = load_catalogue().model_dump(mode="json")

    with pytest.raises(ValidationError, match="listed twice"):
        Catalogue.model_validate(data | {"models": data["models"] * 2})


def test_the_embedder_is_no_model_of_a_tier() -> None:
    catalogue = load_catalogue()

    entry = catalogue.embedder()

    assert entry.file_name == "all-minilm-l6-v2.embedder"
    assert entry.licence == "Apache-2.0"
    assert entry.name not in [model.name for model in catalogue.for_tier(Tier.POTATO)]
    with pytest.raises(UnknownModelError, match="embedder"):
        Catalogue(version=1, models=catalogue.models).embedder()


def test_an_embedder_shares_its_name_with_no_model() -> None:
    data = load_catalogue().model_dump(mode="json")
    data["embedders"][0]["name"] = data["models"][0]["name"]

    with pytest.raises(ValidationError, match="listed twice"):
        Catalogue.model_validate(data)
