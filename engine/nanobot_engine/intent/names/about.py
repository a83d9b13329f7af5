"""Which definitions of a module are about something: "everything about colours".

A definition certainly is when its name says so. One whose docstring speaks of it may be, and
is asked about. What only these use is not decided here: moving takes that along.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.intent.words.spelling import parts_of
from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.move.merge import own_names
from nanobot_indexer.fingerprint.stem import stem

_EMPTY_LINES: Final = """
a an the of and or for with to in its their our my all any other some code stuff things
thing related handling logic support
"""
_EMPTY: Final = frozenset(_EMPTY_LINES.split())
_BRITISH: Final = (("our", "or"), ("ise", "ize"), ("isation", "ization"), ("yse", "yze"))


@dataclass(frozen=True, slots=True)
class AboutIt:
    """What of a module is about something, in the order of the file."""

    certain: tuple[str, ...]
    """Names that say so."""
    possible: tuple[str, ...]
    """Names whose docstring speaks of it."""


def definitions_about(file: PythonFile, words: str) -> AboutIt:
    """Return the definitions at the top of a module that are about something.

    Args:
        file: The module.
        words: What people call it: "colours", "url patterns".
    """
    wanted = {one for part in _words(words) if (one := _root(part))}
    if not wanted:
        return AboutIt((), ())
    certain, possible = [], []
    for name in own_names(file):
        own = {_root(part) for part in parts_of(name)}
        # `colorize` and `Colored` are about colours; `pathological` is not about paths.
        if all(any(_is_of(root, one) for one in own) for root in wanted):
            certain.append(name)
        elif wanted <= {_root(part) for part in _words(_summary(file, name))}:
            possible.append(name)
    return AboutIt(tuple(certain), tuple(possible))


def _words(text: str) -> Iterator[str]:
    for word in text.lower().replace("-", " ").replace("_", " ").split():
        bare = word.strip("`'\".,:;()")
        if bare and bare not in _EMPTY:
            yield from parts_of(bare)


def _root(word: str) -> str:
    for british, american in _BRITISH:
        word = word.replace(british, american)
    return stem(word).decode(errors="replace")


def _is_of(wanted: str, part: str) -> bool:
    is_longer = len(wanted) >= 4 and part.startswith(wanted) and len(part) - len(wanted) <= 4
    return part == wanted or is_longer


def _summary(file: PythonFile, name: str) -> str:
    """Return the first line of a definition's docstring; empty without one."""
    for site in file.names.module.sites.get(name, ()):
        if isinstance(site.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = ast.get_docstring(site.node) or ""
            return text.partition("\n")[0]
    return ""
