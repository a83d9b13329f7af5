"""`nanobot setup`: choose the tier, fetch the models, try them, write the settings."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as ProgressBar

from nanobot_engine.model import (
    Hardware,
    InstalledEmbedder,
    InstalledModel,
    ModelTrio,
    Progress,
    SelfTest,
    Tier,
    detect_hardware,
    install,
    install_embedder,
    parse_tier,
    self_test,
    tier_for,
)
from nanobot_server.cli.arguments import Json
from nanobot_server.cli.output import (
    EXIT_FAILED,
    REMARKS,
    print_json,
    remark,
    reported,
    say,
    shows_progress,
    table,
)
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import model_options, models_dir
from nanobot_server.settings import (
    Settings,
    default_settings_path,
    save_settings,
)


def command(
    *,
    tier: Annotated[
        str | None, typer.Option(metavar="TIER", help="Hardware class; default: detected.")
    ] = None,
    models_folder: Annotated[
        Path | None,
        typer.Option(
            "--models-dir", metavar="PATH", help="Where model files are, or shall be kept."
        ),
    ] = None,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Get search by meaning ready too (84 MB).")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, take the defaults.")] = False,
    as_json: Json = False,
) -> None:
    """Get the local models ready. Run it once; again it only checks."""
    with reported(as_json=as_json):
        path = default_settings_path()
        settings = loaded_settings()
        hardware = detect_hardware(models_folder or models_dir(settings))
        chosen = parse_tier(tier) if tier else tier_for(hardware)
        model_section = {"tier": chosen.value}
        if models_folder is not None:
            model_section["models_dir"] = str(models_folder.absolute())
        settings = settings.model_copy(
            update={"model": settings.model.model_copy(update=_typed(settings, model_section))}
        )
        if not as_json:
            _show(hardware, chosen)
        if not yes and not as_json and not typer.confirm("Fetch what is missing?", default=True):
            raise typer.Exit
        started = time.monotonic()
        installed, embedder = _install(
            chosen, models_dir(settings), semantic=semantic, quiet=as_json
        )
        fetch_s = time.monotonic() - started
        tests = _self_test(settings)
        if semantic:
            search = settings.search.model_copy(update={"semantic": True})
            settings = settings.model_copy(update={"search": search})
        save_settings(path, settings)
        _report(chosen, installed, tests, fetch_s, embedder=embedder, as_json=as_json)
    if not all(test.in_form for test in tests):
        raise typer.Exit(EXIT_FAILED)


def _typed(settings: Settings, values: dict[str, str]) -> dict[str, Any]:
    """Return values as the settings' own types: `model_copy` does not check."""
    section = type(settings.model)
    checked = section.model_validate({**settings.model.model_dump(), **values})
    return {key: getattr(checked, key) for key in values}


def _show(hardware: Hardware, tier: Tier) -> None:
    gpus = ", ".join(gpu.name for gpu in hardware.gpus) or "none"
    say(
        f"{hardware.cores_logical} cores, {hardware.memory_bytes / 2**30:.0f} GiB memory, "
        f"GPU: {gpus}, {hardware.disk_free_bytes / 1e9:.0f} GB free on disk: tier {tier.value}"
    )


def _install(
    tier: Tier, folder: Path, *, semantic: bool, quiet: bool
) -> tuple[list[InstalledModel], InstalledEmbedder | None]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    shown = shows_progress(REMARKS) and not quiet
    with ProgressBar(*columns, console=REMARKS, disable=not shown, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(at: Progress) -> None:
            if at.name not in tasks:
                tasks[at.name] = bar.add_task(at.name, total=at.total_bytes)
                if not shown and not quiet:
                    remark(f"{at.name}: {at.total_bytes / 1e6:.0f} MB")
            bar.update(tasks[at.name], completed=at.done_bytes, total=at.total_bytes)

        installed = install(tier, folder, progress=show, cancelled=lambda: False)
        if not semantic:
            return installed, None
        return installed, install_embedder(folder, progress=show, cancelled=lambda: False)


def _embedder_view(embedder: InstalledEmbedder | None) -> dict[str, Any]:
    if embedder is None:
        return {}
    return {
        "embedder": {
            "name": embedder.entry.name,
            "path": str(embedder.path),
            "size_bytes": embedder.entry.size_bytes,
            "licence": embedder.entry.licence,
            "fetched": embedder.fetched,
        }
    }


def _self_test(settings: Settings) -> list[SelfTest]:
    async def run(runtime: Path) -> list[SelfTest]:
        trio = ModelTrio(models_dir(settings), runtime, model_options(settings))
        try:
            return await self_test(trio)
        finally:
            await trio.close()

    # Short on purpose: a Unix socket's path has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        return asyncio.run(run(Path(folder)))


def _report(
    tier: Tier,
    installed: list[InstalledModel],
    tests: list[SelfTest],
    fetch_s: float,
    *,
    embedder: InstalledEmbedder | None,
    as_json: bool,
) -> None:
    if as_json:
        print_json(
            {
                "tier": tier.value,
                "seconds": round(fetch_s, 1),
                "models": [
                    {
                        "name": model.entry.name,
                        "path": str(model.path),
                        "roles": [role.value for role in model.entry.roles],
                        "size_bytes": model.entry.size_bytes,
                        "licence": model.entry.licence,
                        "fetched": model.fetched,
                    }
                    for model in installed
                ],
                **_embedder_view(embedder),
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
        )
        return
    rows = [
        (
            model.entry.name,
            ", ".join(role.value for role in model.entry.roles),
            f"{model.entry.size_bytes / 1e6:.0f} MB",
            model.entry.licence,
            "fetched" if model.fetched else "was there",
        )
        for model in installed
    ]
    if embedder is not None:
        entry = embedder.entry
        size = f"{entry.size_bytes / 1e6:.0f} MB"
        fetched = "fetched" if embedder.fetched else "was there"
        rows.append((entry.name, "search", size, entry.licence, fetched))
    table(("model", "role", "size", "licence", ""), rows)
    for test in tests:
        verdict = "works" if test.in_form else "does not keep to its grammar"
        say(
            f"{test.role.value}: {verdict}, "
            f"{test.tokens_per_second:.0f} tokens/s, {test.memory_bytes / 1e9:.1f} GB memory"
        )
    say("ready; 'nanobot process GOAL' starts the first process")
