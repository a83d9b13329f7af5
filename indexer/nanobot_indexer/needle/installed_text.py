"""The text of the packages that are installed on this machine, as hay.

The first round gives every file as it is. When a haystack needs more, further rounds give
the code again with part of its identifiers renamed, so that no round is a copy that
duplicate detection or a lucky name would see through.
"""

import builtins
import keyword
import random
import re
import sysconfig
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

from nanobot_indexer.needle.vocabulary import ADJECTIVES, NOUNS

CODE_SUFFIXES: Final = frozenset({".py", ".pyi", ".h", ".c", ".pyx"})
SUFFIXES: Final = CODE_SUFFIXES | {".md", ".rst", ".txt"}
FILE_SIZE_BYTES_MAX: Final = 400_000
_LINE_SIZE_BYTES_MAX: Final = 2_000
_IDENTIFIER: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{4,}")
_RENAMED_SHARE: Final = 3
"""One identifier of this many is renamed in a round."""
# What the language and its builtins own keeps its name: renamed it would not be code.
_KEPT: Final = frozenset(name.encode() for name in (*keyword.kwlist, *dir(builtins)))
# Not text that a workspace would have.
_LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "lib2to3", "idlelib"})


def installed_files(order: random.Random) -> list[Path]:
    """Return the source files of the standard library and of installed packages.

    Returns:
        The same order for the same installation and generator.
    """
    paths = sysconfig.get_paths()
    roots = sorted({Path(paths[name]).resolve() for name in ("stdlib", "purelib", "platlib")})
    found: set[Path] = set()
    for root in roots:
        for path in root.rglob("*"):
            if path.suffix in SUFFIXES and not _LEFT_OUT & set(path.parts) and path.is_file():
                found.add(path)
    files = sorted(path for path in found if 0 < path.stat().st_size <= FILE_SIZE_BYTES_MAX)
    order.shuffle(files)
    return files


def installed_texts(order: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield `(path, text)` for ever: round after round of the installed files.

    Yields nothing when no package has any code.
    """
    files = installed_files(order)
    number = 0
    while any(path.suffix in CODE_SUFFIXES for path in files):
        for path in files:
            text = path.read_bytes()
            if b"\0" in text or max(map(len, text.split(b"\n"))) > _LINE_SIZE_BYTES_MAX:
                continue  # Binary or generated: the index leaves it out.
            place = f"{path.parent.name}/{path.name}"
            if number:
                if path.suffix not in CODE_SUFFIXES:
                    continue  # Prose with other words is no prose.
                text, place = renamed(text, number), f"round{number}/{place}"
            yield place, text
        number += 1


def renamed(text: bytes, number: int) -> bytes:
    """Rename part of the identifiers of a file, each the same way everywhere.

    Args:
        text: A source file.
        number: Of the round. Another number renames other identifiers to other names.
    """
    new_by_old: dict[bytes, bytes] = {}

    def new_name(match: re.Match[bytes]) -> bytes:
        old = match[0]
        if old not in new_by_old:
            new_by_old[old] = _new_name(old, number)
        return new_by_old[old]

    return _IDENTIFIER.sub(new_name, text)


def _new_name(old: bytes, number: int) -> bytes:
    # Not hash(): the haystack must not depend on PYTHONHASHSEED.
    digest = int.from_bytes(blake2b(old, digest_size=8, salt=number.to_bytes(8)).digest())
    if old in _KEPT or old.startswith(b"__") or digest % _RENAMED_SHARE:
        return old
    digest //= _RENAMED_SHARE
    first = ADJECTIVES[digest % len(ADJECTIVES)]
    second = NOUNS[digest // len(ADJECTIVES) % len(NOUNS)]
    if old.isupper():
        return f"{first}_{second}".upper().encode()
    if old[:1].isupper():
        return f"{first.capitalize()}{second.capitalize()}".encode()
    lead = "_" if old.startswith(b"_") else ""
    return f"{lead}{first}_{second}".encode()
