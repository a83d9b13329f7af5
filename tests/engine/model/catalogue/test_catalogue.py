"""The shipped catalogue, and what a catalogue may not say."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    FileSource,
    IndexSource,
    ModelEntry,
    Role,
    Tier,
    load_catalogue,
)
from nanobot_engine.model.errors import UnknownModelError, UnpinnedModelError
from nanobot_engine.model.prompt.families import TEMPLATES


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
    with pytest.raises(UnknownModelError, match="hybrid main"):
        load_catalogue().for_role(Tier.HYBRID, Role.MAIN)


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
        ({"sha256": None}, "nothing says which file is right"),
        ({"pin": "first_use", "sources": [{"kind": "file"}]}, "only a file of the hub"),
        ({"sources": [{"kind": "hub", "repo": "../x", "file": "y"}]}, "repo"),
        ({"sources": [{"kind": "hub", "repo": "a/b", "file": "../y"}]}, "file"),
        (
            {"sources": [{"kind": "hub", "repo": "a/b", "file": "y", "revision": "main"}]},
            "revision",
        ),
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
        Catalogue(version=1, tiers={}, models=catalogue.models).embedder()


def test_an_embedder_shares_its_name_with_no_model() -> None:
    data = load_catalogue().model_dump(mode="json")
    data["embedders"][0]["name"] = data["models"][0]["name"]

    with pytest.raises(ValidationError, match="listed twice"):
        Catalogue.model_validate(data)


@pytest.mark.parametrize("tier", Tier)
def test_every_tier_has_models_for_every_role_that_no_endpoint_plays(tier: Tier) -> None:
    catalogue = load_catalogue()

    unplayed = [role for role in Role if not catalogue.candidates(tier, role)]

    assert unplayed == ([Role.MAIN] if tier is Tier.HYBRID else [])


def test_the_big_tiers_have_the_trio_of_the_design() -> None:
    for tier in (Tier.POWER, Tier.BEAST):
        families = [entry.name for entry in load_catalogue().for_tier(tier)]

        assert families[0].startswith("qwen3-30b-a3b-instruct-2507-")
        assert families[1].startswith("nanbeige4.1-3b-")
        assert families[2].startswith("qwen3-0.6b-")


def test_a_step_down_is_never_bigger() -> None:
    catalogue = load_catalogue()
    for tier in Tier:
        for role in Role:
            sizes = [entry.size_bytes for entry in catalogue.candidates(tier, role)]
            assert sizes == sorted(sizes, reverse=True)


def test_what_makes_suggestions_was_trained_to_fill_in_the_middle() -> None:
    catalogue = load_catalogue()
    for tier in Tier:
        makers = catalogue.completion_candidates(tier)
        assert all(entry.fim for entry in makers)
        assert makers or any(
            entry.fim for role in Role for entry in catalogue.candidates(tier, role)
        )


def test_everything_is_free_software() -> None:
    assert {entry.licence for entry in load_catalogue().models} == {"Apache-2.0"}


def test_a_model_that_was_never_fetched_has_no_sha256_to_trust() -> None:
    unpinned = [entry for entry in load_catalogue().models if entry.sha256 is None]

    assert {entry.family for entry in unpinned} == {"Nanbeige4"}
    with pytest.raises(UnpinnedModelError, match="was never fetched"):
        unpinned[0].pinned_sha256  # noqa: B018 - a property that refuses


def test_a_tier_that_names_an_unknown_model_is_refused() -> None:
    data = load_catalogue().model_dump(mode="json")
    data["tiers"]["sweet"]["main"] = ["gpt"]

    with pytest.raises(
        ValidationError, match=r"sweet: names models that are not listed: \['gpt'\]"
    ):
        Catalogue.model_validate(data)


def test_a_file_of_the_user_is_used_where_it_is(tmp_path: Path) -> None:
    entry = load_catalogue().models[0]
    own = entry.model_copy(
        update={"sources": (FileSource(kind="file", path=tmp_path / "mine.gguf"),)}
    )

    assert entry.path_in(tmp_path) == tmp_path / f"{entry.name}.gguf"
    assert own.path_in(Path("/models")) == tmp_path / "mine.gguf"
