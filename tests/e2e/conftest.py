"""A host, scripted or real, and editors that speak to the real `nanobot-lsp`."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from e2e.model_editor import ModelEditor
from support.terminal import Terminal

HOST = Path(__file__).parent / "scripted_host.py"


@pytest.fixture
def place() -> Generator[Path]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="nb-"))
    (folder / "ws").mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def env(place: Path) -> AsyncGenerator[dict[str, str]]:
    """A running scripted host, and the environment in which the server finds it."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(place), "XDG_STATE_HOME": str(place / "state")}
    env["XDG_CACHE_HOME"] = str(place / "cache")
    host = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HOST),
        str(place / "ws"),
        str(place / "calls"),
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdout is not None
    assert await host.stdout.readline() == b"ready\n"
    yield env
    with contextlib.suppress(ProcessLookupError):
        host.kill()
    await host.wait()


@pytest_asyncio.fixture
async def start(place: Path, env: dict[str, str]) -> AsyncGenerator[Callable[..., Any]]:
    started: list[ModelEditor] = []

    async def start(
        name: str,
        *,
        is_single_file: bool = False,
        told: tuple[str, ...] = (),
        without_edits: bool = False,
    ) -> ModelEditor:
        editor = ModelEditor(name, place / "ws", place / "calls")
        if without_edits and editor.capabilities.workspace is not None:
            editor.capabilities.workspace.apply_edit = False
        if told:
            editor.ask_to_be_told(*told)
        started.append(editor)
        await editor.start(env, None if is_single_file else [place / "ws"])
        return editor

    yield start
    for editor in started:
        if editor.client.stopped is False:
            await editor.client.shutdown_session()
        await editor.client.stop()


@pytest.fixture
def terminal() -> Generator[Terminal]:
    """A user with the real host and no model, in an empty workspace."""
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def opened(terminal: Terminal) -> AsyncGenerator[Callable[..., Any]]:
    """Open an editor in the workspace of `terminal`."""
    started: list[ModelEditor] = []

    async def opened(
        name: str = "neovim",
        *,
        told: tuple[str, ...] = (),
        options: dict[str, Any] | None = None,
        folders: Sequence[Path] = (),
        **started_with: Any,
    ) -> ModelEditor:
        editor = ModelEditor(name, terminal.workspace, terminal.folder / "calls")
        editor.options = options
        vars(editor).update(started_with)
        if told:
            editor.ask_to_be_told(*told)
        started.append(editor)
        env = {**os.environ, **terminal.env}
        await editor.start(env, list(folders) or [terminal.workspace])
        return editor

    yield opened
    for editor in started:
        if editor.is_alive:
            await editor.client.shutdown_session()
        await editor.client.stop()
