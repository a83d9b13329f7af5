"""Errors of the host and of talking to it.

    HostError                      `.code` is for programs, `str()` for people
    ├── NoHostError                none runs, and none was to be started: normal
    └── RuntimeFolderError         the folder for sockets or state is unusable: ask the user

Codes: `usage` (the request is wrong), `busy` (something else holds what is
needed), `not_found`, `model_missing` (run 'nanobot setup'), `unavailable` (no
host answers), `failed` (everything else).
"""

from pathlib import Path
from typing import Final

USAGE: Final = "usage"
BUSY: Final = "busy"
NOT_FOUND: Final = "not_found"
MODEL_MISSING: Final = "model_missing"
UNAVAILABLE: Final = "unavailable"
FAILED: Final = "failed"


class HostError(Exception):
    """The host refused, failed, or is not there."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoHostError(HostError):
    """No host runs, and none was to be started."""

    def __init__(self, name: str, noun: str) -> None:
        super().__init__(UNAVAILABLE, f"{name}: no {noun} runs here")


class RuntimeFolderError(HostError):
    """A folder that nanobot needs can not be used."""

    def __init__(
        self, path: Path, reason: str, *, advice: str = "make it writable for you, or remove it"
    ) -> None:
        super().__init__(FAILED, f"{path}: {reason}; {advice}")
        self.path = path
