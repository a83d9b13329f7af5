"""A plan becomes settings, and the settings become the same plan."""

from pathlib import Path

import pytest

from nanobot_engine.model import Gpu, Hardware, ModelEntry, Role, Tier, load_catalogue
from nanobot_server.chosen_models import completion_entry, role_models
from nanobot_server.settings import Settings, load_settings, save_settings
from nanobot_server.setup_plan import SetupPlan, fitted_plan, kept_plan, with_plan

GIB = 1 << 30
CATALOGUE = load_catalogue()
SMALL = CATALOGUE.entry("qwen2.5-coder-1.5b-instruct-q4_k_m")
CARD = Gpu("Card", 24 * GIB, 23 * GIB, "CUDA1", 1)


def machine(ram_gib: int, *gpus: Gpu) -> Hardware:
    return Hardware(
        cores_physical=8,
        cores_logical=8,
        memory_bytes=ram_gib * GIB,
        memory_available_bytes=int(ram_gib * GIB * 0.8),
        disk_free_bytes=200 * GIB,
        gpus=gpus,
        avx2=True,
    )


def planned(
    hardware: Hardware, folder: Path, tier: Tier | None, own: dict[Role, ModelEntry]
) -> tuple[SetupPlan, Settings]:
    settings = Settings.model_validate({"model": {"models_dir": folder}})
    plan = fitted_plan(settings, hardware, CATALOGUE, tier=tier, own=own)
    return plan, with_plan(settings, plan, CATALOGUE)


@pytest.mark.parametrize(
    ("hardware", "tier", "own"),
    [
        (machine(8), None, {}),
        (machine(5), None, {}),
        (machine(32), Tier.SWEET, {}),
        (machine(64, CARD), None, {}),
        (machine(16), Tier.POTATO, dict.fromkeys(Role, SMALL)),
    ],
)
def test_what_was_planned_is_what_runs(
    tmp_path: Path, hardware: Hardware, tier: Tier | None, own: dict[Role, ModelEntry]
) -> None:
    plan, settings = planned(hardware, tmp_path, tier, own)
    save_settings(tmp_path / "config.toml", settings)

    loaded, problems = load_settings(tmp_path / "config.toml")

    assert problems == []
    kept = kept_plan(loaded, hardware, CATALOGUE)
    assert (kept.tier, kept.slots) == (plan.tier, plan.slots)
    assert [(use.use, use.entry, use.gpu_layers, use.gpu) for use in kept.uses] == [
        (use.use, use.entry, use.gpu_layers, use.gpu) for use in plan.uses
    ]
    assert with_plan(loaded, kept, CATALOGUE) == loaded


def test_layers_go_to_the_card_that_llama_cpp_counts(tmp_path: Path) -> None:
    plan, settings = planned(machine(64, CARD), tmp_path, None, {})

    assert plan.tier is Tier.POWER
    assert (settings.model.gpu_layers or {})["main"] == 48
    assert (settings.model.gpus or {})["main"] == 1


def test_suggestions_come_from_a_small_model_where_the_roles_have_none() -> None:
    sweet = Settings.model_validate({"model": {"tier": "sweet"}})

    assert role_models(sweet, CATALOGUE)[Role.MAIN].fim is not None
    assert completion_entry(sweet, CATALOGUE) == SMALL
    assert completion_entry(Settings(), CATALOGUE) == role_models(Settings(), CATALOGUE)[Role.RLM]
