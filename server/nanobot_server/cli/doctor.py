"""`nanobot doctor`: one screen with what nanobot needs and what is wrong with it."""

import asyncio
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nanobot_engine.model import (
    HardwareError,
    Tier,
    detect_hardware,
    is_installed,
    load_catalogue,
    parse_tier,
    tier_for,
)
from nanobot_indexer import IndexerError, IndexMissingError, open_index
from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.front import PING_TIMEOUT_S, is_host_listening
from nanobot_server.cli.index_report import (
    index_text,
    skipped_by_reason,
    skipped_text,
)
from nanobot_server.cli.output import print_json, reported, say, table
from nanobot_server.engine_options import models_dir
from nanobot_server.host.client import HostClient
from nanobot_server.host.errors import UNAVAILABLE, HostError
from nanobot_server.host.index_view import manifest_view
from nanobot_server.settings import Settings, default_settings_path, load_settings


def command(workspace: In = None, *, as_json: Json = False) -> None:
    """Check hardware, models, index, host and settings.

    Says what to do about what is wrong.
    """
    with reported(as_json=as_json):
        root = workspace_of(workspace)
        settings, found = load_settings(default_settings_path())
        problems = [problem.message for problem in found]
        report = {
            "version": version("nanobot-lsp"),
            "python": sys.version.split()[0],
            "hardware": _hardware(settings, problems),
            "models": _models(settings, problems),
            "index": _index(root, problems),
            "hosts": _hosts(root, problems),
            "settings": str(default_settings_path()),
            "problems": problems,
        }
        if as_json:
            print_json(report)
        else:
            _show(report)


def _hardware(settings: Settings, problems: list[str]) -> dict[str, Any]:
    hardware = detect_hardware(models_dir(settings))
    try:
        tier = parse_tier(settings.model.tier) if settings.model.tier else tier_for(hardware)
        name = tier.value
    except HardwareError as error:
        problems.append(str(error))
        name = "none"
    return {
        "tier": name,
        "cores": hardware.cores_logical,
        "ram_total_bytes": hardware.memory_bytes,
        "ram_available_bytes": hardware.memory_available_bytes,
        "disk_free_bytes": hardware.disk_free_bytes,
        "gpus": [gpu.name for gpu in hardware.gpus],
    }


def _models(settings: Settings, problems: list[str]) -> list[dict[str, Any]]:
    folder = models_dir(settings)
    models = []
    tier = Tier(settings.model.tier) if settings.model.tier else Tier.POTATO
    for entry in load_catalogue().for_tier(tier):
        path = folder / entry.file_name
        is_right = is_installed(path, entry)
        models.append(
            {
                "name": entry.name,
                "roles": [role.value for role in entry.roles],
                "path": str(path),
                "present": path.exists(),
                "verified": is_right,
            }
        )
        if not path.exists():
            problems.append(f"{entry.name}: not there; run 'nanobot setup'")
        elif not is_right:
            problems.append(f"{path}: not the right file; run 'nanobot setup' to fetch it again")
    return models


def _index(root: Path, problems: list[str]) -> dict[str, Any] | None:
    try:
        with open_index(root) as index:
            index.verify()
            return {
                **manifest_view(index.manifest),
                "skipped": len(index.skipped),
                "skipped_by_reason": skipped_by_reason(index.skipped),
            }
    except IndexMissingError:
        return None  # Normal before the first use.
    except IndexerError as error:
        problems.append(str(error))
        return None


def _hosts(root: Path, problems: list[str]) -> list[dict[str, Any]]:
    async def ask() -> dict[str, Any] | None:
        try:
            client = await HostClient.connect(root, spawn=False, timeout_s=PING_TIMEOUT_S)
        except HostError as error:
            if error.code != UNAVAILABLE:
                raise
            if not is_host_listening(root):
                return None  # No host runs, which is normal.
            message = (
                f"{root}: its nanobot host did not answer within {PING_TIMEOUT_S:g} s; "
                "if it never does, end it: its pid is in .nanobot/host.lock"
            )
            raise HostError(UNAVAILABLE, message) from error
        async with client:
            return dict(await client.call("ping", {}, timeout_s=PING_TIMEOUT_S))

    try:
        answer = asyncio.run(ask())
    except HostError as error:
        problems.append(str(error))
        return []
    if answer is None:
        return []
    host = {"kind": "workspace", "pid": answer["pid"], "runs": answer["runs"]}
    workers = [
        {"kind": "model", "role": worker["role"], "pid": worker["pid"]}
        for worker in answer["workers"]
        if worker["pid"]
    ]
    return [host, *workers]


def _show(report: dict[str, Any]) -> None:
    hardware = report["hardware"]
    say(f"nanobot {report['version']}, Python {report['python']}")
    say(
        f"hardware: tier {hardware['tier']}, {hardware['cores']} cores, "
        f"{hardware['ram_available_bytes'] / 2**30:.1f} of "
        f"{hardware['ram_total_bytes'] / 2**30:.1f} GiB memory available"
    )
    rows = [
        (
            model["name"],
            ", ".join(model["roles"]),
            "verified" if model["verified"] else "damaged" if model["present"] else "missing",
        )
        for model in report["models"]
    ]
    table(("model", "role", "state"), rows)
    index = report["index"]
    if index is None:
        say("index: none")
    else:
        counts = skipped_text(index["skipped_by_reason"])
        left_out = f"{index['skipped']} left out" + (f" ({counts})" if counts else "")
        say(f"index: {index_text(index)}; {left_out}")
    for host in report["hosts"]:
        say(f"{host['kind']} host: pid {host['pid']}" if host["kind"] == "workspace"
            else f"model worker {host['role']}: pid {host['pid']}")  # fmt: skip
    for problem in report["problems"]:
        say(f"problem: {problem}")
    if not report["problems"]:
        say("no problems")
