"""What `nanobot setup` is going to do: which models, where they run, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.model import (
    Catalogue,
    Hardware,
    ModelEntry,
    Role,
    Tier,
    UnknownModelError,
    Wanted,
    fit,
    is_installed,
    model_memory_bytes,
    own_entry,
    pinned,
    tokens_per_second,
)
from nanobot_server.chosen_models import (
    COMPLETION,
    chosen_tier,
    completion_entry,
    gpu_share,
    role_models,
)
from nanobot_server.completion_settings import completion_worker_options
from nanobot_server.engine_options import model_options, models_dir
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.settings import ModelSettings, Settings

_CHOICE: Final = re.compile(r"(main|rlm|memory)=(.+)")


@dataclass(frozen=True, slots=True)
class PlannedUse:
    """One model in one use."""

    use: str
    """A role, or `completion`."""
    entry: ModelEntry
    memory_bytes: int
    """0 where it shares a worker with another use."""
    gpu_layers: int
    gpu: int
    """In llama.cpp's own order."""
    tokens_per_second: float
    """An estimate."""
    reason: str


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """All of it."""

    tier: Tier
    slots: int
    uses: tuple[PlannedUse, ...]
    reasons: tuple[str, ...]
    """What was not taken, and why."""
    is_kept: bool
    """It is what an earlier setup chose."""

    def entries(self) -> tuple[ModelEntry, ...]:
        """Return each model once."""
        return tuple({use.entry.name: use.entry for use in self.uses}.values())

    def uses_of(self, name: str) -> list[str]:
        """Return what a model is for."""
        return [use.use for use in self.uses if use.entry.name == name]


def own_models(
    choices: Sequence[str], one_model: str | None, catalogue: Catalogue
) -> dict[Role, ModelEntry]:
    """Return the models that the user names on the command line, by role.

    Args:
        choices: Each `ROLE=NAME` or `ROLE=PATH.gguf`.
        one_model: A name or path, for all roles.
        catalogue: Names are looked up there.

    Raises:
        HostError: A choice is not of this form, or names no model.
        ModelError: No such file, or no model that can be run.
    """
    if choices and one_model:
        raise HostError(USAGE, "--one-model and --model: only one of them")
    named = dict.fromkeys(Role, one_model) if one_model else {}
    for choice in choices:
        found = _CHOICE.fullmatch(choice)
        if found is None:
            message = f"--model {choice}: write ROLE=NAME or ROLE=PATH.gguf; roles: "
            raise HostError(USAGE, message + ", ".join(Role))
        named[Role(found[1])] = found[2]
    by_text = {text: _entry(text, catalogue) for text in dict.fromkeys(named.values()) if text}
    return {role: by_text[text] for role, text in named.items() if text}


def _entry(text: str, catalogue: Catalogue) -> ModelEntry:
    try:
        return catalogue.entry(text)
    except UnknownModelError as error:
        if "/" not in text and not text.endswith(".gguf"):
            raise HostError(USAGE, str(error)) from error
    return own_entry(Path(text))


def kept_plan(settings: Settings, hardware: Hardware, catalogue: Catalogue) -> SetupPlan:
    """Return what an earlier setup chose, as it is in the settings.

    Raises:
        UnknownModelError: The settings name a model that is in no catalogue.
    """
    options, completion = model_options(settings), completion_worker_options(settings)
    models = {role.value: entry for role, entry in role_models(settings, catalogue).items()}
    models[COMPLETION] = completion_entry(settings, catalogue)
    uses: list[PlannedUse] = []
    for use, entry in models.items():
        run = completion if use == COMPLETION else options
        is_shared = use != COMPLETION and entry in [one.entry for one in uses]
        share = gpu_share(settings, use)
        memory = model_memory_bytes(
            entry,
            slots=run.slots,
            context_tokens=run.context_tokens_per_slot,
            batch_tokens=run.batch_tokens,
        )
        speed = tokens_per_second(entry, cores=hardware.cores_physical, gpu_layers=share.layers)
        need = 0 if is_shared else memory
        uses.append(PlannedUse(use, entry, need, share.layers, share.index, speed, "as set up"))
    return SetupPlan(chosen_tier(settings), settings.model.slots, tuple(uses), (), is_kept=True)


def fitted_plan(
    settings: Settings,
    hardware: Hardware,
    catalogue: Catalogue,
    *,
    tier: Tier | None,
    own: Mapping[Role, ModelEntry],
) -> SetupPlan:
    """Choose models for this machine.

    Raises:
        HardwareError, ProcessorError: Nothing fits, or not what is wanted.
    """
    options, folder = model_options(settings), models_dir(settings)
    present = frozenset(
        entry.name
        for entry in (*catalogue.models, *own.values())
        if is_installed(entry.path_in(folder), pinned(entry, folder))
    )
    wanted = Wanted(
        slots=ModelSettings().slots if tier is None else settings.model.slots,
        context_tokens=options.context_tokens_per_slot,
        batch_tokens=options.batch_tokens,
        tier=tier,
        own=own,
        present=present,
        needs_avx2=options.engine == "xllamacpp",
    )
    found = fit(hardware, catalogue, wanted)
    uses = []
    for one in found.placements:
        index = 0 if one.gpu_index is None else hardware.gpus[one.gpu_index].device_index
        uses.append(
            PlannedUse(
                one.use,
                one.entry,
                one.ram_bytes + one.gpu_bytes,
                one.gpu_layers,
                index,
                tokens_per_second(
                    one.entry, cores=hardware.cores_physical, gpu_layers=one.gpu_layers
                ),
                one.reason,
            )
        )
    return SetupPlan(found.tier, found.slots, tuple(uses), found.reasons, is_kept=False)


def with_plan(settings: Settings, plan: SetupPlan, catalogue: Catalogue) -> Settings:
    """Return the settings that make a plan come true. What is a default is left out."""
    if plan.is_kept:
        return settings
    firsts = {role.value: catalogue.candidates(plan.tier, role) for role in Role}
    bare = settings.model.model_copy(
        update={
            "tier": plan.tier.value,
            "slots": plan.slots,
            "roles": None,
            "gpu_layers": None,
            "gpus": None,
        }
    )
    roles = {
        use.use: use.entry.name
        for use in plan.uses
        if use.use in firsts and use.entry != next(iter(firsts[use.use]), None)
    }
    changes: dict[str, object] = {
        "roles": roles or None,
        "gpu_layers": {use.use: use.gpu_layers for use in plan.uses if use.gpu_layers} or None,
        "gpus": {use.use: use.gpu for use in plan.uses if use.gpu} or None,
    }
    settings = settings.model_copy(update={"model": bare.model_copy(update=changes)})
    made = next((use.entry for use in plan.uses if use.use == COMPLETION), None)
    if made is not None and completion_entry(settings, catalogue) != made:
        section = settings.model.model_copy(update={"roles": {**roles, COMPLETION: made.name}})
        settings = settings.model_copy(update={"model": section})
    return settings
