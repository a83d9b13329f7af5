"""`nanobot process --diagnostics FILE`: diagnostics that somebody hands over to be fixed."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from nanobot_engine.check.report import REPORT_BYTES_MAX, ReportError, read_report, to_json
from nanobot_engine.process import Part
from nanobot_server.host.errors import NOT_FOUND, USAGE, HostError

Diagnostics = Annotated[
    str | None,
    typer.Option(
        "--diagnostics",
        metavar="FILE",
        help="Fix what this report says; '-' reads it from standard input.",
    ),
]

_STANDARD_INPUT: Final = "-"
_FIX: Final = re.compile(r"\b(fix|repair|solve|resolve|correct|clean)\b", re.IGNORECASE)


def handed_over(
    path: str, goal: str, root: Path, parts: Sequence[Part]
) -> tuple[str, Sequence[Part]]:
    """Return the goal and what it is made of.

    Args:
        path: Of the report; "-" for standard input.
        goal: What the user wrote; may be empty.
        root: The workspace.
        parts: What `--refactor` asks for.

    Raises:
        HostError: The report can not be read, or something else is asked for as well.
    """
    if parts:
        raise HostError(USAGE, "--diagnostics and --refactor: only one of them")
    if goal and not _FIX.search(goal):
        raise HostError(USAGE, f'--diagnostics: goes with a goal like "fix these", not "{goal}"')
    try:
        found = read_report(_text(path), root)
    except ReportError as error:
        raise HostError(USAGE, str(error)) from error
    name = "standard input" if path == _STANDARD_INPUT else Path(path).name
    words = goal or f"fix the {len(found)} diagnostics of {name}"
    return words, [Part("fix diagnostics", {"diagnostics": to_json(found)})]


def _text(path: str) -> str:
    try:
        if path == _STANDARD_INPUT:
            data = _bounded(sys.stdin.buffer)
        else:
            with Path(path).open("rb") as file:
                data = _bounded(file)
    except OSError as error:
        raise HostError(NOT_FOUND, f"--diagnostics {path}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HostError(USAGE, f"--diagnostics {path}: is no UTF-8 text") from error


def _bounded(file: IO[bytes]) -> bytes:
    """Read at most what a report may have, and one byte more, which is refused."""
    return file.read(REPORT_BYTES_MAX + 1)
