"""Kinds of values in the settings, and what is allowed in them beyond their type."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field

_USES: Final = ("main", "rlm", "memory", "completion")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Says in words what a field takes whose type does not say it."""

    text: str


def absolute(path: Path) -> Path:
    """Return a path with the user's home in it.

    Raises:
        ValueError: It depends on the current folder.
    """
    path = path.expanduser()
    if not path.is_absolute():
        msg = "not an absolute path"
        raise ValueError(msg)
    return path


def commands(command_by_folder: dict[str, str]) -> dict[str, str]:
    """Return commands by absolute folder.

    Raises:
        ValueError: A folder is not absolute, or a command has no words.
    """
    for folder, command in command_by_folder.items():
        absolute(Path(folder))
        if not shlex.split(command):
            msg = "an empty command"
            raise ValueError(msg)
    return command_by_folder


def _by_use(values: dict[str, _Value]) -> dict[str, _Value]:
    if unknown := set(values) - set(_USES):
        msg = f"no such role: {sorted(unknown)}"
        raise ValueError(msg)
    return values


_TABLE: Final = "a table of `main`, `rlm`, `memory`, `completion`, each with"
NameByUse = Annotated[
    dict[str, str], AfterValidator(_by_use), Allowed(f"{_TABLE} the name of a model")
]
CountByUse = Annotated[
    dict[str, Annotated[int, Field(ge=0, le=999)]],
    AfterValidator(_by_use),
    Allowed(f"{_TABLE} a whole number from 0 to 999"),
]
