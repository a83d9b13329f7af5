"""`python -m nanobot_server.model_host`: the OS process that owns a user's models.

Started by workspace hosts, not by people. Says one JSON line on stdout when it is ready or
why it is not, then nothing: its log is in the user's log folder.
"""

import logging
import os

from nanobot_server.channel.host_life import FirstWord, run_locked, serve_until_unused
from nanobot_server.log_file import log_to_file
from nanobot_server.model_host.error_wire import error_to_wire
from nanobot_server.model_host.location import (
    PROTOCOL_VERSION,
    lock_path,
    socket_path,
    workers_dir,
)
from nanobot_server.model_host.service import ModelService
from nanobot_server.settings import default_settings_path, load_settings

log = logging.getLogger(__name__)


def main() -> None:
    """Run until nobody needs models any more."""
    first_word = FirstWord()
    log_to_file("model-host")
    run_locked(first_word, lock_path, lambda: _serve(first_word))


async def _serve(first_word: FirstWord) -> None:
    settings, _problems = load_settings(default_settings_path())
    if "NANOBOT_LOG" not in os.environ:
        logging.getLogger().setLevel(settings.log.level.upper())
    service = ModelService(workers_dir())
    service.start()

    def ready() -> None:
        log.info("model host ready: pid=%d", os.getpid())
        first_word.say({"state": "ready", "pid": os.getpid(), "protocol": PROTOCOL_VERSION})

    await serve_until_unused(socket_path(), service, ready, describe=error_to_wire)
    log.info("model host left")


if __name__ == "__main__":
    main()
