"""What commands print, and the exit codes.

stdout carries the result: text for people, or with `--json` exactly one JSON
document, errors included. Progress and remarks go to stderr.
"""

import errno
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import apsw
import typer
from rich.console import Console

from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import FAILED, NOT_FOUND, USAGE

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_REVIEW: Final = 3
EXIT_INTERRUPTED: Final = 130

# Only for progress and remarks: rich changes text that looks like an emoji, tabs
# and carriage returns, and a diff must arrive as it is.
REMARKS: Final = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

# No room on a disk, in a quota, or for a file of that size.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

# A file's name or text must not command the terminal. C0 but \t, \n, \r; DEL; C1.
_VISIBLE_BY_CONTROL: Final = {
    code: f"\\x{code:02x}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\t\n\r"
}


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command."""
    # In another character set what it does not have would be escaped in no way of JSON.
    is_utf8 = (sys.stdout.encoding or "utf-8").replace("_", "-").lower() == "utf-8"
    _write(json.dumps(document, ensure_ascii=not is_utf8, indent=2) + "\n")
    flush()


def remark(text: str) -> None:
    """Tell the person at the terminal something that is not the result."""
    REMARKS.print(text.translate(_VISIBLE_BY_CONTROL), markup=False)


def say(text: str) -> None:
    """Print a line of the result: on a terminal without control characters, else as it is."""
    shown = text.translate(_VISIBLE_BY_CONTROL) if sys.stdout.isatty() else text
    _write(f"{shown}\n")


def flush() -> None:
    """Write what is not written yet.

    Raises:
        OSError: It can not be written; `filename` says that it is the output.
    """
    with _named_output():
        sys.stdout.flush()


def _write(text: str) -> None:
    with _named_output():
        sys.stdout.write(text)


@contextmanager
def _named_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


@contextmanager
def reported(*, as_json: bool) -> Iterator[None]:
    """Turn the errors that nanobot knows into one sentence and an exit code.

    Raises:
        typer.Exit: Always when the block raised one of these.
    """
    try:
        yield
    except KNOWN_ERRORS as error:
        fail(str(error), code_of(error), as_json=as_json)
        raise typer.Exit(_exit_code(code_of(error))) from error
    except (apsw.FullError, apsw.IOError) as error:
        message = f"the ledger: {error}; free some space and try again"
        fail(message, FAILED, as_json=as_json)
        raise typer.Exit(EXIT_FAILED) from error
    except apsw.Error as error:
        # Damage can show at any place.
        message = f"the ledger: {error}; move .nanobot/ledger.db away to start a new one"
        fail(message, FAILED, as_json=as_json)
        raise typer.Exit(EXIT_FAILED) from error
    except BrokenPipeError:
        raise  # Whoever read our output has enough: no error.
    except OSError as error:
        fail(os_error_text(error), FAILED, as_json=as_json)
        raise typer.Exit(EXIT_FAILED) from error
    except KeyboardInterrupt as error:
        fail("interrupted", "interrupted", as_json=as_json)
        raise typer.Exit(EXIT_INTERRUPTED) from error


def os_error_text(error: OSError) -> str:
    """Say what the system refused, and what to do."""
    is_full = error.errno in _FULL
    advice = "free some space and try again" if is_full else "make it usable"
    return f"{error.filename or 'a file'}: {error.strerror or error}; {advice}"


def _exit_code(code: str) -> int:
    return EXIT_USAGE if code in {USAGE, NOT_FOUND} else EXIT_FAILED


def fail(message: str, code: str, *, as_json: bool) -> None:
    """Say why a command failed."""
    if as_json:
        try:
            print_json({"error": {"code": code, "message": message}})
        except BrokenPipeError:
            raise
        except OSError:
            pass  # It is the output that failed. Then at least people are told.
        else:
            return
    remark(f"nanobot: {message}")


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 file`, `2 files`.

    Args:
        number: How many.
        one: What one is called.
        many: What several are called, when that is not `one` with an s.
    """
    return f"{number} {one}" if number == 1 else f"{number} {many or f'{one}s'}"


def shows_progress(console: Console) -> bool:
    """Tell whether somebody looks at progress: a terminal that can draw over a line."""
    return console.is_terminal and not console.is_dumb_terminal


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns without lines, fit for a terminal and for `cut`."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for row in (headings, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
