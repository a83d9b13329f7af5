"""`python -m nanobot_server.host --workspace DIR`: the host's OS process.

Started by fronts, not by people. Says one JSON line on stdout when it is ready
or why it is not, then nothing: its log is in the user's log folder.
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from nanobot_engine.model import ModelTrio
from nanobot_server.engine_options import model_options, models_dir
from nanobot_server.host.connection import Connection, peer_is_same_user
from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import BUSY, FAILED, RuntimeFolderError
from nanobot_server.host.location import host_lock_path, runtime_dir, socket_path, workspace_key
from nanobot_server.host.model_workers import ModelWorkers
from nanobot_server.host.service import WorkspaceService
from nanobot_server.host.wire import LINE_BYTES_MAX, PROTOCOL_VERSION
from nanobot_server.log_file import log_to_file
from nanobot_server.settings import Settings, default_settings_path, load_settings

log = logging.getLogger(__name__)

MakeModels = Callable[[Path, Settings], ModelWorkers]

_LINGER_S: Final = 3.0
_DESCRIPTORS_WANTED: Final = 16_384
_IDLE_POLL_S: Final = 0.5


def main() -> None:
    """Run until nobody needs this host any more."""
    parser = argparse.ArgumentParser(prog="nanobot_server.host")
    parser.add_argument("--workspace", type=Path, required=True)
    workspace: Path = parser.parse_args().workspace
    run(workspace.resolve(), _model_trio)


def run(workspace: Path, make_models: MakeModels) -> None:
    """Be the host of a workspace until nobody needs it any more.

    Args:
        workspace: Resolved.
        make_models: Called once, when this is the only host of the workspace.
    """
    # Fd 1 carries one line and then nothing: native code may print.
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.umask(0o077)
    _raise_descriptor_limit()
    log_to_file("host")
    try:
        lock = _lock(workspace)
        if lock is None:
            _say(said, {"state": "busy", "code": BUSY})
            return
        with lock:
            asyncio.run(_serve(workspace, said, make_models))
    except (*KNOWN_ERRORS, OSError) as error:
        log.exception("host did not start: workspace=%s", workspace)
        code = FAILED if isinstance(error, OSError) else code_of(error)
        _say(said, {"state": "failed", "code": code, "message": str(error)})
        sys.exit(1)


def _raise_descriptor_limit() -> None:
    # Each open segment of an index holds two, and snapshots keep old generations open.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = (
        _DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS_WANTED)
    )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _say(said: IO[str], message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        said.write(json.dumps(message) + "\n")
        said.close()


def _lock(workspace: Path) -> IO[str] | None:
    """Take the workspace's host lock; None when a host lives already.

    The lock dies with the OS process, so a killed host leaves nothing behind.
    """
    file = host_lock_path(workspace).open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    # For display only; the lock is what counts.
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _model_trio(workspace: Path, settings: Settings) -> ModelTrio:
    folder = runtime_dir() / workspace_key(workspace)
    return ModelTrio(models_dir(settings), folder, model_options(settings))


async def _serve(workspace: Path, said: IO[str], make_models: MakeModels) -> None:
    settings, problems = load_settings(default_settings_path())
    if "NANOBOT_LOG" not in os.environ:
        logging.getLogger().setLevel(settings.log.level.upper())
    for problem in problems:
        log.warning("settings: %s", problem.message)
    service = WorkspaceService(workspace, settings, make_models(workspace, settings))
    path = socket_path(workspace)
    try:
        # We hold the lock, so a socket that is there belongs to a host that died.
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RuntimeFolderError(path, error.strerror or str(error), advice="remove it") from error

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not peer_is_same_user(writer, os.getuid()):
            writer.close()
            return
        connection = Connection(reader, writer)
        service.joined(connection)
        try:
            await connection.serve(service.answer)
        finally:
            await service.left(connection)

    server = await asyncio.start_unix_server(connected, str(path), limit=LINE_BYTES_MAX)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("host ready: workspace=%s pid=%d", workspace, os.getpid())
    _say(said, {"state": "ready", "pid": os.getpid(), "protocol": PROTOCOL_VERSION})
    try:
        await _until_unused(service, stop)
    finally:
        # First the name, so that a front that comes now starts a new host.
        path.unlink(missing_ok=True)
        server.close()
        await service.close()
        log.info("host left: workspace=%s", workspace)


async def _until_unused(service: WorkspaceService, stop: asyncio.Event) -> None:
    """Wait for a signal, or until nobody has needed the host for a while."""
    idle_s = 0.0
    while idle_s < _LINGER_S:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_POLL_S):
                await stop.wait()
                return
        idle_s = idle_s + _IDLE_POLL_S if service.is_idle else 0.0


if __name__ == "__main__":
    main()
