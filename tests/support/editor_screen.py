"""An editor in a real terminal: what its user sees, and the keys they press."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

COLUMNS, ROWS = 140, 40


class EditorScreen:
    """The terminal of one editor, kept by tmux."""

    def __init__(self, socket: Path) -> None:
        """Talk to the tmux server at a socket."""
        self._socket = socket

    @property
    def text(self) -> str:
        """What is shown now."""
        return self._tmux("capture-pane", "-p", "-t", "editor")

    def press(self, *keys: str, pause_s: float = 0.0) -> None:
        """Press keys by their names, such as `Enter` or `C-c`; a single character is itself."""
        for key in keys:
            self._tmux("send-keys", "-t", "editor", key)
            time.sleep(pause_s)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-t", "editor", "-l", text)

    def until(self, pattern: str, *, timeout_s: float = 30) -> str:
        """Wait until a regular expression matches what is shown, and return what it matches."""
        deadline = time.monotonic() + timeout_s
        while (found := re.search(pattern, self.text)) is None:
            assert time.monotonic() < deadline, f"{pattern!r} is not shown:\n{self.text}"
            time.sleep(0.03)
        return found[0]

    def until_gone(self, pattern: str, *, timeout_s: float = 30) -> None:
        """Wait until a regular expression matches nothing that is shown."""
        deadline = time.monotonic() + timeout_s
        while re.search(pattern, self.text) is not None:
            assert time.monotonic() < deadline, f"{pattern!r} is still shown:\n{self.text}"
            time.sleep(0.03)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@contextlib.contextmanager
def editor_screen(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]
) -> Iterator[EditorScreen]:
    """Run an editor in a terminal of its own, in an environment with `env` added."""
    with tempfile.TemporaryDirectory(prefix="nb-tmux-") as folder:
        socket = Path(folder) / "socket"
        # Not the user's configuration, and one server for this terminal alone.
        start = [
            "tmux",
            "-u",
            "-S",
            str(socket),
            "-f",
            os.devnull,
            "new-session",
            "-d",
            "-s",
            "editor",
        ]
        size = ["-x", str(COLUMNS), "-y", str(ROWS), "-c", str(cwd), "--"]
        subprocess.run(
            [*start, *size, *command],
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **env},
        )
        try:
            yield EditorScreen(socket)
        finally:
            # An editor that left took the server with it.
            subprocess.run(["tmux", "-S", socket, "kill-server"], check=False, capture_output=True)
