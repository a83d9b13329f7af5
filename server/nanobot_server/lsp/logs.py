"""Where the language server logs: warnings to stderr, everything to a private file.

Never message bodies: they are the user's source. stderr gets little because an
editor that does not read it would stop us at the next line.
"""

import logging
import logging.handlers
import os
from io import TextIOWrapper
from pathlib import Path
from typing import Final

import platformdirs

_FILE_BYTES_MAX: Final = 1024 * 1024
_FILE_COUNT: Final = 3
_FORMAT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating log that only its user can read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding="utf-8", errors="backslashreplace"
        )


def log_path() -> Path:
    """Return the log file of the language server."""
    return Path(platformdirs.user_log_dir("nanobot", appauthor=False)) / "lsp.log"


def start_file_log(level: str) -> None:
    """Log to the file too. Without a usable folder stderr has to do."""
    path = log_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        to_file = _PrivateFile(
            path, maxBytes=_FILE_BYTES_MAX, backupCount=_FILE_COUNT, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: path=%s error=%s", path, error)
        return
    to_file.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(to_file)
    root.setLevel(level)
    # It logs the bodies of messages at INFO, and parameters at WARNING.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)


def start_stderr_log() -> None:
    """Log warnings to stderr."""
    to_stderr = logging.StreamHandler()
    to_stderr.setLevel(logging.WARNING)
    to_stderr.setFormatter(logging.Formatter(_FORMAT))
    logging.getLogger().addHandler(to_stderr)
