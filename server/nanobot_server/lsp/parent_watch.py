"""Notice that the editor's process is gone, even if it left the pipe open."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Final

_POLL_S: Final = 2.0


async def watch_parent(process_id: int | None, on_gone: Callable[[], None]) -> None:
    """Call `on_gone` once when the process has ended.

    Does nothing for a process that can not be seen: an editor in another
    container gives an id that means nothing here, or somebody else.
    """
    if process_id is None or process_id == os.getpid() or not _is_alive(process_id):
        return
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(process_id)
        except OSError:
            pass  # Old kernel or sandbox: ask again and again instead.
        else:
            asyncio.get_running_loop().add_reader(descriptor, _end, descriptor, on_gone)
            return
    while _is_alive(process_id):  # noqa: ASYNC110 - nobody could set an event for us.
        await asyncio.sleep(_POLL_S)
    on_gone()


def _end(descriptor: int, on_gone: Callable[[], None]) -> None:
    asyncio.get_running_loop().remove_reader(descriptor)
    os.close(descriptor)
    on_gone()


def _is_alive(process_id: int) -> bool:
    if sys.platform == "win32":
        return False  # There is no harmless signal; the end of the pipe has to do.
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
