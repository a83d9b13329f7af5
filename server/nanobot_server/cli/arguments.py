"""Arguments that several commands share, so that they mean the same everywhere."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from nanobot_indexer import Language
from nanobot_server.host.errors import FAILED, NOT_FOUND, USAGE, HostError
from nanobot_server.host.location import STATE_FOLDER_NAME, ledger_path

HITS_MAX: Final = 200
"""Of a search: beyond that the order says nothing."""
PLACES_MAX: Final = 1000
"""Definitions of a name, chunks that are alike, groups of duplicates."""
MATCHES_MAX: Final = 10_000
"""Places in text, which take a line each."""
SLICE_CHARS_MAX: Final = 1_000_000

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
In = Annotated[
    Path | None,
    typer.Option(
        "--in",
        metavar="PATH",
        readable=False,  # `workspace_of` says what to do about it.
        help="The workspace; default: the current folder.",
    ),
]
PathGlob = Annotated[
    str | None,
    typer.Option(
        "--path",
        metavar="GLOB",
        help="Only files that match, written like a line of .gitignore: src/, *.py.",
    ),
]
Languages = Annotated[
    list[Language] | None,
    typer.Option(
        "--language", metavar="LANGUAGE", help="Only files in it, such as python; repeatable."
    ),
]
ContextLines = Annotated[
    int,
    typer.Option("--context", metavar="N", min=0, max=20, help="Lines to show before and after."),
]
ProcessId = Annotated[str, typer.Argument(metavar="ID", help="A process, such as p1.")]


def limit_option(what: str, *, most: int) -> Any:
    """Return the option `--limit` of a command that shows so many at most."""
    return typer.Option("--limit", metavar="N", min=1, max=most, help=f"Most {what} to show.")


def workspace_of(given: Path | None) -> Path:
    """Return the workspace that a command acts on.

    Raises:
        HostError: It is not a folder that can be read.
    """
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        # A name that is not ASCII would be another one in the index, or left out.
        message = f"file names: they are UTF-8, and this environment has {encoding}; "
        raise HostError(FAILED, f"{message}set PYTHONUTF8=1")
    try:
        workspace = (given or Path.cwd()).absolute()
    except FileNotFoundError as error:
        message = "the current folder was removed; go to one that is there"
        raise HostError(USAGE, message) from error
    try:
        if not workspace.is_dir():
            raise HostError(USAGE, f"{workspace}: not a folder; name the folder of a project")
        next(workspace.iterdir(), None)
    except OSError as error:
        reason = error.strerror or str(error)
        raise HostError(USAGE, f"{workspace}: {reason}; choose a folder you may read") from error
    return workspace.resolve()


def has_ledger(workspace: Path) -> bool:
    """Tell whether a process was ever started in a workspace. Creates nothing."""
    return (workspace / STATE_FOLDER_NAME / "ledger.db").exists()


def existing_ledger(workspace: Path) -> Path:
    """Return the ledger of a workspace that has had a process.

    Raises:
        HostError: No process was ever started here.
    """
    if not has_ledger(workspace):
        raise HostError(
            NOT_FOUND,
            f"{workspace}: no process was started here; 'nanobot process GOAL' starts one",
        )
    return ledger_path(workspace)
