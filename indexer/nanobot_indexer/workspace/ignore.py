"""Ignore rules: which names a walk never looks at.

Four kinds of files say so, with the syntax of `.gitignore`. A stronger kind beats
a weaker one wherever the two lie: `.nanobotignore`, then `.ignore`, then
`.gitignore`, then `.git/info/exclude`. Within a kind the rules are Git's own: a
deeper file beats a shallower one, the last matching line of a file wins, `!`
takes back, and nothing inside an ignored folder can be taken back: take back the
folder first.

Rules above the workspace root and the user's global excludes are not read: they
lie outside the workspace, and the index of a workspace must not depend on who
made it.
"""

import codecs
import os
import re
from bisect import insort
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from nanobot_indexer.workspace.glob import (
    NoPatternError,
    name_pattern,
    path_components,
    path_pattern,
)

SKIPPED_NAMES: Final = frozenset(
    {
        # Version control and our own state.
        ".git",
        ".hg",
        ".jj",
        ".svn",
        ".nanobot",
        # What editors and desktops keep for themselves.
        ".idea",
        ".vs",
        ".DS_Store",
        # Installed or generated code, which nobody edits.
        "node_modules",
        "__pycache__",
        ".venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".eggs",
        ".gradle",
        ".next",
    }
)
"""Names that are never indexed, at any depth, whatever the ignore files say."""

IGNORE_FILE_SIZE_BYTES_MAX: Final = 1024 * 1024
IGNORE_LINES_MAX: Final = 10_000
"""Further lines of one file count as none: each costs time at every entry below it."""
IGNORE_LINE_BYTES_MAX: Final = 4096
"""A longer line counts as none: no path is as long."""

# Names repeat all over a workspace; past this many the cache of one file starts anew.
_CACHED_NAMES_MAX: Final = 50_000

_NOT_LITERAL: Final = frozenset("*?[\\")


class IgnoreKind(IntEnum):
    """Where rules come from; the greater kind is the stronger one. Stored by value."""

    EXCLUDE = 0
    """`.git/info/exclude`."""
    GIT = 1
    """`.gitignore`."""
    IGNORE = 2
    """`.ignore`, which ripgrep and fd read as well."""
    NANOBOT = 3
    """`.nanobotignore`."""


IGNORE_FILES: Final = MappingProxyType(
    {
        ".gitignore": IgnoreKind.GIT,
        ".ignore": IgnoreKind.IGNORE,
        ".nanobotignore": IgnoreKind.NANOBOT,
    }
)
"""Name of an ignore file -> its kind."""

EXCLUDE_FILE: Final = ".git/info/exclude"
"""Relative to the root of the workspace."""


class IgnoreRules:
    """The ignore files that apply in one folder. Immutable; children are derived."""

    __slots__ = ("_files",)

    def __init__(self, files: tuple["_IgnoreFile", ...] = ()) -> None:
        self._files = files
        """Strongest first."""

    @property
    def are_empty(self) -> bool:
        """Nothing is ignored."""
        return not self._files

    def extended(
        self, folder: str, text: bytes, *, kind: IgnoreKind = IgnoreKind.GIT
    ) -> "IgnoreRules":
        """Return the rules with one more ignore file.

        Args:
            folder: Where the file lies: workspace-relative, empty for the root. It must
                lie at or below the folders of the files that are already there.
            text: The bytes of the ignore file.
            kind: What the file is.
        """
        lines = _parsed(text)
        if not lines:
            return self
        files = list(self._files)
        prefix_length = len(_bytewise(folder)) + 1 if folder else 0
        # The greater kind first, then the deeper folder.
        insort(
            files,
            _IgnoreFile(kind, prefix_length, lines),
            key=lambda file: (-file.kind, -file.prefix_length),
        )
        return IgnoreRules(tuple(files))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether `path` is left out.

        Args:
            path: Workspace-relative, below the folder these rules were derived for. The
                folders above it are taken as not ignored.
            is_folder: Lines that end in `/` apply to folders only.
        """
        path = _bytewise(path)
        name = path[path.rfind("/") + 1 :]
        for file in self._files:
            verdict = file.verdict(path, name, is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False


class _IgnoreFile:
    """The lines of one ignore file, sorted by what the last part of their pattern is.

    Most names match no line at all; whether one may is known from that last part
    and remembered per name, so that patterns run for few entries.
    """

    __slots__ = (
        "_lines_by_name",
        "_may_match_by_name",
        "_whole_path",
        "_wild",
        "kind",
        "prefix_length",
    )

    def __init__(self, kind: IgnoreKind, prefix_length: int, lines: "list[_Line]") -> None:
        self.kind = kind
        self.prefix_length = prefix_length
        """How many bytes of a path to cut off to get it relative to the folder of the file."""
        self._lines_by_name: dict[str, list[_Line]] = {}
        self._wild: list[_Line] = []
        self._whole_path: list[_Line] = []
        self._may_match_by_name: dict[str, bool] = {}
        for line in lines:
            if line.is_whole_path:
                self._whole_path.append(line)
            elif _NOT_LITERAL.isdisjoint(line.last_part):
                self._lines_by_name.setdefault(line.last_part, []).append(line)
            else:
                self._wild.append(line)

    def verdict(self, path: str, name: str, *, is_folder: bool) -> bool | None:
        """Tell whether the path is ignored (True), taken back (False) or not named."""
        may_match = self._may_match_by_name.get(name)
        if may_match is None:
            if len(self._may_match_by_name) >= _CACHED_NAMES_MAX:
                self._may_match_by_name.clear()
            may_match = name in self._lines_by_name or any(
                line.last_part_matches(name) for line in self._wild
            )
            self._may_match_by_name[name] = may_match
        if not may_match and not self._whole_path:
            return None
        relative = path[self.prefix_length :]
        last: _Line | None = None
        for lines in (self._lines_by_name.get(name, ()), self._wild, self._whole_path):
            for line in reversed(lines):
                if last is not None and line.number < last.number:
                    break
                if line.matches(relative, name, is_folder=is_folder):
                    last = line
                    break
        return None if last is None else not last.is_negated


class _Line:
    """One pattern. Its regular expression is made when it is first needed."""

    __slots__ = (
        "_is_for_folders",
        "_last_pattern",
        "_pattern",
        "_text",
        "is_negated",
        "is_whole_path",
        "last_part",
        "number",
    )

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.is_negated = text.startswith("!")
        text = text[1:] if self.is_negated else text
        self._is_for_folders = text.endswith("/")
        self._text = text.removesuffix("/")
        """With a `/` in it: relative to the folder of the file. Without: any name below."""
        before, self.last_part = _last_component(self._text)
        self.is_whole_path = "/" in self._text and (bool(before) or not self.last_part.strip("*"))
        """What it matches can not be told from the name."""
        self._pattern: re.Pattern[str] | None = None
        self._last_pattern: re.Pattern[str] | None = None

    def last_part_matches(self, name: str) -> bool:
        """Tell whether the name alone leaves a match possible."""
        if self._last_pattern is None:
            self._last_pattern = name_pattern(self.last_part)
        return self._last_pattern.fullmatch(name) is not None

    def matches(self, relative: str, name: str, *, is_folder: bool) -> bool:
        """Tell whether this line names exactly this entry, and not a folder above it."""
        if self._is_for_folders and not is_folder:
            return False
        if "/" not in self._text:
            return name == self._text or self.last_part_matches(name)
        if self._pattern is None:
            self._pattern = path_pattern(self._text)
        return self._pattern.fullmatch(relative) is not None


def _last_component(pattern: str) -> tuple[str, str]:
    """Return the last component, and before it what `path_components` says apart."""
    if "/" not in pattern:
        return "", pattern
    try:
        before, components = path_components(pattern)
    except NoPatternError:
        return "", pattern
    return before, components[-1]


def _bytewise(path: str) -> str:
    """Return a path with one character per byte, as Git matches it."""
    return path if path.isascii() else os.fsencode(path).decode("latin-1")


def _parsed(text: bytes) -> list[_Line]:
    lines: list[_Line] = []
    for number, raw in enumerate(text.removeprefix(codecs.BOM_UTF8).split(b"\n")):
        # To Git a NUL is the end; one character per byte, as in `_bytewise`.
        written = raw.removesuffix(b"\r").partition(b"\0")[0].decode("latin-1")
        line = _without_blanks(written)
        if line in {"", "!"} or line.startswith("#") or len(line) > IGNORE_LINE_BYTES_MAX:
            continue
        lines.append(_Line(number, line))
        if len(lines) == IGNORE_LINES_MAX:
            break
    return lines


def _without_blanks(line: str) -> str:
    """Return a line without the blanks at its end; a backslash keeps the first of them."""
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and bare != line else bare
