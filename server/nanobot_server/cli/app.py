"""The table of contents of the command line."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from nanobot_server.cli import (
    accept,
    cancel,
    diff,
    doctor,
    ingest,
    pause,
    process,
    reject,
    resume,
    search,
    setup,
    status,
    undo,
)
from nanobot_server.cli.output import EXIT_USAGE, fail
from nanobot_server.host.errors import USAGE

app = typer.Typer(
    name="nanobot",
    help="A local coding agent: long, verified processes over your code on small models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"nanobot {version('nanobot-lsp')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda value: _print_version(wanted=value),
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Take the options that stand before every command."""


for _module in (
    setup, doctor, ingest, search, process, status, diff, accept, reject, undo, resume, pause,
    cancel,
):  # fmt: skip
    app.command(name=_module.__name__.rpartition(".")[2])(_module.command)


def main() -> None:
    """Run one command."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal with a small character set must not end a command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "--json" not in sys.argv[1:]:
        app()
    # A wrong command line is a JSON document too, so that programs read one form.
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:
        fail(error.format_message(), USAGE, as_json=True)
        sys.exit(EXIT_USAGE)
