"""From places in files to the goal of a process that documents what is there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nanobot_engine.edit import (
    EditError,
    SourceFile,
    parse_source,
    read_source,
    source_from_bytes,
)
from nanobot_engine.recipe import Goal
from nanobot_engine.recipe.document import EVERYTHING, Scope, keyed_definitions
from nanobot_server.host.errors import NOT_FOUND, USAGE, HostError
from nanobot_server.host.params import Params

_SOURCE_BYTES_MAX: Final = 2 * 1024 * 1024


def goal_of_targets(
    workspace: Path, targets: list[dict[str, Any]], overlay: Mapping[str, str]
) -> tuple[Goal, list[SourceFile]]:
    """Find the definitions at some places.

    Args:
        workspace: Its root.
        targets: Each `path` and `line` (from 1).
        overlay: Text of unsaved buffers by path.

    Raises:
        HostError: A target is not in a definition without a docstring.
    """
    keys: set[str] = set()
    source_by_path: dict[str, SourceFile] = {}
    for target in targets:
        params = Params(target)
        path, line = params.text("path"), params.integer("line", least=1, most=10**9)
        try:
            source = source_by_path.get(path) or _read(workspace, path, overlay)
            definitions = list(keyed_definitions(parse_source(source), path))
        except EditError as error:
            raise HostError(USAGE, str(error)) from error
        source_by_path[path] = source
        around = [
            (d.line, key)
            for key, d in definitions
            if d.line <= line <= d.line + d.own_source.count(b"\n") and not d.has_docstring
        ]
        if not around:
            message = f"{path}:{line}: no function or class without a docstring here"
            raise HostError(NOT_FOUND, message)
        keys.add(max(around)[1])  # The innermost starts last.
    scope = Scope(kinds=EVERYTHING.kinds, with_tests=True, only=frozenset(keys))
    names = ", ".join(sorted(key.partition("::")[2] for key in keys))
    goal = Goal(f"document {names}", "document", scope.to_arguments())
    return goal, list(source_by_path.values())


def _read(workspace: Path, path: str, overlay: Mapping[str, str]) -> SourceFile:
    if path in overlay:
        return source_from_bytes(path, overlay[path].encode("utf-8"))
    return read_source(workspace, path, size_bytes_max=_SOURCE_BYTES_MAX)
