"""Hunks and files on the command line: which part of a review a command is about."""

from typing import Annotated

import typer

from nanobot_engine.process import Choice

Files = Annotated[
    list[str] | None,
    typer.Option("--file", metavar="PATH", help="Only the hunks of this file; repeatable."),
]
Hunks = Annotated[
    list[str] | None,
    typer.Option(
        "--hunk",
        metavar="HUNK",
        help="Only this hunk, by its id or the beginning of it; repeatable.",
    ),
]


def choice_of(files: list[str] | None, hunks: list[str] | None) -> Choice:
    """Return what the options name; all that is open without any."""
    return Choice(frozenset(files or ()), frozenset(hunks or ()))
