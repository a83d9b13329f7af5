"""Standard streams that are closed, full, or read by nobody any more."""

import os
import sys
from typing import Final

from nanobot_server.cli.output import EXIT_FAILED, flush, os_error_text, remark

_NAMES: Final = ("stdin", "stdout", "stderr")


def open_standard_streams() -> None:
    """Open those that the caller closed, as `>&-` does, onto nothing.

    Otherwise the next file that is opened has their number, and gets what is printed.
    """
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            fd = os.open(os.devnull, os.O_WRONLY if number else os.O_RDONLY)
            assert fd == number, "the lowest free descriptor comes first"
            setattr(sys, name, os.fdopen(fd, mode, encoding="utf-8"))


def flush_or_exit() -> None:
    """Write what was said so far.

    Python would do that at its very end too, but could only complain then.

    Raises:
        SystemExit: It can not be written. When its reader has enough, nothing is said.
    """
    try:
        flush()
    except OSError as error:
        # What is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            remark(f"nanobot: {os_error_text(error)}")
        sys.exit(EXIT_FAILED)
