"""Which paths a search may answer with: a pattern written like a line of `.gitignore`."""

from typing import Final

from nanobot_indexer.errors import GlobInvalidError
from nanobot_indexer.workspace.ignore import IgnoreRules


class PathFilter:
    """One pattern. Not safe to share between threads.

    A path passes when the pattern matches it or a folder it lies in, as a file would
    be ignored: `tests/`, `*.py`, `/src`, `docs/**/api.md`.

    Raises:
        GlobInvalidError: It matches nothing, whatever the path.
    """

    def __init__(self, path_glob: str) -> None:
        rules = IgnoreRules().extended("", path_glob.encode("utf-8", "replace"))
        if rules.are_empty or path_glob.startswith("!") or "\n" in path_glob:
            raise GlobInvalidError(path_glob, "matches nothing")
        self._rules: Final = rules
        self._verdict_by_folder: dict[str, bool] = {"": False}

    def matches(self, path: str) -> bool:
        """Tell whether a workspace-relative path passes."""
        folder = path.rpartition("/")[0]
        return self._matches_folder(folder) or self._rules.ignores(path, is_folder=False)

    def _matches_folder(self, folder: str) -> bool:
        known = self._verdict_by_folder.get(folder)
        if known is not None:
            return known
        # A loop and not recursion: a path may be deeper than Python's stack.
        above = False
        parts = folder.split("/")
        for count in range(1, len(parts) + 1):
            part = "/".join(parts[:count])
            verdict = self._verdict_by_folder.get(part)
            if verdict is None:
                verdict = above or self._rules.ignores(part, is_folder=True)
                self._verdict_by_folder[part] = verdict
            above = verdict
        return above
