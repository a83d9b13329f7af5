"""Ignore rules: which names a walk never looks at.

Git's own rules: a deeper `.gitignore` beats a shallower one, the last matching
line of a file wins, `!` takes back, and nothing inside an ignored folder can be
taken back. `.git/info/exclude` is the weakest. Rules above the workspace root
and the user's global excludes are not read: they lie outside the workspace.
"""

import re
from collections.abc import Iterable
from typing import Final

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

SKIPPED_FOLDERS: Final = frozenset(
    {
        # Version control and our own state.
        ".git",
        ".hg",
        ".svn",
        ".nanobot",
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

# Each star is a backtracking point of a regular expression, and the file is hostile.
STARS_PER_LINE_MAX: Final = 6


class IgnoreRules:
    """The ignore files that apply in one folder. Immutable; children are derived."""

    __slots__ = ("_specs",)

    def __init__(self, specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()) -> None:
        self._specs = specs
        """(folder with trailing `/` or empty, its rules), weakest first."""

    def extended(self, folder: str, text: bytes) -> "IgnoreRules":
        """Return the rules with one more ignore file.

        Args:
            folder: Where the file lies: workspace-relative, empty for the root.
            text: The bytes of the ignore file.
        """
        spec = _parsed(text.decode("utf-8", "replace").split("\n"))
        if not spec:
            return self
        prefix = f"{folder}/" if folder else ""
        return IgnoreRules((*self._specs, (prefix, spec)))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether `path` is left out.

        Args:
            path: Workspace-relative, below the folder these rules were derived for.
            is_folder: Lines that end in `/` apply to folders only.
        """
        suffix = "/" if is_folder else ""
        for prefix, spec in reversed(self._specs):
            verdict = spec.check_file(path[len(prefix) :] + suffix).include
            if verdict is not None:
                return verdict
        return False


def _parsed(lines: Iterable[str]) -> GitIgnoreSpec | None:
    good = []
    for raw in lines:
        line = raw.rstrip("\r")
        if not line.strip() or line.startswith("#") or line.count("*") > STARS_PER_LINE_MAX:
            continue
        try:
            GitIgnoreSpec.from_lines([line])
        except (GitIgnorePatternError, re.error):
            # Git ignores a line that is no pattern, and so do we.
            continue
        good.append(line)
    return GitIgnoreSpec.from_lines(good) if good else None
