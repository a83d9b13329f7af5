"""`python -m nanobot_server.host --workspace DIR`: the host's OS process.

Started by fronts, not by people. Says one JSON line on stdout when it is ready
or why it is not, then nothing: its log is in the user's log folder.
"""

import argparse
import logging
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nanobot_server.channel.host_life import FirstWord, run_locked, serve_until_unused
from nanobot_server.host.location import host_lock_path, socket_path
from nanobot_server.host.model_workers import ModelWorkers
from nanobot_server.host.protocol import PROTOCOL_VERSION
from nanobot_server.host.service import WorkspaceService
from nanobot_server.log_file import log_to_file
from nanobot_server.model_host.remote_models import RemoteModels
from nanobot_server.settings import Settings, default_settings_path, load_settings

log = logging.getLogger(__name__)

MakeModels = Callable[[Settings], ModelWorkers]

_DESCRIPTORS_WANTED: Final = 16_384


def main() -> None:
    """Run until nobody needs this host any more."""
    parser = argparse.ArgumentParser(prog="nanobot_server.host")
    parser.add_argument("--workspace", type=Path, required=True)
    workspace: Path = parser.parse_args().workspace
    run(workspace.resolve(), RemoteModels)


def run(workspace: Path, make_models: MakeModels) -> None:
    """Be the host of a workspace until nobody needs it any more.

    Args:
        workspace: Resolved.
        make_models: Called once, when this is the only host of the workspace.
    """
    first_word = FirstWord()
    _raise_descriptor_limit()
    log_to_file("host")
    run_locked(
        first_word,
        lambda: host_lock_path(workspace),
        lambda: _serve(workspace, first_word, make_models),
    )


def _raise_descriptor_limit() -> None:
    # Each open segment of an index holds two, and snapshots keep old generations open.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = (
        _DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS_WANTED)
    )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serve(workspace: Path, first_word: FirstWord, make_models: MakeModels) -> None:
    settings, problems = load_settings(default_settings_path())
    if "NANOBOT_LOG" not in os.environ:
        logging.getLogger().setLevel(settings.log.level.upper())
    for problem in problems:
        log.warning("settings: %s", problem.message)
    service = WorkspaceService(workspace, settings, make_models(settings))

    def ready() -> None:
        log.info("host ready: workspace=%s pid=%d", workspace, os.getpid())
        first_word.say({"state": "ready", "pid": os.getpid(), "protocol": PROTOCOL_VERSION})

    await serve_until_unused(socket_path(workspace), service, ready)
    log.info("host left: workspace=%s", workspace)


if __name__ == "__main__":
    main()
