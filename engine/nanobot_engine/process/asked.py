"""What the parts of a goal ask for, as gates take it: names, paths, leave to remove or move."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.refactor.refactoring import Refactoring

_WORD: Final = re.compile(r"[^\W\d]\w*")
# They say themselves what they remove, and are asked for that.
_REMOVE: Final = frozenset(
    {"remove dead code", "remove feature flag", "remove unused parameters", "deduplicate"}
)
_ADD: Final = frozenset({"add all", "add postponed annotations"})
# What only the moved code uses moves along.
_MOVE: Final = frozenset({"move", "split module", "merge modules"})
# The words of tools: nobody asks for what they say.
_QUOTED: Final = frozenset({"diagnostics"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What parts of a goal ask for."""

    words: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    """Of modules and folders that are moved, merged or split as a whole."""
    may_remove: bool = False
    may_add: bool = False
    may_move: bool = False


def asked_by(parts: Sequence[tuple[Refactoring, Mapping[str, str]]]) -> Asked:
    """Return what is in the arguments of some refactorings."""
    words: set[str] = set()
    paths: set[str] = set()
    for _, arguments in parts:
        for name, value in arguments.items():
            if name in _QUOTED:
                continue
            for line in re.split(r"[\n,]", value):
                path, separator, symbol = line.strip().partition("::")
                is_path = not separator and ("/" in path or path.endswith(".py"))
                if is_path:
                    paths.add(path.rstrip("/"))
                words |= words_of(symbol or path)
    names = {one.name for one, _ in parts}
    return Asked(
        frozenset(words),
        frozenset(paths),
        may_remove=bool(names & _REMOVE),
        may_add=bool(names & _ADD),
        may_move=bool(names & _MOVE),
    )


def words_of(text: str) -> set[str]:
    """Return the names in a text."""
    return set(_WORD.findall(text))
