"""A user at a terminal: runs `nanobot` with folders of their own."""

import contextlib
import fcntl
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanobot_engine.model import Role, Tier, load_catalogue
from nanobot_server.cli import main

HOST = Path(__file__).parent / "scripted_models_host.py"
NANOBOT = Path(sys.executable).with_name("nanobot")
MODEL_FILE = load_catalogue().for_role(Tier.POTATO, Role.MAIN).file_name

CODE = "def total(numbers):\n    return sum(numbers)\n"
GOAL = "add docstrings to every public function"


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


class Terminal:
    """Open in one workspace. `close` it: no host is left behind then."""

    def __init__(self, folder: Path) -> None:
        """Make the user's folders below `folder`, whose path is short: sockets lie there."""
        self.folder = folder
        self.workspace = folder / "ws"
        self.models = folder / "models"
        self.config = folder / "config" / "nanobot" / "config.toml"
        for made in (self.workspace, self.models, self.config.parent, folder / "run"):
            made.mkdir(parents=True)
        self.env: Mapping[str, str] = {
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        self.use_models(self.models)
        self._hosts: list[subprocess.Popen[bytes]] = []
        self._held: list[socket.socket] = []

    def use_models(self, folder: Path) -> None:
        """Set where models are."""
        self.config.write_text(f"[model]\nmodels_dir = {json.dumps(str(folder))}\n")

    def set(self, text: str) -> None:
        """Add lines to the user's settings."""
        with self.config.open("a") as file:
            file.write(f"{text}\n")

    def write(self, name: str, text: str = CODE) -> Path:
        """Write a file of the workspace."""
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        # Older than what the indexer takes for too fresh to trust.
        os.utime(path, ns=(0, time.time_ns() - 3600 * 10**9))
        return path

    def nanobot(self, *arguments: str) -> Said:
        """Run a command here and now, in this OS process."""
        out, err = io.StringIO(), io.StringIO()
        code: object = 0
        with (
            _environment(self.env),
            contextlib.chdir(self.workspace),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _argv("nanobot", *arguments),
        ):
            try:
                main()
            except SystemExit as left:
                code = left.code or 0
        assert isinstance(code, int)
        return Said(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str, limit_file_bytes: int | None = None) -> subprocess.Popen[str]:
        """Start a command in an OS process of its own, which may write so much."""
        return subprocess.Popen(
            _limited([str(NANOBOT), *arguments], limit_file_bytes),
            cwd=self.workspace,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, timeout_s: float = 60, limit_file_bytes: int | None = None
    ) -> Said:
        """Run a command in an OS process of its own, which may write so much."""
        command = self.start(*arguments, limit_file_bytes=limit_file_bytes)
        return ended(command, timeout_s=timeout_s)

    def start_host(self, *, wave_s: float = 0.0, is_held: bool = False) -> subprocess.Popen[bytes]:
        """Start this workspace's host on a scripted model.

        Args:
            wave_s: How long it takes for a wave.
            is_held: Whether it stays until it is closed, also while no front is there.
        """
        (self.models / MODEL_FILE).touch()
        host = subprocess.Popen(
            [sys.executable, str(HOST), str(self.workspace), str(wave_s)],
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self._hosts.append(host)
        assert host.stdout is not None
        assert json.loads(host.stdout.readline())["state"] == "ready"
        if is_held:
            (path,) = (self.folder / "run" / "nanobot").glob("host-*.sock")
            held = socket.socket(socket.AF_UNIX)
            held.connect(str(path))
            self._held.append(held)
        return host

    def host_pid(self) -> int | None:
        """Return the pid of the host of this workspace, None when none lives."""
        return host_pid(self.workspace)

    def close(self) -> None:
        """End the host of the workspace and remove everything."""
        self.close_hosts()
        shutil.rmtree(self.folder)

    def close_hosts(self) -> None:
        """End the host of the workspace."""
        for held in self._held:
            held.close()
        self._held.clear()
        for host in self._hosts:
            host.kill()
            host.communicate()
        self._hosts.clear()
        pid = self.host_pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            wait_until(lambda: self.host_pid() is None, timeout_s=30)


def host_pid(workspace: Path) -> int | None:
    """Return the pid of the host of a workspace, None when none lives."""
    lock = workspace / ".nanobot" / "host.lock"
    try:
        with lock.open("a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except BlockingIOError:
        return int(lock.read_text() or 0) or None
    return None


def _limited(arguments: list[str], file_bytes: int | None) -> list[str]:
    """Let an OS process write files of this size at most, like on a disk that is full."""
    if file_bytes is None:
        return arguments
    program = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({file_bytes}, {file_bytes}))\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-c", program, *arguments]


def ended(command: subprocess.Popen[str], *, timeout_s: float = 60) -> Said:
    """Wait for the end of a command."""
    try:
        out, err = command.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        command.kill()
        command.communicate()
        raise
    return Said(command.returncode, out, err)


def wait_until(condition: Callable[[], bool], *, timeout_s: float) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@contextlib.contextmanager
def _argv(*arguments: str) -> Iterator[None]:
    before = sys.argv
    sys.argv = list(arguments)
    try:
        yield
    finally:
        sys.argv = before


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
