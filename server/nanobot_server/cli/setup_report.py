"""What `nanobot setup` says: to people in 80 columns, to programs as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nanobot_engine.model import Hardware, Installed, SelfTest, is_installed, pinned
from nanobot_server.cli.output import print_json, remark, say, table
from nanobot_server.setup_plan import SetupPlan


def show_hardware(hardware: Hardware) -> None:
    """Say what the machine has, as far as models care."""
    gpus = [
        f"{gpu.name} ({gpu.memory_free_bytes / 2**30:.1f} of {gpu.memory_bytes / 2**30:.1f} GiB "
        f"free{'' if gpu.is_usable else ', not usable'})"
        for gpu in hardware.gpus
    ]
    say(
        f"This machine: {hardware.cores_physical} cores, "
        f"{hardware.memory_available_bytes / 2**30:.1f} of {hardware.memory_bytes / 2**30:.1f} "
        f"GiB memory available,\n  {hardware.disk_free_bytes / 1e9:.0f} GB of disk free, "
        f"GPU: {', '.join(gpus) or 'none'}"
    )


def show_plan(plan: SetupPlan, folder: Path) -> None:
    """Say which models play which roles, and what they cost."""
    for reason in plan.reasons:
        remark(reason)
    kept = " (as set up before; --tier auto chooses again)" if plan.is_kept else ""
    say(f"Tier: {plan.tier}{kept}")
    rows = [
        (
            use.use,
            use.entry.name,
            f"{use.entry.size_bytes / 1e9:.2f} GB",
            f"{use.memory_bytes / 2**30:.1f} GiB" if use.memory_bytes else "shared",
            f"~{use.tokens_per_second:.0f}",
        )
        for use in plan.uses
    ]
    table(("role", "model", "file", "memory", "tokens/s"), rows)
    for use in plan.uses:
        if use.gpu_layers or "does not fit" in use.reason:
            say(f"  {use.use}: {use.reason}")
    licences = sorted({use.entry.licence for use in plan.uses})
    say(f"Licences: {', '.join(licences)}. Speeds are estimates; a test follows.")
    missing = [
        entry
        for entry in plan.entries()
        if not is_installed(entry.path_in(folder), pinned(entry, folder))
    ]
    if missing:
        say(f"To fetch: {sum(entry.size_bytes for entry in missing) / 1e9:.2f} GB to {folder}")
    else:
        say("Nothing to fetch: all files are there and right.")


def show_results(
    plan: SetupPlan, installed: Sequence[Installed], tests: Sequence[SelfTest]
) -> None:
    """Say what was done."""
    fetched = [one for one in installed if one.fetched]
    for one in fetched:
        say(f"fetched {one.path.name}")
        if one.entry.pin:
            say(f"  pinned to sha256 {one.entry.sha256}")
    for test in tests:
        verdict = "works" if test.in_form else "does not keep to its grammar"
        say(
            f"{test.role.value}: {verdict}, "
            f"{test.tokens_per_second:.0f} tokens/s, {test.memory_bytes / 1e9:.1f} GB memory"
        )
    say(f"ready with {plan.slots} slots; 'nanobot process GOAL' starts the first process")


def print_report(
    hardware: Hardware,
    plan: SetupPlan,
    installed: Sequence[Installed],
    tests: Sequence[SelfTest],
    fetch_s: float,
) -> None:
    """Print all of it as one JSON document."""
    names = {entry.name for entry in plan.entries()}
    embedders = [one for one in installed if one.entry.name not in names]
    document: dict[str, Any] = {
        "tier": plan.tier.value,
        "seconds": round(fetch_s, 1),
        "slots": plan.slots,
        "kept": plan.is_kept,
        "reasons": list(plan.reasons),
        "gpus": [
            {
                "name": gpu.name,
                "memory_bytes": gpu.memory_bytes,
                "memory_free_bytes": gpu.memory_free_bytes,
                "usable": gpu.is_usable,
            }
            for gpu in hardware.gpus
        ],
        "plan": [
            {
                "use": use.use,
                "model": use.entry.name,
                "memory_bytes": use.memory_bytes,
                "gpu_layers": use.gpu_layers,
                "tokens_per_second_estimate": round(use.tokens_per_second, 1),
                "reason": use.reason,
            }
            for use in plan.uses
        ],
        "models": [
            {
                **_model_view(one),
                "roles": [use for use in plan.uses_of(one.entry.name) if use != "completion"],
            }
            for one in installed
            if one.entry.name in names
        ],
        "self_test": [
            {
                "role": test.role.value,
                "model": test.model,
                "ok": test.in_form,
                "tokens_per_second": round(test.tokens_per_second, 1),
                "load_seconds": round(test.load_seconds, 2),
                "memory_bytes": test.memory_bytes,
            }
            for test in tests
        ],
    }
    if embedders:
        document["embedder"] = _model_view(embedders[0])
    print_json(document)


def _model_view(one: Installed) -> dict[str, Any]:
    return {
        "name": one.entry.name,
        "path": str(one.path),
        "size_bytes": one.entry.size_bytes,
        "licence": one.entry.licence,
        "sha256": one.entry.sha256,
        "fetched": one.fetched,
    }
