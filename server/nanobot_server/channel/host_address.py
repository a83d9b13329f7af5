"""Where a host is, and how one comes to be there. Imports nothing heavy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostAddress:
    """All that a client needs to reach a host."""

    name: str
    """What sentences about it begin with."""
    noun: str
    """What it is: "nanobot host"."""
    socket_path: Path
    lock_path: Path
    """Has the pid of the one that holds it. It is not created to be looked at."""
    module: str
    """That Python runs to be this host."""
    arguments: Sequence[str]
    advice: str
    """What to do when it does not answer."""
