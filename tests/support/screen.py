"""A command that believes to be at a terminal, and what the person there sees and types."""

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator

from support.terminal import NANOBOT, Terminal


class Screen:
    """The other end of a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        """Show nothing yet."""
        self.text = ""
        self._descriptor = descriptor

    def until(self, words: str, *, timeout_s: float = 60) -> None:
        """Wait until something is shown."""
        deadline = time.monotonic() + timeout_s
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} is not shown: {self.text}"
            self.read(0.1)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._descriptor, text.encode())

    def read(self, wait_s: float) -> bool:
        """Take what is shown by now; tell whether there was something."""
        if not select.select([self._descriptor], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:
            return False  # Nobody has the terminal any more.
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


@contextlib.contextmanager
def at_terminal(
    terminal: Terminal, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], Screen]]:
    """Start a command whose input and output are a terminal of its own."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 200))
    command = subprocess.Popen(
        [str(NANOBOT), *arguments],
        cwd=terminal.workspace,
        env={**os.environ, **terminal.env, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # What is typed as Ctrl-C becomes a signal only at a controlling terminal.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one thread
    )
    os.close(theirs)
    screen = Screen(ours)
    try:
        yield command, screen
    finally:
        if command.poll() is None:
            command.kill()
        command.wait()
        while screen.read(0.1):
            pass
        os.close(ours)
