"""Notice that the editor's process is gone, even if it left the pipe open."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from typing import Final

_POLL_S: Final = 2.0


class Parent:
    """The editor's process, seen as soon as its id is known.

    Args:
        process_id: What `initialize` says.
        started_by: Who started this process, asked for at its start. Where it is the
            editor itself, an id that can not be seen means that it has ended already.
    """

    def __init__(self, process_id: int | None, *, started_by: int) -> None:
        self.process_id = process_id
        self.is_gone = False
        """It has ended before it could be watched."""
        self._descriptor: int | None = None
        if process_id is None or process_id == os.getpid():
            self.process_id = None
        elif not _is_alive(process_id):
            # In another container an id means nothing here, or somebody else.
            self.process_id = None
            self.is_gone = process_id == started_by
        elif hasattr(os, "pidfd_open"):
            # An old kernel or a sandbox refuses: then it is asked again and again.
            with contextlib.suppress(OSError):
                self._descriptor = os.pidfd_open(process_id)

    async def watch(self, on_gone: Callable[[], None]) -> None:
        """Call `on_gone` once when the process has ended. For one that can be seen."""
        if self.is_gone:
            on_gone()
        elif self._descriptor is not None:
            asyncio.get_running_loop().add_reader(self._descriptor, _end, self._descriptor, on_gone)
        elif self.process_id is not None:
            while _is_alive(self.process_id):  # noqa: ASYNC110 - nobody could set an event for us.
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
