"""Open a file of the index for reading, and tell damage from a machine that is short."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IndexUnreadableError, VolumeCorruptError
from nanobot_indexer.shortage import is_shortage

# A workspace is not trusted: a link may lead anywhere, and opening a FIFO would wait.
_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
OUT_OF_MEMORY: Final = os.strerror(errno.ENOMEM)


@contextmanager
def index_file(path: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file; what fails inside of the block is told as well.

    Yields:
        A descriptor, closed at the end of the block, and the status of the file.

    Raises:
        FileNotFoundError: There is no such file.
        IndexUnreadableError: The process is out of descriptors or memory.
        VolumeCorruptError: It is no regular file, or can not be read.
    """
    try:
        fd = os.open(path, _OPEN_FLAGS)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise VolumeCorruptError(path, "is not a regular file")
            yield fd, status
        finally:
            os.close(fd)
    except FileNotFoundError:
        raise
    except MemoryError as error:
        raise IndexUnreadableError(path, OUT_OF_MEMORY) from error
    except OSError as error:
        reason = error.strerror or str(error)
        if is_shortage(error):
            raise IndexUnreadableError(path, reason) from error
        raise VolumeCorruptError(path, reason) from error
