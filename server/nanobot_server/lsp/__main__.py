"""`nanobot-lsp`: a language server on standard input and output."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Final, NoReturn

from nanobot_server.lsp.connection.greeting import greet
from nanobot_server.lsp.connection.parent_watch import Parent
from nanobot_server.lsp.connection.transport import StdioTransport

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_FLUSH_TIMEOUT_S: Final = 1.0
_EXIT_NO_GREETING: Final = 1


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run until the editor leaves.

    Ends the process itself: with threads that wait for a pipe or a host, a normal
    exit could hang, and an editor would show an orphan.
    """
    started_by = os.getppid()
    options = _parser().parse_args(arguments)
    transport = StdioTransport(*_private_descriptors())
    transport.start()
    client = greet(transport)
    exit_code = _EXIT_NO_GREETING
    if client is not None:
        # Before the imports: an editor that ends during them is missed then.
        parent = Parent(client.process_id, started_by=started_by)
        # Imported only now: the editor has its answer already. See `greeting`.
        from nanobot_server.log_file import log_to_file  # noqa: PLC0415
        from nanobot_server.lsp.server import serve  # noqa: PLC0415

        log_to_file("lsp", level=options.log_level, has_warnings_on_stderr=True)
        # It logs the bodies of messages at INFO, and parameters at WARNING.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
        exit_code = serve(transport, client, parent, follows_log_setting=options.log_level is None)
    transport.close(timeout_s=_FLUSH_TIMEOUT_S)
    logging.shutdown()
    os._exit(exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nanobot-lsp", description="The language server of nanobot, for editors to start."
    )
    parser.add_argument(
        "--stdio", action="store_true", help="use standard input and output (the default)"
    )
    parser.add_argument(
        "--version", action="version", version=f"nanobot-lsp {metadata.version('nanobot-lsp')}"
    )
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=_LEVELS,
        default=_default_level(),
        help="how much to write to the log file",
    )
    return parser


def _default_level() -> str | None:
    level = os.environ.get("NANOBOT_LOG", "").upper()
    return level if level in _LEVELS else None


def _private_descriptors() -> tuple[int, int]:
    """Move the protocol to descriptors that nobody else knows.

    Fd 1 becomes stderr, so that a print in a library or native code is a log line
    and not the end of the session. Fd 0 becomes empty.
    """
    in_fd, out_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return in_fd, out_fd


if __name__ == "__main__":
    main()
