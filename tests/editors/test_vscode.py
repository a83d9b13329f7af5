"""The extension in a real VS Code, with the real server and the real host behind it."""

import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Generator
from importlib import metadata
from pathlib import Path

import pytest

from editors.vscode_window import EXTENSION, REPO, Tools, Window, fetch_tools, server_program
from support.host_processes import hosts, workers
from support.neovim import Neovim
from support.terminal import Terminal, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.timeout(420)]

CODE = {
    "settings.py": "def load_cfg(path):\n    return path\n",
    "main.py": ("from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n"),
    "store.py": """\"\"\"Where orders are kept.\"\"\"

import json


def save(path, order):
    \"\"\"Keep an order.\"\"\"
    with open(path, "w") as file:
        json.dump(order, file)


def load(path):
    \"\"\"Return an order.\"\"\"
    with open(path) as file:
        return json.load(file)


def lines(path):
    \"\"\"Count the lines of a file.\"\"\"
    with open(path) as file:
        return len(list(file))
""",
}
TRUSTED = {"security.workspace.trust.enabled": False}


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """Everything that is fetched, once into the user's cache, and the extension of now."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    package = tmp_path_factory.mktemp("vscode") / "nanobot.vsix"
    return fetch_tools(cache / "nanobot" / "vscode", package)


@pytest.fixture
def terminal() -> Generator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    for path, text in CODE.items():
        opened.write(path, text)
    yield opened
    opened.close()


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures of the window are kept: they are part of what a test gives."""
    kept = os.environ.get("NANOBOT_SCREENSHOTS")
    return tmp_path if kept is None else Path(kept) / "vscode" / request.node.name


def test_modules_without_an_editor(tools: Tools) -> None:
    environment = {**os.environ, "PATH": f"{tools.node}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["npm", "run", "--silent", "test"],
        cwd=EXTENSION,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_version_is_that_of_the_server() -> None:
    manifest = (EXTENSION / "package.json").read_text(encoding="utf-8")

    assert f'"version": "{metadata.version("nanobot-lsp")}"' in manifest


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (EXTENSION / "package-lock.json").read_text(encoding="utf-8")


def test_a_user_refactors_cancels_reviews_and_undoes(
    tools: Tools, terminal: Terminal, pictures: Path
) -> None:
    # What needs a model takes as long as its user lets it.
    terminal.start_host(wave_s=600)
    another_front = connected(terminal)
    settings = {**TRUSTED, "nanobot.path": str(server_program(terminal.folder))}
    window = Window(tools, terminal, settings)
    try:
        window.open()
        window.run("vscode_flow.mjs", pictures)
        # The browser is gone, so nobody needs the server of this window any more.
        wait_until(lambda: not window.servers(), timeout_s=60)
    finally:
        window.close()
        another_front.close()


def test_what_is_started_here_is_decided_in_neovim_and_goes_on_when_that_is_gone(
    tools: Tools, terminal: Terminal, pictures: Path, neovim: Path
) -> None:
    goal, store = "add logging to the public functions", terminal.workspace / "store.py"
    folder, environment = terminal.folder / "nvim", {**os.environ, **terminal.env}
    settings = {**TRUSTED, "nanobot.path": str(server_program(terminal.folder))}
    (terminal.workspace / ".git").mkdir()
    window = Window(tools, terminal, settings)
    try:
        window.open()
        with (
            window.start("vscode_beside_neovim.mjs", pictures) as scenario,
            Neovim(
                neovim, folder, environment, workspace=terminal.workspace, files=[store]
            ) as editor,
        ):
            editor.until("it is attached", "vim.lsp.get_clients({ name = 'nanobot' })[1]")
            scenario.until("started here")
            (host,) = hosts(terminal.workspace)

            editor.ex("Nanobot processes")
            listed = "vim.api.nvim_buf_get_lines(vim.fn.bufnr('nanobot://processes'), 0, -1, false)"
            editor.until("it is listed", f"vim.fn.join({listed}):find('waits for review', 1, true)")
            assert goal in editor.text("nanobot://processes")
            editor.ex("Nanobot review")
            editor.until("the review is shown", "vim.fn.search('Saving', 'nw') > 0")
            editor.lua("vim.fn.search('Saving')")
            editor.type("a")
            text = "vim.fn.join(vim.api.nvim_buf_get_lines(vim.fn.bufnr('store.py'), 0, -1, false))"
            editor.until("it is accepted", f"{text}:find('Saving')")
            editor.ex("wall")
            accepted = store.read_bytes()
            assert accepted == editor.text("store.py").encode()
            assert b"Saving" in accepted
            assert b"Loading" not in accepted
            scenario.go_on()
            scenario.until("accepted there")

            assert [one.pid for one in hosts(terminal.workspace)] == [host.pid]
            running = workers(terminal.workspace)
            assert len(running) == len(set(running)), running
            editor.type("<Esc>:qa!<CR>")
            wait_until(lambda: editor.process.poll() is not None, timeout_s=30)
            scenario.go_on()
            scenario.ended()
    finally:
        window.close()


def test_a_new_user_sets_it_up_and_trusts_the_workspace(
    tools: Tools, terminal: Terminal, pictures: Path
) -> None:
    wheels = terminal.folder / "wheels"
    wheels.mkdir()
    wheel = write_wheel(terminal.folder)
    python = Path(os.path.realpath(sys.executable)).parent
    env = {
        # No server is on this path.
        "PATH": f"{tools.node}:{python}:/usr/bin:/bin",
        # Nothing of the user's own comes into the environment that is made.
        "PYTHONPATH": f"{REPO / 'server'}:{sysconfig.get_path('purelib')}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    window = Window(tools, terminal, {"security.workspace.trust.startupPrompt": "never"})
    try:
        window.open(env=env)
        variables = {"NB_WHEELS": str(wheels), "NB_WHEEL": str(wheel)}
        window.run("vscode_setup.mjs", pictures, **variables)
        wait_until(lambda: not window.servers(), timeout_s=60)
    finally:
        window.close()


def test_a_server_that_ends_at_once_is_given_up_and_said(
    tools: Tools, terminal: Terminal, pictures: Path
) -> None:
    working = server_program(terminal.folder)
    starts = terminal.folder / "starts"
    program = terminal.folder / "broken" / "nanobot-lsp"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\ncase "$1" in --version) exec {working} --version;; esac\n'
        f"echo start >>{starts}\nexit 3\n"
    )
    program.chmod(0o755)
    window = Window(tools, terminal, {**TRUSTED, "nanobot.path": str(program)})
    variables = {"NB_STARTS": starts, "NB_SERVER": program, "NB_WORKING": working}
    try:
        window.open()
        env = {name: str(path) for name, path in variables.items()}
        window.run("vscode_broken.mjs", pictures, **env)
    finally:
        window.close()


@pytest.mark.model
def test_a_suggestion_of_the_real_model_is_taken_with_tab(
    tools: Tools, terminal: Terminal, pictures: Path, models_dir: Path
) -> None:
    terminal.use_models(models_dir)
    terminal.write(
        "shapes.py", "import math\n\n\ndef area(width, height):\n    return width * height\n\n\n"
    )
    settings = {**TRUSTED, "nanobot.path": str(server_program(terminal.folder))}
    window = Window(tools, terminal, settings)
    try:
        window.open()
        window.run("vscode_ghost.mjs", pictures)
    finally:
        window.close()


def connected(terminal: Terminal) -> socket.socket:
    """Connect to the host as one more front: without any it would leave after a while."""
    (path,) = (terminal.folder / "run" / "nanobot").glob("host-*.sock")
    front = socket.socket(socket.AF_UNIX)
    front.connect(str(path))
    return front


def write_wheel(folder: Path) -> Path:
    """Write the server of this checkout as the file that a package index would give."""
    version = metadata.version("nanobot-lsp")
    info = f"nanobot_lsp-{version}.dist-info"
    written = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: nanobot-lsp\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        # What the server needs is here already; only itself is installed, from a folder.
        "nanobot_needs.pth": f"{sysconfig.get_path('purelib')}\n",
        f"{info}/entry_points.txt": (
            "[console_scripts]\n"
            "nanobot = nanobot_server.cli:main\n"
            "nanobot-lsp = nanobot_server.lsp.__main__:main\n"
        ),
    }
    wheel = folder / f"nanobot_lsp-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for part in ("indexer", "engine", "server"):
            for path in sorted((REPO / part).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    archive.write(path, path.relative_to(REPO / part))
        for name, text in written.items():
            archive.writestr(name, text)
        names = [*archive.namelist(), f"{info}/RECORD"]
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in names))
    return wheel
