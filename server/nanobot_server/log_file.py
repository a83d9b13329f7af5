"""Logging of OS processes without a terminal: a rotating file of the user's own."""

import logging
import logging.handlers
import os
from pathlib import Path
from typing import Final

import platformdirs

_BYTES_MAX: Final = 2 * 1024 * 1024
_FORMAT: Final = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def log_dir() -> Path:
    """Return the folder of nanobot's logs."""
    return platformdirs.user_log_path("nanobot", appauthor=False)


def log_to_file(name: str) -> None:
    """Log to `NAME.log` in the log folder, with one old file kept.

    `NANOBOT_LOG` sets the level. Where the folder can not be written, to stderr:
    a full disk must not keep nanobot from starting.
    """
    level = os.environ.get("NANOBOT_LOG", "INFO").upper()
    handler: logging.Handler
    try:
        folder = log_dir()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / f"{name}.log", maxBytes=_BYTES_MAX, backupCount=1, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level if level in logging.getLevelNamesMapping() else "INFO")
