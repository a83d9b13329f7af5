"""The few settings that decide what `initialize` offers, read before anything heavy is imported.

Standard library only; `nanobot_server.settings` has the meaning and the defaults, reads the same
file with all its checks, and says what is wrong with it. A value that is not understood here
counts as its default.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

_FILE_SIZE_BYTES_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class EditorOptions:
    """What the user's settings say about editors. None: the editor decides."""

    symbols: bool | None = None
    hover: bool | None = None
    may_run_code: bool = False
    """`process.run_code`: the user allows what runs the code of a workspace."""


_ON_BY_WORD: Final = {"on": True, "off": False}


def editor_options(path: Path) -> EditorOptions:
    """Read the options from the settings file; every one has its default without it."""
    try:
        with path.open("rb") as file:
            document = tomllib.loads(file.read(_FILE_SIZE_BYTES_MAX).decode())
    except (OSError, ValueError, RecursionError):
        return EditorOptions()
    editor, process = _section(document, "editor"), _section(document, "process")
    return EditorOptions(
        symbols=_ON_BY_WORD.get(str(editor.get("symbols"))),
        hover=_ON_BY_WORD.get(str(editor.get("hover"))),
        may_run_code=process.get("run_code") is True,
    )


def with_start_options(options: EditorOptions, given: Mapping[str, Any]) -> EditorOptions:
    """Return the options with what the editor's own settings say, which count more.

    Args:
        options: Of the user's file.
        given: `initializationOptions`.
    """
    editor = _section(_section(given, "nanobot") or given, "editor")
    words = {name: _ON_BY_WORD.get(str(editor.get(name))) for name in ("symbols", "hover")}
    said = {name: is_on for name, is_on in words.items() if is_on is not None}
    return replace(options, **said)


def settings_path() -> Path:
    """Return where the user's settings are: as `default_settings_path` of the settings."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "nanobot/config.toml"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "nanobot" / "config.toml"
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(folder) if folder.strip() else Path.home() / ".config") / "nanobot/config.toml"


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


class CurrentOptions:
    """The options as the file has them now; it is read again when it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._options = EditorOptions()

    def get(self) -> EditorOptions:
        """Return the options. Takes some microseconds while the file is the same."""
        try:
            found = self._path.stat()
        except OSError:
            stamp = None
        else:
            stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            self._options = editor_options(self._path)
        return self._options
