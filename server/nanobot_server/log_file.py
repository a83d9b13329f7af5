"""Logging of OS processes without a terminal: a rotating file of the user's own.

Nobody else may read it: paths and names of the user's code are in it. Message
bodies, source text and prompts never are, above DEBUG.
"""

import logging
import logging.handlers
import os
from io import TextIOWrapper
from pathlib import Path
from typing import Final

import platformdirs

log = logging.getLogger(__name__)

_FILE_SIZE_BYTES_MAX: Final = 1 << 20
_OLD_FILES: Final = 2
_MODE: Final = 0o600
_FORMAT: Final = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_LEVEL_DEFAULT: Final = "INFO"


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating log that only its user can read, whatever the umask is."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self.baseFilename, flags, _MODE)
        os.fchmod(descriptor, _MODE)
        return TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding="utf-8", errors="backslashreplace"
        )


def log_dir() -> Path:
    """Return the folder of nanobot's logs."""
    return platformdirs.user_log_path("nanobot", appauthor=False)


def log_path(name: str) -> Path:
    """Return the log file of a program, `host` or `lsp`, whether or not it is there."""
    return log_dir() / f"{name}.log"


def log_to_file(
    name: str, *, level: str | None = None, has_warnings_on_stderr: bool = False
) -> None:
    """Log to `NAME.log` in the log folder, with two old files kept.

    Where the folder can not be written, to stderr: a full disk must not keep
    nanobot from starting.

    Args:
        name: Of the program, `host` or `lsp`.
        level: Of `logging`; `NANOBOT_LOG` without one, and `INFO` for one that is none.
        has_warnings_on_stderr: Warnings go there too and nothing else ever does, for
            a program whose starter may not read its stderr and so would stop it.
    """
    problem: OSError | None = None
    handlers: list[logging.Handler] = []
    try:
        handlers.append(_private_file(name))
    except OSError as error:
        problem = error
    if has_warnings_on_stderr or problem is not None:
        to_stderr = logging.StreamHandler()
        to_stderr.setLevel(logging.WARNING if has_warnings_on_stderr else logging.NOTSET)
        handlers.append(to_stderr)
    wanted = (level or os.environ.get("NANOBOT_LOG", _LEVEL_DEFAULT)).upper()
    root = logging.getLogger()
    root.setLevel(wanted if wanted in logging.getLevelNamesMapping() else _LEVEL_DEFAULT)
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(handler)
    if problem is not None:
        log.warning("no log file: name=%s error=%s", name, problem)


def _private_file(name: str) -> logging.Handler:
    """Open the log of `name`.

    Raises:
        OSError: There is no place for it.
    """
    path = log_path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _PrivateFile(
        path,
        maxBytes=_FILE_SIZE_BYTES_MAX,
        backupCount=_OLD_FILES,
        encoding="utf-8",
    )
