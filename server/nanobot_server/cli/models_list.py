"""`nanobot models list`: every model, where it is, what uses it and what it takes."""

from collections.abc import Sequence
from typing import Any

from nanobot_engine.model import (
    Catalogue,
    FileState,
    ModelEntry,
    Role,
    StoredModel,
    Tier,
    foreign_files,
    inventory,
)
from nanobot_engine.model.catalogue.own_models import user_catalogue
from nanobot_server.cli.model_uses import uses_by_model
from nanobot_server.cli.output import print_json, say, table
from nanobot_server.engine_options import models_dir
from nanobot_server.settings import Settings


def list_models(settings: Settings, names: Sequence[str], *, as_json: bool) -> None:
    """Print all models, or the ones that are named.

    Raises:
        UnknownModelError: No such model.
    """
    catalogue, folder = user_catalogue(), models_dir(settings)
    wanted = [catalogue.any_entry(name) for name in names]
    shown = [
        stored
        for stored in inventory(catalogue, folder)
        if not wanted or stored.entry.name in {entry.name for entry in wanted}
    ]
    uses = uses_by_model(settings, catalogue)
    others = [] if wanted else foreign_files(catalogue, folder)
    views = [_view(stored, catalogue, uses.get(stored.entry.name, [])) for stored in shown]
    if as_json:
        print_json(
            {
                "models_dir": str(folder),
                "models": views,
                "other_files": [
                    {"path": str(path), "disk_bytes": path.stat().st_size} for path in others
                ],
                "disk_bytes": sum(one.disk_bytes + one.draft_bytes for one in shown),
            }
        )
        return
    rows = [
        (
            view["name"],
            ", ".join(view["tiers"]) or "-",
            ", ".join(view["roles"]) or "-",
            _size(view["size_bytes"], is_exact=view["sha256"] is not None),
            view["licence"],
            _state_text(stored),
            ", ".join(view["used_by"]),
        )
        for view, stored in zip(views, shown, strict=True)
    ]
    table(("model", "tier", "role", "size", "licence", "state", "used by"), rows)
    for path in others:
        say(f"{path.name}: not of nanobot, {_size(path.stat().st_size, is_exact=True)}")
    taken = sum(one.disk_bytes + one.draft_bytes for one in shown)
    say(f"{folder}: {taken / 1e9:.2f} GB")


def _view(stored: StoredModel, catalogue: Catalogue, used_by: list[str]) -> dict[str, Any]:
    entry = stored.entry
    is_model = isinstance(entry, ModelEntry)
    roles_by_tier = {
        tier: catalogue.roles_of(tier, catalogue.entry(entry.name)) if is_model else ()
        for tier in Tier
    }
    roles = {role for found in roles_by_tier.values() for role in found}
    return {
        "name": entry.name,
        "kind": "model" if is_model else "embedder",
        "is_own": stored.is_own,
        "tiers": [tier.value for tier, found in roles_by_tier.items() if found],
        "roles": [role.value for role in Role if role in roles],
        "used_by": used_by,
        "quantisation": entry.quantisation,
        "size_bytes": entry.size_bytes,
        "licence": entry.licence,
        "path": str(stored.path),
        "state": stored.state.value,
        "sha256": entry.sha256,
        "pinned_by": _pinned_by(stored),
        "disk_bytes": stored.disk_bytes,
        "draft_bytes": stored.draft_bytes,
    }


def _pinned_by(stored: StoredModel) -> str | None:
    if stored.pin is not None:
        return "first use"
    return "catalogue" if stored.entry.sha256 is not None else None


def _state_text(stored: StoredModel) -> str:
    if stored.state is FileState.PARTIAL:
        return f"partial, {stored.draft_bytes / 1e6:.0f} MB on the disk"
    return stored.state.value


def _size(size_bytes: int, *, is_exact: bool) -> str:
    return f"{'' if is_exact else 'about '}{size_bytes / 1e6:.0f} MB"
