"""The table of contents of the command line.

One command is imported, the one that is asked for: a search does not wait for what
downloads models.
"""

import importlib
import sys
from collections.abc import Iterable
from typing import Annotated, Final

import typer

from nanobot_server.cli.interruption import ended_like_by_ctrl_c
from nanobot_server.cli.output import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, fail
from nanobot_server.cli.standard_streams import flush_or_exit, open_standard_streams
from nanobot_server.host.errors import USAGE

COMMANDS: Final = (
    "setup", "models", "doctor", "ingest", "ask", "complete", "search", "prove", "grep", "similar",
    "outline", "slice", "definition", "references", "process", "status", "diff", "accept",
    "reject", "undo", "resume", "pause", "cancel",
)  # fmt: skip
"""Each is a module of this package with a function `command`, in the order of `--help`."""


def _print_version(*, wanted: bool) -> None:
    if wanted:
        # Reading what is installed takes longer than many commands.
        from importlib.metadata import version  # noqa: PLC0415 - see above

        typer.echo(f"nanobot {version('nanobot-lsp')}")
        raise typer.Exit


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


def app_with(commands: Iterable[str]) -> typer.Typer:
    """Return the command line with some of its commands."""
    app = typer.Typer(
        name="nanobot",
        help="A local coding agent: long, verified processes over your code on small models.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for name in commands:
        module = importlib.import_module(f"nanobot_server.cli.{name}")
        app.command(name=name)(module.command)
    return app


def _wanted(arguments: list[str]) -> tuple[str, ...]:
    """Return the one command that is asked for, or all to help with what is not one."""
    return (arguments[0],) if arguments[:1] and arguments[0] in COMMANDS else COMMANDS


def main() -> None:
    """Run one command."""
    open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal with a small character set must not end a command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with ended_like_by_ctrl_c():
        try:
            _run(sys.argv[1:])
        except KeyboardInterrupt:
            # Before a command has begun; `reported` tells it from then on.
            fail("interrupted", "interrupted", as_json="--json" in sys.argv[1:])
            sys.exit(EXIT_INTERRUPTED)
        finally:
            flush_or_exit()


def _run(arguments: list[str]) -> None:
    wanted = _wanted(arguments)
    try:
        # However it was started: the help names the command that people type.
        sys.exit(app_with(wanted)(standalone_mode=False, prog_name="nanobot"))
    except typer.Abort:
        sys.exit(EXIT_FAILED)  # A question that nobody answers.
    except typer.TyperException as error:
        message = error.format_message()
        if not arguments:
            typer.echo(message, err=True)  # All of the help.
            sys.exit(EXIT_USAGE)
        # What the checker of values puts before its own words.
        message = message.replace("Value error, ", "").rstrip(".")
        command = "nanobot" if wanted is COMMANDS else f"nanobot {wanted[0]}"
        # A wrong command line is a JSON document too, so that programs read one form.
        fail(f"{message}; see '{command} --help'", USAGE, as_json="--json" in arguments)
        sys.exit(EXIT_USAGE)
