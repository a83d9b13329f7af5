"""What commands print, and the exit codes.

stdout carries the result: text for people, or with `--json` exactly one JSON
document, errors included. Progress and remarks go to stderr.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer
from nanobot_engine.errors import EngineError
from nanobot_engine.process import ProcessUnknownError
from nanobot_engine.recipe import GoalUnknownError
from nanobot_indexer import IndexerError, QueryEmptyError, WorkspaceUnreadableError
from rich.console import Console

from nanobot_server.host.errors import FAILED, NOT_FOUND, USAGE, HostError

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_REVIEW: Final = 3
EXIT_INTERRUPTED: Final = 130

OUT: Final = Console(highlight=False, soft_wrap=True)
REMARKS: Final = Console(stderr=True, highlight=False, soft_wrap=True)

_USAGE_ERRORS: Final = (GoalUnknownError, WorkspaceUnreadableError, QueryEmptyError)


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Tell the person at the terminal something that is not the result."""
    REMARKS.print(text, markup=False)


def say(text: str) -> None:
    """Print a line of the result."""
    OUT.print(text, markup=False)


@contextmanager
def reported(*, as_json: bool) -> Iterator[None]:
    """Turn the errors that nanobot knows into one sentence and an exit code.

    Raises:
        typer.Exit: Always when the block raised one of these.
    """
    try:
        yield
    except HostError as error:
        code = EXIT_USAGE if error.code in {USAGE, NOT_FOUND} else EXIT_FAILED
        _fail(str(error), error.code, code, as_json=as_json, cause=error)
    except _USAGE_ERRORS as error:
        _fail(str(error), USAGE, EXIT_USAGE, as_json=as_json, cause=error)
    except ProcessUnknownError as error:
        _fail(str(error), NOT_FOUND, EXIT_USAGE, as_json=as_json, cause=error)
    except (EngineError, IndexerError) as error:
        _fail(str(error), FAILED, EXIT_FAILED, as_json=as_json, cause=error)
    except KeyboardInterrupt as error:
        _fail("interrupted", "interrupted", EXIT_INTERRUPTED, as_json=as_json, cause=error)


def _fail(message: str, code: str, exit_code: int, *, as_json: bool, cause: BaseException) -> None:
    if as_json:
        print_json({"error": {"code": code, "message": message}})
    else:
        REMARKS.print(f"nanobot: {message}", markup=False)
    raise typer.Exit(exit_code) from cause


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns without lines, fit for a terminal and for `cut`."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for row in (headings, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
