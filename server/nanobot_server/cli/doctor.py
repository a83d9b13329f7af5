"""`nanobot doctor`: one screen with what nanobot needs and what is wrong with it."""

import asyncio
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import apsw

from nanobot_engine.model import (
    DeviceList,
    OwnModelsError,
    ProcessorError,
    UnknownModelError,
    detect_hardware,
    is_installed,
    list_devices,
    pinned,
)
from nanobot_indexer import IndexerError, IndexMissingError, open_index
from nanobot_server.chosen_models import (
    COMPLETION,
    chosen_tier,
    completion_entry,
    role_models,
)
from nanobot_server.cli.arguments import In, Json, workspace_of
from nanobot_server.cli.front import PING_TIMEOUT_S, is_host_listening
from nanobot_server.cli.index_report import (
    index_text,
    skipped_by_reason,
    skipped_text,
)
from nanobot_server.cli.model_host_report import model_host_rows, row_text
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
        listed = list_devices()
        hardware = _hardware(settings, listed, problems)
        hosts = [*_hosts(root, problems), *model_host_rows(problems)]
        report = {
            "version": version("nanobot-lsp"),
            "python": sys.version.split()[0],
            "versions": _versions(settings, listed),
            "provider": settings.model.provider,
            "hardware": hardware,
            "models": _models(settings, hosts, problems),
            "index": _index(root, problems),
            "hosts": hosts,
            "settings": str(default_settings_path()),
            "problems": problems,
        }
        if as_json:
            print_json(report)
        else:
            _show(report)


def _hardware(settings: Settings, listed: DeviceList, problems: list[str]) -> dict[str, Any]:
    hardware = detect_hardware(models_dir(settings), listed.devices)
    if settings.model.provider == "xllamacpp":
        if not hardware.avx2:
            problems.append(str(ProcessorError()))
        elif listed.problem:
            problems.append(f"{listed.problem}; install it again: pip install xllamacpp")
    problems.extend(
        f"{gpu.name}: this build of llama.cpp can not use it; install a build of xllamacpp "
        "for it (docs/models.md), then run 'nanobot setup --tier auto'"
        for gpu in hardware.gpus
        if not gpu.is_usable
    )
    return {
        "tier": chosen_tier(settings).value,
        "is_set_up": settings.model.tier is not None,
        "cores": hardware.cores_logical,
        "ram_total_bytes": hardware.memory_bytes,
        "ram_available_bytes": hardware.memory_available_bytes,
        "disk_free_bytes": hardware.disk_free_bytes,
        "gpus": [gpu.name for gpu in hardware.gpus],
        "usable_gpus": [gpu.name for gpu in hardware.gpus if gpu.is_usable],
    }


def _models(
    settings: Settings, hosts: list[dict[str, Any]], problems: list[str]
) -> list[dict[str, Any]]:
    folder = models_dir(settings)
    try:
        by_use = {role.value: entry for role, entry in role_models(settings).items()}
        by_use[COMPLETION] = completion_entry(settings)
    except (OwnModelsError, UnknownModelError) as error:
        problems.append(f"{error}; run 'nanobot setup --tier auto' to choose again")
        return []
    loaded = {host["model"] for host in hosts if host["kind"] == "model"}
    models = []
    for known in dict.fromkeys(by_use.values()):
        entry = pinned(known, folder)
        path = entry.path_in(folder)
        is_right = is_installed(path, entry)
        uses = [use for use, one in by_use.items() if one == known]
        models.append(
            {
                "name": entry.name,
                "roles": uses,
                "path": str(path),
                "size_bytes": entry.size_bytes,
                "present": path.exists(),
                "verified": is_right,
                "loaded": entry.name in loaded,
            }
        )
        if not path.exists():
            problems.append(f"{entry.name}: not there; run 'nanobot setup'")
        elif not is_right:
            problems.append(f"{path}: not the right file; run 'nanobot setup' to fetch it again")
    return models


def _versions(settings: Settings, listed: DeviceList) -> dict[str, str]:
    provider = settings.model.provider
    return {
        "nanobot": version("nanobot-lsp"),
        "python": sys.version.split()[0],
        provider: _version_of(provider) or listed.version or "not installed",
        "sqlite": apsw.sqlite_lib_version(),
    }


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


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
    return [{"kind": "workspace", "pid": answer["pid"], "runs": answer["runs"]}]


def _show(report: dict[str, Any]) -> None:
    hardware = report["hardware"]
    say(", ".join(f"{name} {number}" for name, number in report["versions"].items()))
    say(
        f"hardware: {hardware['cores']} cores, {hardware['ram_available_bytes'] / 2**30:.1f} of "
        f"{hardware['ram_total_bytes'] / 2**30:.1f} GiB memory available, "
        f"{hardware['disk_free_bytes'] / 1e9:.0f} GB disk"
    )
    gpus = [
        name if name in hardware["usable_gpus"] else f"{name} (not usable)"
        for name in hardware["gpus"]
    ]
    kept = "" if hardware["is_set_up"] else " (not set up yet)"
    say(f"gpu: {', '.join(gpus) or 'none'}; tier: {hardware['tier']}{kept}")
    rows = [
        (
            model["name"],
            ", ".join(model["roles"]),
            f"{model['size_bytes'] / 1e9:.2f} GB",
            _state(model),
        )
        for model in report["models"]
    ]
    table(("model", "role", "file", "state"), rows)
    index = report["index"]
    if index is None:
        say("index: none")
    else:
        counts = skipped_text(index["skipped_by_reason"])
        left_out = f"{index['skipped']} left out" + (f" ({counts})" if counts else "")
        say(f"index: {index_text(index)}; {left_out}")
    for host in report["hosts"]:
        is_workspace = host["kind"] == "workspace"
        say(f"workspace host: pid {host['pid']}" if is_workspace else row_text(host))
    for problem in report["problems"]:
        say(f"problem: {problem}")
    if not report["problems"]:
        say("no problems")


def _state(model: dict[str, Any]) -> str:
    if not model["verified"]:
        return "damaged" if model["present"] else "missing"
    return "loaded" if model["loaded"] else "verified"
