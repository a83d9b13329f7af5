"""`nanobot setup`: choose models for this machine, fetch them, try them, write the settings."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as ProgressBar

from nanobot_engine.model import (
    Catalogue,
    Hardware,
    Installed,
    Progress,
    SelfTest,
    add_own_model,
    detect_hardware,
    install_models,
    list_devices,
    own_models_path,
    parse_tier,
    self_test,
    user_catalogue,
)
from nanobot_server.cli.arguments import Json
from nanobot_server.cli.output import (
    EXIT_FAILED,
    REMARKS,
    remark,
    reported,
    shows_progress,
)
from nanobot_server.cli.setup_report import print_report, show_hardware, show_plan, show_results
from nanobot_server.cli.user_settings import loaded_settings
from nanobot_server.engine_options import model_trio, models_dir
from nanobot_server.settings import ModelSettings, Settings, default_settings_path, save_settings
from nanobot_server.setup_plan import SetupPlan, fitted_plan, kept_plan, own_models, with_plan

_AUTOMATIC = "auto"


def command(
    *,
    tier: Annotated[
        str | None,
        typer.Option(metavar="TIER", help="Hardware class; auto: look at the machine again."),
    ] = None,
    models_folder: Annotated[
        Path | None,
        typer.Option(
            "--models-dir", metavar="PATH", help="Where model files are, or shall be kept."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=NAME", help="A model, or a .gguf file of yours, for a role."),
    ] = None,
    one_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="One model, or .gguf file, for all roles."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Fetch nothing; use the files that are there.")
    ] = False,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Get search by meaning ready too (84 MB).")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, take the defaults.")] = False,
    as_json: Json = False,
) -> None:
    """Get the local models ready. Run it once; again it only checks."""
    with reported(as_json=as_json):
        settings = _with_folder(loaded_settings(), models_folder)
        hardware, plan, catalogue = _planned(settings, tier, model or [], one_model)
        if not as_json:
            show_hardware(hardware)
            show_plan(plan, models_dir(settings))
        if not yes and not as_json and not typer.confirm("Set this up?", default=True):
            raise typer.Exit
        started = time.monotonic()
        installed = _installed(plan, settings, catalogue, offline=offline, semantic=semantic,
                               quiet=as_json)  # fmt: skip
        fetch_s = time.monotonic() - started
        _keep_own(plan)
        settings = with_plan(settings, plan, catalogue)
        if semantic:
            search = settings.search.model_copy(update={"semantic": True})
            settings = settings.model_copy(update={"search": search})
        tests = _self_test(settings)
        save_settings(default_settings_path(), settings)
        if as_json:
            print_report(hardware, plan, installed, tests, fetch_s)
        else:
            show_results(plan, installed, tests)
    if not all(test.in_form for test in tests):
        raise typer.Exit(EXIT_FAILED)


def _with_folder(settings: Settings, folder: Path | None) -> Settings:
    if folder is None:
        return settings
    values = {**settings.model.model_dump(), "models_dir": str(folder.expanduser().absolute())}
    return settings.model_copy(update={"model": ModelSettings.model_validate(values)})


def _planned(
    settings: Settings, tier: str | None, choices: list[str], one_model: str | None
) -> tuple[Hardware, SetupPlan, Catalogue]:
    """Return the machine, what to do, and the catalogue with the models of the user."""
    wanted = parse_tier(tier) if tier and tier != _AUTOMATIC else None
    catalogue = user_catalogue()
    own = own_models(choices, one_model, catalogue)
    new = {entry.name: entry for entry in own.values() if entry not in catalogue.models}
    others = tuple(entry for entry in catalogue.models if entry.name not in new)
    catalogue = catalogue.model_copy(update={"models": (*others, *new.values())})
    listed = list_devices()
    if listed.problem:
        remark(listed.problem)
    hardware = detect_hardware(models_dir(settings), listed.devices)
    if tier is None and not own and settings.model.tier is not None:
        return hardware, kept_plan(settings, hardware, catalogue), catalogue
    plan = fitted_plan(settings, hardware, catalogue, tier=wanted, own=own)
    return hardware, plan, catalogue


def _installed(
    plan: SetupPlan,
    settings: Settings,
    catalogue: Catalogue,
    *,
    offline: bool,
    semantic: bool,
    quiet: bool,
) -> list[Installed]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    names = [entry.name for entry in plan.entries()]
    if semantic:
        names.append(catalogue.embedder().name)
    shown = shows_progress(REMARKS) and not quiet
    with ProgressBar(*columns, console=REMARKS, disable=not shown, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(at: Progress) -> None:
            if at.name not in tasks:
                tasks[at.name] = bar.add_task(at.name, total=at.total_bytes)
                if not shown and not quiet:
                    remark(f"{at.name}: {at.total_bytes / 1e6:.0f} MB")
            bar.update(tasks[at.name], completed=at.done_bytes, total=at.total_bytes)

        return install_models(
            names,
            models_dir(settings),
            progress=show,
            cancelled=lambda: False,
            catalogue=catalogue.without_network() if offline else catalogue,
        )


def _keep_own(plan: SetupPlan) -> None:
    known = user_catalogue().models
    for entry in plan.entries():
        if entry not in known:
            add_own_model(own_models_path(), entry)


def _self_test(settings: Settings) -> list[SelfTest]:
    async def run(runtime: Path) -> list[SelfTest]:
        trio = model_trio(settings, runtime)
        try:
            return await self_test(trio)
        finally:
            await trio.close()

    # Short on purpose: a Unix socket's path has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        return asyncio.run(run(Path(folder)))
